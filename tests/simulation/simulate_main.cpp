// Repeats one seed, or soaks: seckill_simulate --seed 7 --steps 500 | seckill_simulate --seeds 10000 --steps 1000
#include "tests/simulation/run.hpp"

#include <charconv>
#include <cstdio>
#include <random>
#include <string_view>

namespace seckill::testing {
namespace {

struct options {
  std::uint64_t seed = 0;  // 0: a fresh one
  std::uint64_t seeds = 1;
  std::uint64_t steps = 1'000;
  misfortunes known;
};

bool parse(int count, char** words, options& into) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const auto number = [&](std::uint64_t& value) {
      if (++i >= count) return false;
      const std::string_view text = words[i];
      return std::from_chars(text.data(), text.data() + text.size(), value).ptr == text.data() + text.size();
    };
    bool good = true;
    if (word == "--seed")
      good = number(into.seed);
    else if (word == "--seeds")
      good = number(into.seeds);
    else if (word == "--steps")
      good = number(into.steps);
    else if (word == "--no-crashes")
      into.known.crashes = false;
    else if (word == "--no-storage-faults")
      into.known.storage = false;
    else if (word == "--no-damage")
      into.known.damage = false;
    else if (word == "--no-clock-jumps")
      into.known.clock_jumps = false;
    else if (word == "--no-snapshots")
      into.known.snapshots = false;
    else
      good = false;
    if (!good) {
      std::fprintf(
          stderr,
          "%s: not understood. Usage: seckill_simulate [--seed N] [--seeds COUNT] [--steps N] [--no-crashes] "
          "[--no-storage-faults] [--no-damage] [--no-clock-jumps] [--no-snapshots]\n",
          words[i < count ? i : count - 1]);
      return false;
    }
  }
  return true;
}

void print(const tally& sum, std::uint64_t seeds) {
  std::printf(
      "%llu seeds, %llu steps, %llu answers, %llu refusals by the board, %llu orders compared\n"
      "%llu process crashes, %llu machine crashes, %llu torn frames, %llu storage failures, %llu snapshots,\n"
      "%llu damages refused, %llu unacknowledged events lost\n",
      static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(sum.steps),
      static_cast<unsigned long long>(sum.answers), static_cast<unsigned long long>(sum.board_refusals),
      static_cast<unsigned long long>(sum.orders), static_cast<unsigned long long>(sum.process_crashes),
      static_cast<unsigned long long>(sum.machine_crashes), static_cast<unsigned long long>(sum.torn_frames),
      static_cast<unsigned long long>(sum.failures), static_cast<unsigned long long>(sum.snapshots),
      static_cast<unsigned long long>(sum.damages_refused), static_cast<unsigned long long>(sum.events_lost));
}

int run(const options& how) {
  std::uint64_t seed = how.seed != 0 ? how.seed : std::random_device{}();
  tally sum;
  for (std::uint64_t i = 0; i < how.seeds; ++i, ++seed) {
    const verdict found = simulate(seed, how.steps, how.known);
    add(sum, found.counted);
    if (!found.violation) continue;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), found.violation->c_str());
    const shrunk small = shrink(seed, how.steps, *found.violation);
    std::printf("shrunk: %s\n  %s\n", small.violation.c_str(),
                command_for(seed, small.steps, small.known).c_str());
    return 1;
  }
  print(sum, how.seeds);
  return 0;
}

}  // namespace
}  // namespace seckill::testing

int main(int count, char** words) {
  seckill::testing::options how;
  if (!seckill::testing::parse(count, words, how)) return 2;
  return seckill::testing::run(how);
}
