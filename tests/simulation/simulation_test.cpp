#include "tests/simulation/run.hpp"

#include <gtest/gtest.h>

#include <random>

namespace seckill::testing {
namespace {

std::string report(std::uint64_t seed, std::uint64_t steps, const std::string& violation) {
  const shrunk small = shrink(seed, steps, violation);
  return "seed " + std::to_string(seed) + ": " + violation + "\nshrunk: " + small.violation + "\n  " +
         command_for(seed, small.steps, small.known);
}

tally run_seeds(std::uint64_t first, std::uint64_t count, std::uint64_t steps) {
  tally sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const verdict found = simulate(seed, steps);
    add(sum, found.counted);
    if (!found.violation) continue;
    ADD_FAILURE() << report(seed, steps, *found.violation);
    break;
  }
  return sum;
}

TEST(simulation, known_seeds_agree_with_the_oracle_and_go_everywhere) {
  const tally sum = run_seeds(1, 400, 1'000);
  if (HasFailure()) return;

  EXPECT_GT(sum.answers, 50'000U);
  EXPECT_GT(sum.board_refusals, 500U);
  EXPECT_GT(sum.process_crashes, 500U);
  EXPECT_GT(sum.machine_crashes, 500U);
  EXPECT_GT(sum.torn_frames, 20U);
  EXPECT_GT(sum.failures, 100U);
  EXPECT_GT(sum.damages_refused, 100U);
  EXPECT_GT(sum.snapshots, 100U);
  EXPECT_GT(sum.events_lost, 300U);
  EXPECT_GT(sum.orders, 500U);
}

TEST(simulation, fresh_seeds_agree_with_the_oracle) {
  run_seeds(std::uint64_t{std::random_device{}()} << 8U, 100, 1'000);
}

TEST(simulation, a_seed_repeats_its_run) {
  const tally first = simulate(7, 2'000).counted;
  const tally second = simulate(7, 2'000).counted;
  EXPECT_EQ(first.answers, second.answers);
  EXPECT_EQ(first.events_lost, second.events_lost);
  EXPECT_EQ(first.board_refusals, second.board_refusals);
  EXPECT_EQ(first.orders, second.orders);
}

}  // namespace
}  // namespace seckill::testing
