#include "server/deadlines.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace seckill::http {
namespace {

using std::chrono::milliseconds;

deadlines::time_point at(int ms) { return deadlines::time_point(milliseconds(ms)); }

deadlines made() {
  return deadlines({milliseconds(0), milliseconds(60), milliseconds(10), milliseconds(20), milliseconds(30),
                    milliseconds(5)});
}

TEST(deadlines, each_kind_has_its_own_time) {
  deadlines limits = made();
  has_deadline idle;
  has_deadline head;
  limits.set(idle, patience::idle, at(0));
  limits.set(head, patience::head, at(0));
  EXPECT_EQ(limits.first_expired(at(9)), nullptr);
  EXPECT_EQ(limits.first_expired(at(10)), &head);
  limits.set(head, patience::none, at(10));
  EXPECT_EQ(limits.first_expired(at(59)), nullptr);
  EXPECT_EQ(limits.first_expired(at(60)), &idle);
}

TEST(deadlines, setting_anew_starts_the_time_anew) {
  deadlines limits = made();
  has_deadline one;
  limits.set(one, patience::head, at(0));
  limits.set(one, patience::head, at(8));
  EXPECT_EQ(limits.first_expired(at(17)), nullptr);
  EXPECT_EQ(limits.first_expired(at(18)), &one);
  EXPECT_EQ(one.waiting_for(), patience::head);
}

TEST(deadlines, the_oldest_of_a_kind_comes_first) {
  deadlines limits = made();
  has_deadline first;
  has_deadline second;
  limits.set(first, patience::body, at(0));
  limits.set(second, patience::body, at(1));
  EXPECT_EQ(limits.first_expired(at(100)), &first);
  limits.set(first, patience::close, at(100));
  EXPECT_EQ(limits.first_expired(at(100)), &second);
}

TEST(deadlines, what_is_destroyed_does_not_expire) {
  deadlines limits = made();
  auto gone = std::make_unique<has_deadline>();
  limits.set(*gone, patience::head, at(0));
  gone.reset();
  EXPECT_EQ(limits.first_expired(at(100)), nullptr);
}

}  // namespace
}  // namespace seckill::http
