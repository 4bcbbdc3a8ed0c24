#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/keyed_limiter.hpp>
#include <seckill/policy/sliding_counter_limiter.hpp>
#include <seckill/policy/stepped_bucket_limiter.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using buyers = keyed_limiter<gcra_rule>;

keyed_limiter_params<gcra_params> one_in_100(std::size_t keys_max) {
  return {.each = {.permits = 10, .period_ns = 1'000}, .keys_max = keys_max};
}

template <typename Rule, typename Alone>
void compare_with_one_limiter_a_key(const keyed_limiter_params<typename Rule::parameters>& params) {
  keyed_limiter<Rule> keyed(params);
  std::map<std::uint64_t, std::unique_ptr<Alone>> alone;
  std::mt19937_64 random(1);
  time_ns now = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<time_ns>(random() % 100);
    const std::uint64_t key = random() % 200;
    const auto n = static_cast<std::uint32_t>(random() % 3);
    auto& expected = alone[key];
    if (expected == nullptr) expected = std::make_unique<Alone>(params.each);
    if (random() % 10 == 0) {
      keyed.give_back(key, n, now);
      expected->give_back(n, now);
    }
    const rate_decision wanted = expected->try_acquire(n, now);
    const rate_decision got = keyed.try_acquire(key, n, now);
    ASSERT_EQ(got.allowed, wanted.allowed) << i;
    ASSERT_EQ(got.remaining, wanted.remaining) << i;
    ASSERT_EQ(got.retry_after_ns, wanted.retry_after_ns) << i;
  }
  EXPECT_EQ(keyed.forgotten(), 0U);
}

TEST(keyed_limiter, every_key_has_a_limiter_of_its_own) {
  compare_with_one_limiter_a_key<gcra_rule, gcra_limiter>(
      {.each = {.permits = 10, .period_ns = 10'000, .burst = 3}, .keys_max = 4'096});
  compare_with_one_limiter_a_key<sliding_counter_rule, sliding_counter_limiter>(
      {.each = {.limit = 5, .window_ns = ns_per_ms}, .keys_max = 4'096});
}

TEST(keyed_limiter, idle_keys_leave_their_places) {
  buyers limiter(one_in_100(64));
  time_ns now = 0;
  for (std::uint64_t key = 0; key < 10'000; ++key, now += 100)
    ASSERT_TRUE(limiter.try_acquire(key, 1, now).allowed);
  EXPECT_EQ(limiter.forgotten(), 0U);
  EXPECT_EQ(limiter.busy_keys(now), 0U);
}

TEST(keyed_limiter, a_full_table_forgets_the_key_that_is_idle_soonest) {
  buyers limiter({.each = {.permits = 10, .period_ns = 1'000, .burst = 9}, .keys_max = 8});
  for (std::uint64_t key = 0; key < 8; ++key)
    ASSERT_TRUE(limiter.try_acquire(key, key == 3 ? 1U : 10U, 0).allowed);
  EXPECT_TRUE(limiter.try_acquire(100, 10, 1).allowed);
  EXPECT_EQ(limiter.forgotten(), 1U);
  EXPECT_EQ(limiter.peek(3, 0, 1).remaining, 10U);
  EXPECT_EQ(limiter.peek(4, 0, 1).remaining, 0U);
}

TEST(keyed_limiter, or_refuses_the_new_key) {
  auto params = one_in_100(8);
  params.when_full = full_table::refuse;
  buyers limiter(params);
  for (std::uint64_t key = 0; key < 8; ++key) ASSERT_TRUE(limiter.try_acquire(key, 1, 0).allowed);
  const rate_decision refused = limiter.try_acquire(100, 1, 40);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after_ns, 60);
  EXPECT_TRUE(limiter.try_acquire(100, 1, 100).allowed);
  EXPECT_EQ(limiter.forgotten(), 0U);
}

TEST(keyed_limiter, a_refused_new_key_takes_no_place) {
  buyers limiter(one_in_100(8));
  for (std::uint64_t key = 0; key < 1'000; ++key) EXPECT_FALSE(limiter.try_acquire(key, 2, 0).allowed);
  EXPECT_EQ(limiter.busy_keys(0), 0U);
}

TEST(keyed_limiter, an_override_changes_one_key_and_keeps_what_it_used) {
  buyers limiter(one_in_100(64));
  ASSERT_TRUE(limiter.try_acquire(1, 1, 0).allowed);
  ASSERT_TRUE(limiter.set_override(1, {.permits = 10, .period_ns = 1'000, .burst = 4}));
  EXPECT_EQ(limiter.peek(1, 0, 0).remaining, 4U);
  EXPECT_EQ(limiter.peek(2, 0, 0).remaining, 1U);
  limiter.clear_override(1);
  EXPECT_EQ(limiter.peek(1, 0, 0).remaining, 0U);
}

TEST(keyed_limiter, overrides_are_bounded) {
  auto params = one_in_100(64);
  params.overrides_max = 2;
  buyers limiter(params);
  EXPECT_TRUE(limiter.set_override(1, params.each));
  EXPECT_TRUE(limiter.set_override(2, params.each));
  EXPECT_FALSE(limiter.set_override(3, params.each));
  EXPECT_TRUE(limiter.set_override(1, params.each));
  limiter.clear_override(1);
  EXPECT_TRUE(limiter.set_override(3, params.each));
  EXPECT_THROW(limiter.set_override(2, {.permits = 0}), std::invalid_argument);
  EXPECT_THROW(buyers(one_in_100(0)), std::invalid_argument);
}

TEST(keyed_limiter, strings_are_keys_too) {
  buyers limiter(one_in_100(64));
  EXPECT_NE(limiter.key_of("10.0.0.1"), limiter.key_of("10.0.0.2"));
  EXPECT_TRUE(limiter.try_acquire(limiter.key_of("10.0.0.1"), 1, 0).allowed);
  EXPECT_FALSE(limiter.try_acquire(limiter.key_of("10.0.0.1"), 1, 0).allowed);
}

TEST(keyed_limiter, many_threads_share_it) {
  buyers limiter({.each = {.permits = 1, .period_ns = ns_per_s, .burst = 99}, .keys_max = 1'024});
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 6'000; ++i) {
        granted += limiter.try_acquire(i % 20, 1, 0).allowed ? 1 : 0;
        if (t == 0 && i % 100 == 0) limiter.set_override(1'000 + i, {.permits = 1});
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(granted.load(), 20 * 100);
}

}  // namespace
}  // namespace seckill
