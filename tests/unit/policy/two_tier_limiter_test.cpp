#include <seckill/memory/memory_permit_pool.hpp>
#include <seckill/policy/leased_limiter.hpp>
#include <seckill/policy/two_tier_limiter.hpp>
#include <seckill/testing/faulty_permit_pool.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

constexpr time_ns ms = ns_per_ms;

std::unique_ptr<permit_pool> pool_of(std::uint64_t permits_per_s, std::uint64_t burst) {
  return make_memory_permit_pool({.each = {.permits = permits_per_s, .burst = burst}, .keys_max = 8});
}

two_tier_params node_params() {
  return {.key = 7, .lease_permits = 10, .low_water = 3, .lease_max_ns = 1'000 * ms};
}

TEST(two_tier_limiter, asks_no_more_often_than_the_pause_while_permits_are_scarce) {
  constexpr time_ns start = ns_per_s;
  constexpr time_ns pause = 10 * ns_per_ms;
  two_tier_limiter node({.lease_permits = 100, .low_water = 25, .scarce_pause_ns = pause});
  ASSERT_EQ(node.wanted(start), 100U);
  node.refilled({.permits = 3}, start);
  EXPECT_EQ(node.wanted(start + pause - 1), std::nullopt);
  EXPECT_EQ(node.wanted(start + pause), 97U);
  node.refilled({.permits = 25}, start + pause);
  EXPECT_TRUE(node.try_acquire(28, start + pause).allowed);
  EXPECT_EQ(node.wanted(start + pause), 100U) << "the pool had plenty";
}

TEST(two_tier_limiter, spends_its_lease_and_asks_below_the_low_water) {
  const auto pool = pool_of(1, 99);
  two_tier_limiter node(node_params());
  EXPECT_FALSE(node.try_acquire(1, 0).allowed);
  ASSERT_TRUE(node.refill_from(*pool, 0));
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(node.try_acquire(1, 0).allowed);
  EXPECT_EQ(node.wanted(0), std::nullopt);
  EXPECT_TRUE(node.try_acquire(1, 0).allowed);
  EXPECT_EQ(node.wanted(0), 8U);
  EXPECT_EQ(node.wanted(0), std::nullopt);  // one request at a time
  node.refilled({8, 0}, 0);
  EXPECT_EQ(node.peek(0, 0).remaining, 10U);
}

TEST(two_tier_limiter, a_fleet_passes_at_most_its_leases_more_than_the_shared_limit) {
  constexpr int nodes_count = 4;
  constexpr std::uint64_t burst = 20;
  const auto pool = pool_of(1'000, burst);
  std::vector<std::unique_ptr<two_tier_limiter>> nodes;
  for (int i = 0; i < nodes_count; ++i) nodes.push_back(std::make_unique<two_tier_limiter>(node_params()));
  // Leases are taken before the interval that is measured, and all of it is spent inside.
  for (auto& each : nodes) ASSERT_TRUE(each->refill_from(*pool, 0));
  std::uint64_t passed = 0;
  const time_ns from = 900 * ms;
  const time_ns until = 1'100 * ms;
  for (time_ns now = from; now <= until; now += ms / 4)
    for (auto& each : nodes) {
      passed += each->try_acquire(1, now).allowed ? 1 : 0;
      ASSERT_TRUE(each->refill_from(*pool, now));
    }
  const std::uint64_t shared = burst + 1 + 200;
  EXPECT_GT(passed, shared);  // the overshoot is real
  EXPECT_LE(passed, shared + nodes_count * 10);
}

TEST(two_tier_limiter, an_unused_lease_lapses) {
  const auto pool = pool_of(1'000, 99);
  two_tier_limiter node(node_params());
  ASSERT_TRUE(node.refill_from(*pool, 0));
  EXPECT_TRUE(node.try_acquire(1, 990 * ms).allowed);
  EXPECT_FALSE(node.try_acquire(1, 1'000 * ms).allowed);
  EXPECT_EQ(node.wanted(1'000 * ms), 10U);
}

TEST(two_tier_limiter, refuses_while_the_pool_cannot_be_reached_and_asks_again_after_a_pause) {
  auto script = std::make_shared<fault_script>();
  const auto pool = make_faulty_permit_pool(pool_of(1'000, 99), script);
  script->fail_next(storage_call::take_permits);
  two_tier_limiter node(node_params());
  const result<void> failed = node.refill_from(*pool, 0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, failure::retryable);
  const rate_decision refused = node.try_acquire(1, 0);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after_ns, 100 * ms);
  EXPECT_EQ(node.wanted(99 * ms), std::nullopt);
  ASSERT_TRUE(node.refill_from(*pool, 100 * ms));
  EXPECT_TRUE(node.try_acquire(1, 100 * ms).allowed);
}

TEST(two_tier_limiter, waits_as_long_as_an_empty_pool_says) {
  const auto pool = pool_of(10, 0);
  two_tier_limiter first(node_params());
  two_tier_limiter second(node_params());
  ASSERT_TRUE(first.refill_from(*pool, 0));
  EXPECT_EQ(first.peek(0, 0).remaining, 1U);
  ASSERT_TRUE(second.refill_from(*pool, 0));
  EXPECT_EQ(second.try_acquire(1, 0).retry_after_ns, 100 * ms);
  EXPECT_EQ(second.wanted(100 * ms), 10U);
}

TEST(two_tier_limiter, a_node_that_leaves_returns_what_it_has) {
  const auto pool = pool_of(1, 19);
  two_tier_limiter leaving(node_params());
  two_tier_limiter staying(node_params());
  ASSERT_TRUE(leaving.refill_from(*pool, 0));
  ASSERT_TRUE(leaving.try_acquire(4, 0).allowed);
  const std::uint32_t left = leaving.surrender(0);
  EXPECT_EQ(left, 6U);
  EXPECT_FALSE(leaving.try_acquire(1, 0).allowed);
  ASSERT_TRUE(pool->give_back(7, left, 0));
  ASSERT_TRUE(staying.refill_from(*pool, 0));
  EXPECT_EQ(pool->take(7, 100, 0)->permits, 6U);
}

TEST(two_tier_limiter, gives_back_into_a_live_lease_only) {
  const auto pool = pool_of(1'000, 99);
  two_tier_limiter node(node_params());
  node.give_back(5, 0);
  EXPECT_FALSE(node.try_acquire(1, 0).allowed);
  ASSERT_TRUE(node.refill_from(*pool, 0));
  ASSERT_TRUE(node.try_acquire(2, 0).allowed);
  node.give_back(100, 0);
  EXPECT_EQ(node.peek(0, 0).remaining, 10U);
}

TEST(two_tier_limiter, refuses_impossible_parameters) {
  two_tier_params params = node_params();
  params.low_water = 11;
  EXPECT_THROW(two_tier_limiter{params}, std::invalid_argument);
  params = node_params();
  params.lease_permits = 0;
  EXPECT_THROW(two_tier_limiter{params}, std::invalid_argument);
}

TEST(leased_limiter, one_thread_gets_what_the_source_has) {
  gcra_limiter source({.permits = 100, .burst = 49});
  leased_limiter<gcra_limiter> leased(source, {.lease_permits = 16, .lease_max_ns = 1'000 * ms});
  int granted = 0;
  for (int i = 0; i < 100; ++i) granted += leased.try_acquire(1, 0).allowed ? 1 : 0;
  EXPECT_EQ(granted, 50);
  const rate_decision refused = leased.try_acquire(1, 0);
  EXPECT_EQ(refused.retry_after_ns, 10 * ms);
  EXPECT_TRUE(leased.try_acquire(1, 10 * ms).allowed);
}

TEST(leased_limiter, requests_bigger_than_a_lease_go_to_the_source) {
  gcra_limiter source({.permits = 100, .burst = 49});
  leased_limiter<gcra_limiter> leased(source, {.lease_permits = 4});
  EXPECT_TRUE(leased.try_acquire(50, 0).allowed);
  EXPECT_FALSE(leased.try_acquire(1, 0).allowed);
}

TEST(leased_limiter, threads_together_never_get_more_than_the_source_gave) {
  for (int round = 0; round < 10; ++round) {
    gcra_limiter source({.permits = 1, .period_ns = 1'000 * ns_per_s, .burst = 999});
    leased_limiter<gcra_limiter> leased(source, {.lease_permits = 16, .lease_max_ns = 1'000 * ns_per_s});
    std::atomic<int> granted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 1'000; ++i) granted += leased.try_acquire(1, 0).allowed ? 1 : 0;
      });
    for (std::thread& each : threads) each.join();
    EXPECT_LE(granted.load(), 1'000);
    EXPECT_GE(granted.load(), 1'000 - 3 * 16);
  }
}

}  // namespace
}  // namespace seckill
