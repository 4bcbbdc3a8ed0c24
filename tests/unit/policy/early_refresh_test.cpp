#include <seckill/policy/early_refresh.hpp>

#include <gtest/gtest.h>

namespace seckill {
namespace {

TEST(early_refresh, is_due_at_the_expiry_whatever_is_drawn) {
  EXPECT_TRUE(early_refresh_due(1'000, 1'000, 100, 1.0, 1.0));
  EXPECT_TRUE(early_refresh_due(1'000, 1'000, 0, 0.0, 0.5));
  EXPECT_FALSE(early_refresh_due(999, 1'000, 100, 1.0, 1.0));
}

TEST(early_refresh, is_due_the_earlier_the_longer_the_computation_takes) {
  EXPECT_FALSE(early_refresh_due(900, 1'000, 100, 1.0, 0.37));  // ln 0.37 = -0.994
  EXPECT_TRUE(early_refresh_due(900, 1'000, 100, 1.0, 0.36));
  EXPECT_TRUE(early_refresh_due(800, 1'000, 200, 1.0, 0.36));
  EXPECT_TRUE(early_refresh_due(800, 1'000, 100, 2.0, 0.36));
  EXPECT_FALSE(early_refresh_due(800, 1'000, 100, 0.0, 0.36));
}

}  // namespace
}  // namespace seckill
