// What holds for every rate limiter, and what only some promise.

#include <seckill/policy/fixed_window_limiter.hpp>
#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/leaky_bucket_meter.hpp>
#include <seckill/policy/leaky_bucket_pacer.hpp>
#include <seckill/policy/rate_limiter.hpp>
#include <seckill/policy/sliding_counter_limiter.hpp>
#include <seckill/policy/sliding_log_limiter.hpp>
#include <seckill/policy/stepped_bucket_limiter.hpp>
#include <seckill/policy/warm_up_limiter.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace seckill {
namespace {

constexpr time_ns ms = ns_per_ms;

struct kind_of_limiter {
  const char* name;
  any_rate_limiter (*make)();
  std::uint64_t at_once;  // permits that a fresh one gives
};

const kind_of_limiter kinds[] = {
    {"gcra",
     [] {
       return any_rate_limiter::of<gcra_limiter>(gcra_params{10, 1000 * ms, 4});
     },
     5},
    {"pacer",
     [] {
       return any_rate_limiter::of<leaky_bucket_pacer>(leaky_bucket_pacer_params{10, 1000 * ms, 400 * ms});
     },
     5},
    {"meter",
     [] {
       return any_rate_limiter::of<leaky_bucket_meter>(leaky_bucket_meter_params{10, 1000 * ms, 5});
     },
     5},
    {"fixed_window",
     [] {
       return any_rate_limiter::of<fixed_window_limiter>(window_params{5, 500 * ms});
     },
     5},
    {"sliding_counter",
     [] {
       return any_rate_limiter::of<sliding_counter_limiter>(window_params{5, 500 * ms});
     },
     5},
    {"sliding_log",
     [] {
       return any_rate_limiter::of<sliding_log_limiter>(window_params{5, 500 * ms});
     },
     5},
    {"stepped_bucket",
     [] {
       return any_rate_limiter::of<stepped_bucket_limiter>(stepped_bucket_params{3, 300 * ms, 2});
     },
     5},
    {"warm_up",
     [] {
       return any_rate_limiter::of<warm_up_limiter>(warm_up_params{15, 2, 3});
     },
     5},
};

class any_limiter : public testing::TestWithParam<kind_of_limiter> {};
// All but the one whose rate depends on the load before and to come.
class steady_limiter : public testing::TestWithParam<kind_of_limiter> {};

std::uint64_t take_all(any_rate_limiter& limiter, time_ns now) {
  std::uint64_t taken = 0;
  while (taken < 1'000 && limiter.try_acquire(1, now).allowed) ++taken;
  return taken;
}

TEST_P(any_limiter, gives_what_a_fresh_one_has_and_no_more) {
  any_rate_limiter limiter = GetParam().make();
  EXPECT_EQ(limiter.peek(0, 10'000 * ms).remaining, GetParam().at_once);
  EXPECT_EQ(take_all(limiter, 10'000 * ms), GetParam().at_once);
  const rate_decision refused = limiter.try_acquire(1, 10'000 * ms);
  EXPECT_FALSE(refused.allowed);
  EXPECT_GT(refused.retry_after_ns, 0);
  EXPECT_EQ(refused.remaining, 0U);
}

TEST_P(any_limiter, peeking_answers_like_acquiring_and_changes_nothing) {
  any_rate_limiter limiter = GetParam().make();
  std::mt19937_64 random(1);
  time_ns now = 10'000 * ms;
  for (int i = 0; i < 3'000; ++i) {
    now += static_cast<time_ns>(random() % static_cast<std::uint64_t>(100 * ms));
    const auto n = static_cast<std::uint32_t>(random() % 3);
    const rate_decision seen = limiter.peek(n, now);
    const rate_decision again = limiter.peek(n, now);
    const rate_decision made = limiter.try_acquire(n, now);
    ASSERT_EQ(seen.allowed, made.allowed) << i;
    ASSERT_EQ(seen.remaining, made.remaining) << i;
    ASSERT_EQ(seen.retry_after_ns, made.retry_after_ns) << i;
    ASSERT_EQ(again.reset_after_ns, made.reset_after_ns) << i;
    ASSERT_EQ(again.delay_ns, made.delay_ns) << i;
  }
}

TEST_P(steady_limiter, says_when_to_come_back) {
  any_rate_limiter limiter = GetParam().make();
  std::mt19937_64 random(2);
  time_ns now = 10'000 * ms;
  int refusals = 0;
  for (int i = 0; i < 3'000; ++i) {
    now += static_cast<time_ns>(random() % static_cast<std::uint64_t>(80 * ms));
    const auto n = static_cast<std::uint32_t>(1 + random() % 4);
    const rate_decision made = limiter.try_acquire(n, now);
    if (made.allowed) continue;
    ++refusals;
    ASSERT_LT(made.retry_after_ns, rate_decision::never);
    ASSERT_FALSE(limiter.peek(n, now + made.retry_after_ns - 1).allowed) << i;
    ASSERT_TRUE(limiter.peek(n, now + made.retry_after_ns).allowed) << i;
  }
  EXPECT_GT(refusals, 100);
}

TEST_P(steady_limiter, is_as_good_as_new_after_the_reset) {
  any_rate_limiter limiter = GetParam().make();
  std::mt19937_64 random(3);
  time_ns now = 10'000 * ms;
  for (int i = 0; i < 1'000; ++i) {
    now += static_cast<time_ns>(random() % static_cast<std::uint64_t>(300 * ms));
    const rate_decision made = limiter.try_acquire(1, now);
    ASSERT_EQ(limiter.peek(0, now + made.reset_after_ns).remaining, GetParam().at_once) << i;
  }
}

TEST_P(any_limiter, a_clock_that_goes_backwards_grants_nothing) {
  any_rate_limiter limiter = GetParam().make();
  take_all(limiter, 10'000 * ms);
  for (const time_ns back : {1 * ms, 400 * ms, 501 * ms, 5'000 * ms, 10'000 * ms, 20'000 * ms})
    EXPECT_FALSE(limiter.try_acquire(1, 10'000 * ms - back).allowed) << back;
}

TEST_P(any_limiter, what_is_given_back_can_be_had_again_but_no_more_than_a_fresh_one_has) {
  any_rate_limiter limiter = GetParam().make();
  const time_ns now = 10'000 * ms;
  take_all(limiter, now);
  limiter.give_back(2, now);
  EXPECT_EQ(take_all(limiter, now), 2U);
  limiter.give_back(1'000'000, now);
  EXPECT_EQ(take_all(limiter, now), GetParam().at_once);
}

TEST_P(any_limiter, never_grants_more_than_the_limit_to_many_threads) {
  for (int round = 0; round < 20; ++round) {
    any_rate_limiter limiter = GetParam().make();
    std::atomic<std::uint64_t> granted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) granted += limiter.try_acquire(1, 10'000 * ms).allowed ? 1 : 0;
      });
    for (std::thread& each : threads) each.join();
    ASSERT_EQ(granted.load(), GetParam().at_once);
  }
}

const auto name_of = [](const auto& each) { return std::string(each.param.name); };
INSTANTIATE_TEST_SUITE_P(all, steady_limiter, testing::ValuesIn(std::begin(kinds), std::end(kinds) - 1),
                         name_of);
INSTANTIATE_TEST_SUITE_P(all, any_limiter, testing::ValuesIn(kinds), name_of);

// ---- GCRA ----

TEST(gcra_limiter, no_interval_sees_more_than_the_burst_and_the_rate) {
  gcra_limiter limiter({.permits = 10, .period_ns = 1'000, .burst = 4});
  std::mt19937_64 random(4);
  std::vector<time_ns> passed;
  time_ns now = 0;
  for (int i = 0; i < 2'000; ++i) {
    now += static_cast<time_ns>(random() % 150);
    if (limiter.try_acquire(1, now).allowed) passed.push_back(now);
  }
  for (std::size_t from = 0; from < passed.size(); ++from)
    for (std::size_t to = from; to < std::min(passed.size(), from + 60); ++to)
      ASSERT_LE(static_cast<time_ns>(to - from + 1), 5 + (passed[to] - passed[from]) / 100);
}

TEST(gcra_limiter, a_request_that_is_too_big_never_passes) {
  gcra_limiter limiter({.permits = 10, .period_ns = 1'000, .burst = 4});
  EXPECT_EQ(limiter.try_acquire(6, 0).retry_after_ns, rate_decision::never);
  EXPECT_FALSE(limiter.reserve(6, 0, 1'000'000).granted);
}

TEST(gcra_limiter, reservations_queue_up_to_the_longest_wait) {
  gcra_limiter limiter({.permits = 10, .period_ns = 1'000, .burst = 1});
  EXPECT_EQ(limiter.reserve(2, 0, 0).ready_at_ns, 0);
  EXPECT_EQ(limiter.reserve(1, 0, 250).ready_at_ns, 100);
  EXPECT_EQ(limiter.reserve(1, 0, 250).ready_at_ns, 200);
  const rate_reservation late = limiter.reserve(1, 0, 250);
  EXPECT_FALSE(late.granted);
  EXPECT_EQ(late.retry_after_ns, 50);
  EXPECT_TRUE(limiter.reserve(1, 50, 250).granted);
}

TEST(gcra_limiter, a_cancelled_reservation_comes_back_as_far_as_nobody_queued_behind_it) {
  gcra_limiter limiter({.permits = 10, .period_ns = 1'000, .burst = 3});
  const rate_reservation first = limiter.reserve(4, 0, 1'000);
  const rate_reservation second = limiter.reserve(1, 0, 1'000);
  ASSERT_EQ(second.ready_at_ns, 100);
  limiter.cancel(first, 0);
  EXPECT_EQ(limiter.peek(0, 0).remaining, 2U);
  limiter.cancel(rate_reservation{}, 0);
  EXPECT_EQ(limiter.peek(0, 0).remaining, 2U);
}

// ---- the others ----

TEST(leaky_bucket_pacer, requests_leave_at_least_an_interval_apart) {
  leaky_bucket_pacer pacer({.permits = 10, .period_ns = 1'000, .delay_max_ns = 300});
  std::mt19937_64 random(5);
  time_ns now = 0;
  time_ns last = -1'000;
  for (int i = 0; i < 3'000; ++i) {
    now += static_cast<time_ns>(random() % 150);
    const rate_decision made = pacer.try_acquire(1, now);
    if (!made.allowed) continue;
    ASSERT_LE(made.delay_ns, 300);
    ASSERT_GE(now + made.delay_ns, last + 100);
    last = now + made.delay_ns;
  }
}

TEST(fixed_window_limiter, twice_the_limit_can_pass_around_a_boundary_and_no_more) {
  fixed_window_limiter limiter({.limit = 5, .window_ns = 1'000 * ms});
  EXPECT_TRUE(limiter.try_acquire(5, 999 * ms).allowed);
  EXPECT_TRUE(limiter.try_acquire(5, 1'000 * ms).allowed);
  EXPECT_FALSE(limiter.try_acquire(1, 1'999 * ms).allowed);
}

TEST(fixed_window_limiter, counts_with_a_clock_since_the_epoch_and_the_shortest_window) {
  fixed_window_limiter limiter({.limit = 1'000'000, .window_ns = ms});
  const time_ns now = 1'800'000'000 * ns_per_s;
  EXPECT_TRUE(limiter.try_acquire(999'999, now).allowed);
  EXPECT_TRUE(limiter.try_acquire(1, now).allowed);
  EXPECT_FALSE(limiter.try_acquire(1, now).allowed);
  EXPECT_TRUE(limiter.try_acquire(1, now + ms).allowed);
}

TEST(sliding_log_limiter, no_window_at_all_sees_more_than_the_limit) {
  sliding_log_limiter limiter({.limit = 7, .window_ns = 100 * ms});
  std::mt19937_64 random(6);
  std::deque<time_ns> passed;
  time_ns now = 0;
  for (int i = 0; i < 5'000; ++i) {
    now += static_cast<time_ns>(random() % static_cast<std::uint64_t>(20 * ms));
    std::erase_if(passed, [now](time_ns each) { return each <= now - 100 * ms; });
    const auto n = static_cast<std::uint32_t>(1 + random() % 3);
    const bool fits = passed.size() + n <= 7;
    ASSERT_EQ(limiter.try_acquire(n, now).allowed, fits);
    if (fits) passed.insert(passed.end(), n, now);
    ASSERT_EQ(limiter.in_window(now), passed.size());
  }
}

TEST(sliding_counter_limiter, agrees_with_the_formula) {
  sliding_counter_limiter limiter({.limit = 10, .window_ns = 100 * ms});
  std::mt19937_64 random(7);
  std::vector<std::uint32_t> counts(2'000, 0);
  time_ns now = 0;
  for (int i = 0; i < 8'000; ++i) {
    now += static_cast<time_ns>(random() % static_cast<std::uint64_t>(20 * ms));
    const auto window = static_cast<std::size_t>(now / (100 * ms));
    const double covered = 1.0 - static_cast<double>(now % (100 * ms)) / static_cast<double>(100 * ms);
    const double estimate = (window == 0 ? 0 : counts[window - 1]) * covered + counts[window];
    const bool fits = estimate + 1 <= 10.0 + 1e-9;
    ASSERT_EQ(limiter.try_acquire(1, now).allowed, fits) << now;
    counts[window] += fits ? 1 : 0;
  }
}

TEST(warm_up_limiter, starts_at_a_third_and_is_warm_after_the_period) {
  warm_up_limiter limiter({.permits_per_s = 90, .warm_up_s = 10, .cold_factor = 3});
  std::vector<int> passed;
  for (int second = 0; second < 20; ++second) {
    int count = 0;
    for (int i = 0; i < 300; ++i)
      count += limiter.try_acquire(1, second * ns_per_s + i * ns_per_s / 300).allowed ? 1 : 0;
    passed.push_back(count);
  }
  EXPECT_NEAR(passed[0], 30, 2);
  EXPECT_LT(passed[4], 80);
  EXPECT_NEAR(passed[19], 90, 1);
  EXPECT_TRUE(std::ranges::is_sorted(passed));
}

TEST(rate_limiters, refuse_impossible_parameters_by_name) {
  const auto text_of = [](const auto& make) {
    try {
      make();
    } catch (const std::invalid_argument& refused) {
      return std::string(refused.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(text_of([] { gcra_limiter({.permits = 0}); }).find("permits"), std::string::npos);
  EXPECT_NE(text_of([] { gcra_limiter({.permits = 1, .period_ns = 0}); }).find("period_ns"),
            std::string::npos);
  EXPECT_NE(text_of([] { gcra_limiter({.permits = 2, .period_ns = 1}); }).find("permits"), std::string::npos);
  EXPECT_NE(text_of([] {
              gcra_limiter({.permits = 1, .period_ns = ns_per_s, .burst = ~std::uint64_t{0}});
            }).find("burst"),
            std::string::npos);
  EXPECT_NE(text_of([] { leaky_bucket_pacer({.permits = 1, .delay_max_ns = -1}); }).find("delay_max_ns"),
            std::string::npos);
  EXPECT_NE(text_of([] { leaky_bucket_meter({.leak = 1, .capacity = 0}); }).find("capacity"),
            std::string::npos);
  EXPECT_NE(text_of([] { sliding_log_limiter({.limit = 0}); }).find("limit"), std::string::npos);
  EXPECT_NE(text_of([] { fixed_window_limiter({.limit = 2'000'000, .window_ns = ms}); }).find("limit"),
            std::string::npos);
  EXPECT_NE(text_of([] { warm_up_limiter({.cold_factor = 1}); }).find("cold_factor"), std::string::npos);
}

}  // namespace
}  // namespace seckill
