// The same simulation, with journal and orders on RocksDB: far fewer steps, as each crash opens two databases.
#include "tests/simulation/run.hpp"

#include <gtest/gtest.h>

#include <random>

namespace seckill::testing {
namespace {

TEST(simulation_rocksdb, agrees_with_the_oracle) {
  constexpr std::uint64_t seeds = 20;
  constexpr std::uint64_t steps = 500;
  const std::uint64_t first = std::uint64_t{std::random_device{}()} << 10U;
  tally sum;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const verdict found = simulate(seed, steps, {}, make_rocksdb_storage);
    add(sum, found.counted);
    ASSERT_FALSE(found.violation) << "seed " << seed << ": " << *found.violation
                                  << "\n  seckill_simulate_rocksdb --seed " << seed << " --steps " << steps;
  }
  EXPECT_GT(sum.answers, 0U);
  EXPECT_GT(sum.machine_crashes, 0U);
  EXPECT_GT(sum.process_crashes, 0U);
}

}  // namespace
}  // namespace seckill::testing
