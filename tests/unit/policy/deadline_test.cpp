#include <seckill/policy/deadline.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace seckill {
namespace {

constexpr time_ns forever = std::numeric_limits<time_ns>::max();

TEST(deadline, passes_at_its_instant) {
  const deadline until = deadline::after(100, 1'000);
  EXPECT_FALSE(until.passed(1'099));
  EXPECT_TRUE(until.passed(1'100));
  EXPECT_EQ(until.left_ns(1'040), 60);
  EXPECT_EQ(until.left_ns(2'000), 0);
}

TEST(deadline, never_is_never) {
  EXPECT_FALSE(deadline::never().passed(forever - 1));
  EXPECT_EQ(deadline::never().left_ns(5), forever);
  EXPECT_TRUE(deadline::never().less(100).is_never());
  EXPECT_TRUE(deadline::after(forever, 10).is_never());
  EXPECT_EQ(deadline::never().timeout_ms(5), forever);
}

TEST(deadline, refuses_what_cannot_be_over_in_time) {
  const deadline until = deadline::at(100);
  EXPECT_TRUE(until.allows(30, 70));
  EXPECT_FALSE(until.allows(31, 70));
  EXPECT_FALSE(until.allows(0, 100));
}

TEST(deadline, shrinks_over_hops_and_never_grows) {
  deadline until = deadline::after(100 * ns_per_ms, 0);
  until = until.within(200 * ns_per_ms, 10 * ns_per_ms);
  EXPECT_EQ(until.at_ns(), 100 * ns_per_ms) << "a longer time-out changes nothing";
  until = until.within(50 * ns_per_ms, 10 * ns_per_ms);
  EXPECT_EQ(until.at_ns(), 60 * ns_per_ms);
  until = until.less(5 * ns_per_ms);
  // What the next hop is told, and what it makes of it by a clock of its own.
  const std::int64_t told_ms = until.timeout_ms(10 * ns_per_ms + 1);
  EXPECT_EQ(told_ms, 44) << "rounded down";
  const deadline there = deadline::after(told_ms * ns_per_ms, 7'000 * ns_per_ms);
  EXPECT_EQ(there.left_ns(7'000 * ns_per_ms), 44 * ns_per_ms);
  EXPECT_EQ(until.timeout_ms(55 * ns_per_ms), 0);
}

TEST(deadline, extremes_do_not_overflow) {
  const deadline early = deadline::at(std::numeric_limits<time_ns>::min() + 5);
  EXPECT_EQ(early.less(10), early);
  EXPECT_EQ(deadline::at(3).left_ns(forever), 0);
}

}  // namespace
}  // namespace seckill
