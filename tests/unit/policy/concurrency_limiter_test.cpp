#include <seckill/policy/concurrency_limiter.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

TEST(concurrency_limiter, permits_bound_the_calls_in_flight) {
  concurrency_limiter limiter(static_limit(2));
  concurrency_limiter::permit first = limiter.acquire(0);
  {
    const concurrency_limiter::permit second = limiter.acquire(0);
    ASSERT_TRUE(second);
    EXPECT_FALSE(limiter.acquire(0));
    EXPECT_EQ(limiter.in_flight(), 2U);
  }
  concurrency_limiter::permit third = limiter.acquire(0);
  EXPECT_TRUE(third);
  first.succeed(1);
  EXPECT_FALSE(first);
  third = concurrency_limiter::permit();
  EXPECT_EQ(limiter.in_flight(), 0U);
}

TEST(concurrency_limiter, aimd_grows_by_one_and_shrinks_by_a_tenth) {
  concurrency_limiter limiter(aimd_limit({.initial = 20, .min = 5, .max = 22}));
  for (int i = 0; i < 3; ++i) {
    // Half of the limit is in use when the last one begins.
    std::vector<concurrency_limiter::permit> others;
    for (std::uint32_t n = 0; n < limiter.limit() / 2; ++n) others.push_back(limiter.acquire(0));
    limiter.acquire(0).succeed(10);
    for (auto& each : others) each.ignore();
  }
  EXPECT_EQ(limiter.limit(), 22U);
  limiter.acquire(0).drop(10);
  EXPECT_EQ(limiter.limit(), 19U);
  limiter.acquire(0).succeed(6 * ns_per_s);  // slower than the time-out
  EXPECT_EQ(limiter.limit(), 17U);
}

TEST(concurrency_limiter, an_idle_caller_does_not_raise_the_limit) {
  concurrency_limiter limiter(aimd_limit({.initial = 20, .min = 5}));
  for (int i = 0; i < 100; ++i) limiter.acquire(0).succeed(10);
  EXPECT_EQ(limiter.limit(), 20U);
}

TEST(concurrency_limiter, ignored_calls_teach_nothing) {
  concurrency_limiter limiter(aimd_limit({.initial = 1, .min = 1}));
  for (int i = 0; i < 10; ++i) limiter.acquire(0).ignore();
  EXPECT_EQ(limiter.limit(), 1U);
}

// A callee that does `capacity` calls at once in 10 ms each and queues the others.
time_ns rtt_of(std::uint32_t in_flight, std::uint32_t capacity) {
  return 10 * ns_per_ms * std::max(in_flight, capacity) / capacity;
}

template <typename Limit>
std::uint32_t settled(Limit limit) {
  for (int i = 0; i < 5'000; ++i) limit.on_sample({rtt_of(limit.limit(), 50), limit.limit(), false});
  return limit.limit();
}

TEST(concurrency_limits, find_the_capacity_of_a_callee_that_queues) {
  EXPECT_NEAR(settled(vegas_limit({.initial = 10, .probe_multiplier = 0})), 55, 6);
  EXPECT_NEAR(settled(gradient_limit({.initial = 10, .window = 1})), 70, 6);
}

TEST(concurrency_limits, gradient_measures_the_time_without_load_under_the_least_limit) {
  gradient_limit limit({.initial = 50, .min = 3, .window = 2, .remeasure = 4});
  EXPECT_EQ(limit.limit(), 3U);
  limit.on_sample({90 * ns_per_ms, 50, false});  // began before
  limit.on_sample({10 * ns_per_ms, 3, false});
  limit.on_sample({10 * ns_per_ms, 2, false});
  EXPECT_EQ(limit.limit(), 50U);
  for (int i = 0; i < 7; ++i) {
    limit.on_sample({20 * ns_per_ms, 50, false});
    EXPECT_GT(limit.limit(), 3U) << i;
  }
  limit.on_sample({20 * ns_per_ms, 50, false});
  EXPECT_EQ(limit.limit(), 3U);
}

TEST(concurrency_limits, shrink_when_the_callee_slows_down) {
  vegas_limit vegas({.initial = 50, .probe_multiplier = 0});
  gradient2_limit gradient2({.initial = 50, .min = 1});
  gradient_limit gradient({.initial = 50, .window = 1});
  for (int i = 0; i < 20; ++i) {
    vegas.on_sample({10 * ns_per_ms, 50, false});
    gradient2.on_sample({10 * ns_per_ms, 50, false});
    gradient.on_sample({10 * ns_per_ms, gradient.limit(), false});
  }
  const std::uint32_t before[] = {vegas.limit(), gradient2.limit(), gradient.limit()};
  for (int i = 0; i < 10; ++i) {
    vegas.on_sample({100 * ns_per_ms, before[0], false});
    gradient2.on_sample({100 * ns_per_ms, before[1], false});
    gradient.on_sample({100 * ns_per_ms, before[2], false});
  }
  EXPECT_LT(vegas.limit(), before[0]);
  EXPECT_LT(gradient2.limit(), before[1]);
  EXPECT_LT(gradient.limit(), before[2]);
}

TEST(concurrency_limiter, an_empty_permit_reports_nothing) {
  concurrency_limiter limiter(static_limit(1));
  concurrency_limiter::permit held = limiter.acquire(0);
  concurrency_limiter::permit none = limiter.acquire(0);
  ASSERT_FALSE(none);
  none.succeed(1);
  none.drop(1);
  none.ignore();
  EXPECT_EQ(limiter.in_flight(), 1U);
  held.succeed(1);
  held.succeed(2);
  EXPECT_EQ(limiter.in_flight(), 0U);
}

TEST(concurrency_limits, refuse_impossible_parameters) {
  EXPECT_THROW(aimd_limit({.min = 10, .max = 5}), std::invalid_argument);
  EXPECT_THROW(aimd_limit({.backoff_ratio = 1.0}), std::invalid_argument);
  EXPECT_THROW(vegas_limit({.smoothing = 0.0}), std::invalid_argument);
  EXPECT_THROW(gradient2_limit({.rtt_tolerance = 0.5}), std::invalid_argument);
  EXPECT_THROW(gradient_limit({.window = 0}), std::invalid_argument);
}

TEST(concurrency_limiter_threads, never_more_in_flight_than_the_limit) {
  concurrency_limiter limiter(static_limit(3));
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 3'000; ++i) {
        concurrency_limiter::permit permit = limiter.acquire(i);
        if (!permit) continue;
        const int now_inside = inside.fetch_add(1) + 1;
        int seen = most.load();
        while (seen < now_inside && !most.compare_exchange_weak(seen, now_inside)) continue;
        inside.fetch_sub(1);
        permit.succeed(i + 1);
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_LE(most.load(), 3);
  EXPECT_EQ(limiter.in_flight(), 0U);
}

TEST(concurrency_limiter_threads, drops_are_never_missed) {
  concurrency_limiter limiter(aimd_limit({.initial = 200, .min = 1, .max = 200, .backoff_ratio = 0.99}));
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 30; ++i)
        if (auto permit = limiter.acquire(0)) permit.drop(1);
    });
  for (std::thread& each : threads) each.join();
  std::uint32_t expected = 200;
  for (int i = 0; i < 90; ++i) expected = std::max(1U, static_cast<std::uint32_t>(expected * 0.99));
  EXPECT_EQ(limiter.limit(), expected);
}

}  // namespace
}  // namespace seckill
