// Repeats one seed, or soaks: seckill_simulate --seed 7 --steps 500 | seckill_simulate --seeds 10000 --steps 1000
// The same on RocksDB, where that is built: seckill_simulate_rocksdb, which has another SIMULATED_STORAGE.
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
  bool brief = false;  // the first violation, not shrunk
};

// Of a word like --no-crashes.
bool forbid(std::string_view word, misfortunes& known) {
  constexpr std::string_view prefix = "--no-";
  if (!word.starts_with(prefix)) return false;
  for (const auto& [name, kind] : all_misfortunes) {
    if (name != word.substr(prefix.size())) continue;
    known.*kind = false;
    return true;
  }
  return false;
}

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
    else if (word == "--brief")
      into.brief = true;
    else
      good = forbid(word, into.known);
    if (!good) {
      std::fprintf(
          stderr,
          "%s: not understood. Usage: seckill_simulate [--seed N] [--seeds COUNT] [--steps N] [--brief]",
          words[i < count ? i : count - 1]);
      for (const auto& [name, kind] : all_misfortunes)
        std::fprintf(stderr, " [--no-%.*s]", static_cast<int>(name.size()), name.data());
      std::fputc('\n', stderr);
      return false;
    }
  }
  return true;
}

void print(const tally& sum, std::uint64_t seeds) {
  std::printf("%10llu seeds\n", static_cast<unsigned long long>(seeds));
  for (const auto& [name, field] : all_counts)
    std::printf("%10llu %.*s\n", static_cast<unsigned long long>(sum.*field), static_cast<int>(name.size()),
                name.data());
}

int run(const options& how, const std::string& program) {
  std::uint64_t seed = how.seed != 0 ? how.seed : std::random_device{}();
  tally sum;
  for (std::uint64_t i = 0; i < how.seeds; ++i, ++seed) {
    const verdict found = simulate(seed, how.steps, how.known, SIMULATED_STORAGE);
    add(sum, found.counted);
    if (!found.violation) continue;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), found.violation->c_str());
    if (how.brief) return 1;
    const shrunk small = shrink(seed, how.steps, *found.violation, SIMULATED_STORAGE);
    std::printf("shrunk: %s\n  %s\n", small.violation.c_str(),
                command_for(seed, small.steps, small.known, program).c_str());
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
  return seckill::testing::run(how, words[0]);
}
