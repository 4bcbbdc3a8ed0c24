#include "server/admission.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace seckill::http {
namespace {

constexpr time_ns start = 1'000 * ns_per_s;

/// An admission that a test can look through.
struct gate : admission {
  explicit gate(const admission_params& params = {}) : admission(params, trusted_proxies()) {}

  std::uint64_t refusals(guard which) const { return look(start).refusals[static_cast<std::size_t>(which)]; }
};

TEST(admission, an_address_that_asks_too_often_is_told_when_to_come_back) {
  gate door({.client_rate = 2, .client_burst = 1});
  EXPECT_FALSE(door.over_client_rate(7, start, 5'000));
  EXPECT_FALSE(door.over_client_rate(7, start, 5'000));
  const auto refused = door.over_client_rate(7, start, 5'000);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, outcome::rate_limited);
  EXPECT_EQ(refused->at_ms, 5'500);
  door.count(guard::client_rate);
  EXPECT_EQ(door.refusals(guard::client_rate), 1U);
  EXPECT_FALSE(door.over_client_rate(7, start + ns_per_s / 2, 5'500));
}

TEST(admission, addresses_do_not_share_a_rate) {
  gate door({.client_rate = 1, .client_burst = 0});
  EXPECT_FALSE(door.over_client_rate(7, start, 0));
  EXPECT_FALSE(door.over_client_rate(8, start, 0));
  EXPECT_TRUE(door.over_client_rate(7, start, 0));
}

TEST(admission, nobody_in_particular_is_not_limited) {
  gate door({.client_rate = 1, .client_burst = 0});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(door.over_client_rate(0, start, 0));
}

TEST(admission, a_buyer_that_reserves_too_often_is_refused_wherever_it_comes_from) {
  gate door({.buyer_rate = 1, .buyer_burst = 2});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(door.refuse_buyer(buyer_id{1'001}, start, 0));
  EXPECT_TRUE(door.refuse_buyer(buyer_id{1'001}, start, 0));
  EXPECT_FALSE(door.refuse_buyer(buyer_id{1'002}, start, 0));
  EXPECT_EQ(door.refusals(guard::buyer_rate), 1U);
  EXPECT_EQ(door.look(start).buyers.busy_keys, 2U);
}

TEST(admission, a_rate_of_zero_is_no_limit) {
  gate door({.client_rate = 0, .buyer_rate = 0});
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(door.over_client_rate(7, start, 0));
    EXPECT_FALSE(door.refuse_buyer(buyer_id{7}, start, 0));
  }
}

TEST(admission, what_is_in_flight_is_bounded_and_what_is_answered_makes_room) {
  gate door({.in_flight_min = 2, .in_flight_max = 2});
  auto first = door.enter(start);
  auto second = door.enter(start);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(door.enter(start));
  EXPECT_EQ(door.refusals(guard::concurrency), 1U);
  admission::leave(first, outcome::sold_out, start + 1);
  EXPECT_TRUE(door.enter(start + 1));
}

TEST(admission, late_answers_and_full_queues_lower_the_bound_and_quick_ones_raise_it) {
  gate door({.in_flight_min = 10, .in_flight_max = 2'000, .latency_max_ms = 100});
  const std::uint32_t at_first = door.look(start).in_flight_limit;
  const auto once = [&](outcome answered, time_ns took) {
    std::vector<concurrency_limiter::permit> others;  // so that half the limit is in use
    while (others.size() <= door.look(start).in_flight_limit / 2) others.push_back(door.enter(start));
    admission::leave(others.back(), answered, start + took);
  };
  once(outcome::reserved, 10 * ns_per_ms);
  EXPECT_EQ(door.look(start).in_flight_limit, at_first + 1);
  once(outcome::reserved, 101 * ns_per_ms);
  const std::uint32_t lowered = door.look(start).in_flight_limit;
  EXPECT_LT(lowered, at_first);
  once(outcome::overloaded, 1);
  EXPECT_LT(door.look(start).in_flight_limit, lowered);
}

TEST(admission, a_broken_journal_says_nothing_about_the_load) {
  gate door({.in_flight_min = 10, .in_flight_max = 2'000, .latency_max_ms = 100});
  const std::uint32_t at_first = door.look(start).in_flight_limit;
  auto permit = door.enter(start);
  admission::leave(permit, outcome::unavailable, start + ns_per_s);
  EXPECT_EQ(door.look(start).in_flight_limit, at_first);
  EXPECT_EQ(door.look(start).in_flight, 0U);
}

TEST(admission, failing_reads_of_orders_are_stopped_probed_and_resumed) {
  gate door({.order_breaker_wait_ms = 1'000});
  const time_ns began = monotonic_now_ns();
  const auto read = [&](time_ns now, call_outcome came_to) { door.read_orders(now).report(came_to, 1, now); };
  for (int i = 0; i < 10; ++i) read(began, call_outcome::failure);
  EXPECT_EQ(door.look(began).orders, breaker_state::open);
  EXPECT_FALSE(door.read_orders(began));
  EXPECT_EQ(door.refusals(guard::order_reads), 1U);

  const time_ns later = began + ns_per_s;
  for (int i = 0; i < 3; ++i) read(later, call_outcome::success);
  EXPECT_EQ(door.look(later).orders, breaker_state::closed);
}

}  // namespace
}  // namespace seckill::http
