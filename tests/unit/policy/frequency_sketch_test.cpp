#include "policy/frequency_sketch.hpp"

#include <seckill/policy/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace seckill {
namespace {

TEST(frequency_sketch, never_tells_less_than_was_added) {
  frequency_sketch sketch(1'000);
  std::uint64_t state = 1;
  for (unsigned key = 0; key < 1'000; ++key) {
    const std::uint64_t hash = splitmix64(state);
    for (unsigned i = 0; i < key % 8; ++i) sketch.add(hash);
  }
  state = 1;
  int too_much = 0;
  for (unsigned key = 0; key < 1'000; ++key) {
    const unsigned told = sketch.estimate(splitmix64(state));
    ASSERT_GE(told, key % 8);
    too_much += told > key % 8 ? 1 : 0;
  }
  EXPECT_LT(too_much, 50);
}

TEST(frequency_sketch, counts_to_15_and_no_further) {
  frequency_sketch sketch(16);
  for (int i = 0; i < 100; ++i) sketch.add(12'345);
  EXPECT_EQ(sketch.estimate(12'345), 15U);
  EXPECT_EQ(sketch.additions(), 15U);
}

TEST(frequency_sketch, halving_halves_every_counter) {
  frequency_sketch sketch(16);
  for (int i = 0; i < 9; ++i) sketch.add(12'345);
  sketch.halve();
  EXPECT_EQ(sketch.estimate(12'345), 4U);
  EXPECT_EQ(sketch.additions(), 4U);
}

}  // namespace
}  // namespace seckill
