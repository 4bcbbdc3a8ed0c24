#include "tests/simulation/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

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

// How often each thing must have happened in the known seeds, so that the test cannot become blind unnoticed: about half
// of what happens.
constexpr std::pair<std::uint64_t tally::*, std::uint64_t> at_least[] = {
    {&tally::answers, 100'000},
    {&tally::refusals, 50'000},
    {&tally::repeated, 20'000},
    {&tally::replays, 10'000},
    {&tally::decided_by_callers, 6'000},
    {&tally::baskets, 600},
    {&tally::at_limit, 4'000},
    {&tally::partial, 80},
    {&tally::late, 300},
    {&tally::refunds, 700},
    {&tally::forestalled, 80},
    {&tally::restocks, 2'000},
    {&tally::returns, 800},
    {&tally::switches, 1'200},
    {&tally::sales, 600},
    {&tally::questions, 8'000},
    {&tally::forgotten, 40},
    {&tally::process_crashes, 1'500},
    {&tally::machine_crashes, 1'500},
    {&tally::crashes_inside, 1'200},
    {&tally::crashes_in_snapshot, 10},
    {&tally::crashes_in_recovery, 600},
    {&tally::failed_starts, 80},
    {&tally::torn_frames, 60},
    {&tally::failures, 1'000},
    {&tally::full_disks, 150},
    {&tally::damages, 900},
    {&tally::jumps_back, 400},
    {&tally::jumps_of_years, 200},
    {&tally::suspensions, 400},
    {&tally::accepted_clocks, 200},
    {&tally::late_callers, 5'000},
    {&tally::snapshots, 1'500},
    {&tally::naps, 300},
    {&tally::feed_restarts, 4'000},
    {&tally::held_back, 600},
    {&tally::events_lost, 3'000},
    {&tally::orders, 10'000},
};

TEST(simulation, known_seeds_agree_with_the_oracle_and_go_everywhere) {
  const tally sum = run_seeds(1, 500, 1'000);
  if (HasFailure()) return;
  for (const auto& [field, count] : at_least) {
    const auto named = std::ranges::find(all_counts, field, &decltype(all_counts)::value_type::second);
    EXPECT_GE(sum.*field, count) << named->first;
  }
}

// Long enough for what is rebuilt from time to time, as the board's filter.
TEST(simulation, long_lives_agree_with_the_oracle) { run_seeds(2'001, 40, 5'000); }

TEST(simulation, fresh_seeds_agree_with_the_oracle) {
  run_seeds(std::uint64_t{std::random_device{}()} << 10U, 300, 1'000);
}

TEST(simulation, a_seed_repeats_its_run) {
  const tally first = simulate(7, 2'000).counted;
  const tally second = simulate(7, 2'000).counted;
  for (const auto& [name, field] : all_counts) EXPECT_EQ(first.*field, second.*field) << name;
}

}  // namespace
}  // namespace seckill::testing
