#include <seckill/policy/random.hpp>
#include <seckill/policy/retry_policy.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

// ---- the budget ----

TEST(retry_budget, bounds_the_amplification_of_a_total_failure) {
  retry_budget budget({.tokens_max = 50.0, .per_call = 0.2, .per_second = 10.0});
  constexpr int calls = 100'000;
  constexpr time_ns between = 100 * ns_per_us;  // ten seconds together
  int retries = 0;
  for (int call = 0; call < calls; ++call) {
    const time_ns now = call * between;
    budget.on_call();
    for (int attempt = 0; attempt < 3; ++attempt) {
      budget.on_failure();
      if (!budget.try_retry(now)) break;
      ++retries;
    }
  }
  EXPECT_LE(retries, 50 + calls / 5 + 10 * 10);
  EXPECT_GE(retries, calls / 5) << "what may be spent is spent";
}

TEST(retry_budget, lets_a_caller_that_calls_seldom_retry) {
  retry_budget budget({.tokens_max = 5.0, .per_call = 0.2, .per_second = 1.0});
  int retries = 0;
  for (time_ns now = 0; now < 100 * ns_per_s; now += 2 * ns_per_s) retries += budget.try_retry(now) ? 1 : 0;
  EXPECT_EQ(retries, 50);
  while (budget.try_retry(100 * ns_per_s)) continue;
  EXPECT_FALSE(budget.try_retry(100 * ns_per_s + ns_per_s / 2));
  EXPECT_FALSE(budget.try_retry(50 * ns_per_s)) << "a clock that goes back puts nothing in";
  EXPECT_TRUE(budget.try_retry(101 * ns_per_s));
}

TEST(retry_budget, idleness_saves_no_more_than_the_maximum) {
  retry_budget budget({.tokens_max = 3.0, .per_call = 1.0, .per_second = 100.0});
  for (int i = 0; i < 100; ++i) budget.on_call();
  int retries = 0;
  while (budget.try_retry(3'600 * ns_per_s)) ++retries;
  EXPECT_EQ(retries, 3);
}

// gRFC A6: maxTokens 10, tokenRatio 0.1: retries stop when the count is at most 5.
TEST(retry_budget, throttles_as_grpc_does) {
  retry_budget budget(retry_budget_params::grpc(10.0, 0.1));
  for (int i = 0; i < 4; ++i) budget.on_failure();
  EXPECT_TRUE(budget.try_retry(0)) << "6 are left";
  budget.on_failure();
  EXPECT_FALSE(budget.try_retry(0)) << "5 are left";
  budget.on_success();
  EXPECT_TRUE(budget.try_retry(0)) << "5.1";
  for (int i = 0; i < 20; ++i) budget.on_failure();
  EXPECT_EQ(budget.milli_tokens(), 0);
  for (int i = 0; i < 50; ++i) budget.on_success();
  EXPECT_FALSE(budget.try_retry(0));
  budget.on_success();
  EXPECT_TRUE(budget.try_retry(0));
}

TEST(retry_budget, refuses_impossible_parameters) {
  EXPECT_THROW(retry_budget({.tokens_max = -1.0}), std::invalid_argument);
  EXPECT_THROW(retry_budget({.per_call = -0.1}), std::invalid_argument);
  EXPECT_THROW(retry_budget({.per_second = 1e9}), std::invalid_argument);
}

TEST(retry_budget_threads, tokens_are_spent_once) {
  retry_budget budget({.tokens_max = 1'000.0, .per_call = 0.0, .per_second = 0.0});
  std::atomic<int> retries{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) retries += budget.try_retry(i) ? 1 : 0;
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(retries, 1'000);
}

// ---- the policy ----

retry_params constant(std::uint32_t attempts_max) {
  return {.attempts_max = attempts_max, .delay = backoff_params::constant(10 * ns_per_ms)};
}

TEST(retry_policy, gives_up_when_the_attempts_are_used_up) {
  const retry_policy policy(constant(3), nullptr);
  EXPECT_EQ(policy.next_delay({.failures = 1}, deadline::never(), 0.5, 0), 10 * ns_per_ms);
  EXPECT_EQ(policy.next_delay({.failures = 2}, deadline::never(), 0.5, 0), 10 * ns_per_ms);
  EXPECT_EQ(policy.next_delay({.failures = 3}, deadline::never(), 0.5, 0), std::nullopt);
}

TEST(retry_policy, delays_grow_and_are_spread) {
  const retry_policy policy({.attempts_max = 16}, nullptr);
  EXPECT_EQ(policy.next_delay({.failures = 1}, deadline::never(), 0.5, 0), 25 * ns_per_ms / 2);
  EXPECT_EQ(policy.next_delay({.failures = 3}, deadline::never(), 0.5, 0), 50 * ns_per_ms);
  EXPECT_EQ(policy.next_delay({.failures = 15}, deadline::never(), 0.5, 0), ns_per_s / 2);
}

TEST(retry_policy, waits_as_long_as_the_callee_asks) {
  const retry_policy policy(constant(3), nullptr);
  EXPECT_EQ(policy.next_delay({.failures = 1, .callee_asks_ns = ns_per_s}, deadline::never(), 0.5, 0),
            ns_per_s);
}

TEST(retry_policy, does_not_begin_what_the_deadline_cuts_off) {
  const auto budget = std::make_shared<retry_budget>(
      retry_budget_params{.tokens_max = 1.0, .per_call = 0.0, .per_second = 0.0});
  const retry_policy policy(constant(3), budget);
  const deadline until = deadline::at(11 * ns_per_ms);
  EXPECT_EQ(policy.next_delay({.failures = 1}, until, 0.5, 1), std::nullopt)
      << "less than a millisecond is left";
  EXPECT_EQ(policy.next_delay({.failures = 1}, until, 0.5, 11 * ns_per_ms), std::nullopt);
  EXPECT_EQ(budget->milli_tokens(), 1'000) << "what does not happen costs nothing";
  EXPECT_EQ(policy.next_delay({.failures = 1}, until, 0.5, 0), 10 * ns_per_ms);
  EXPECT_EQ(policy.next_delay({.failures = 1}, deadline::never(), 0.5, 0), std::nullopt)
      << "the budget is empty";
}

TEST(retry_policy, refuses_impossible_parameters) {
  EXPECT_THROW(retry_policy(constant(0), nullptr), std::invalid_argument);
  EXPECT_THROW(retry_policy(constant(17), nullptr), std::invalid_argument);
  EXPECT_THROW(retry_policy({.attempt_min_ns = -1}, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace seckill
