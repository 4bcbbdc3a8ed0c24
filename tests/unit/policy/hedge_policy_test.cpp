#include <seckill/policy/hedge_policy.hpp>
#include <seckill/policy/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

// ---- the quantile ----

TEST(latency_quantile, is_an_upper_bound_at_most_an_eighth_too_high) {
  for (const double quantile : {0.5, 0.9, 0.95, 0.99}) {
    latency_quantile seen({.quantile = quantile, .refresh_ns = ns_per_s, .samples_min = 1});
    std::vector<time_ns> all;
    std::uint64_t seed = 1;
    seen.record(1, 0);  // the first refresh; what follows is counted until the next
    for (int i = 0; i < 20'000; ++i) {
      const auto took = static_cast<time_ns>(1'000'000.0 / (1.001 - uniform_of(splitmix64(seed))));
      all.push_back(took);
      seen.record(took, 1);
    }
    std::ranges::sort(all);
    seen.record(all.front(), ns_per_s);
    const auto exact = static_cast<double>(all[static_cast<std::size_t>(quantile * 20'000.0) - 1]);
    EXPECT_GE(static_cast<double>(seen.value_ns()), exact * 0.999) << quantile;
    EXPECT_LE(static_cast<double>(seen.value_ns()), exact * 1.126) << quantile;
  }
}

TEST(latency_quantile, says_nothing_before_it_knows_enough) {
  latency_quantile seen({.quantile = 0.5, .samples_min = 10});
  for (int i = 0; i < 9; ++i) seen.record(100, i * 2 * ns_per_s);
  EXPECT_EQ(seen.value_ns(), 0);
  seen.record(100, 20 * ns_per_s);
  EXPECT_GE(seen.value_ns(), 100);
}

TEST(latency_quantile, forgets) {
  latency_quantile seen({.quantile = 0.5, .refresh_ns = ns_per_s, .samples_min = 1});
  time_ns now = 0;
  const auto second_of = [&](time_ns took) {
    for (int i = 0; i < 100; ++i) seen.record(took, now);
    now += ns_per_s;
  };
  for (int i = 0; i < 10; ++i) second_of(ns_per_ms);
  EXPECT_LT(seen.value_ns(), 2 * ns_per_ms);
  for (int i = 0; i < 4; ++i) second_of(50 * ns_per_ms);
  EXPECT_GE(seen.value_ns(), 50 * ns_per_ms);
}

TEST(latency_quantile, takes_any_duration) {
  latency_quantile seen({.quantile = 0.99, .refresh_ns = 10, .samples_min = 1});
  seen.record(1, 0);  // the first refresh
  for (const time_ns took :
       {std::numeric_limits<time_ns>::max(), time_ns{-5}, time_ns{0}, time_ns{7}, time_ns{8}})
    seen.record(took, 0);
  seen.record(0, 10);
  EXPECT_EQ(seen.value_ns(), std::numeric_limits<time_ns>::max());
}

// ---- the policy ----

TEST(hedge_policy, waits_as_long_as_most_calls_take) {
  hedge_policy hedge({.after = {.quantile = 0.9, .samples_min = 50}, .delay_max_ns = 500 * ns_per_ms});
  EXPECT_EQ(hedge.delay_ns(), 500 * ns_per_ms) << "not known yet";
  for (int i = 0; i < 100; ++i) hedge.record((i % 10 == 9 ? 300 : 20) * ns_per_ms, 0);
  hedge.record(20 * ns_per_ms, 2 * ns_per_s);
  EXPECT_NEAR(static_cast<double>(hedge.delay_ns()), 20e6, 3e6);
  for (int i = 0; i < 100; ++i) hedge.record(10, 4 * ns_per_s);
  for (int i = 0; i < 1'000; ++i) hedge.record(10, 5 * ns_per_s);
  hedge.record(10, 9 * ns_per_s);
  EXPECT_EQ(hedge.delay_ns(), ns_per_ms) << "never below the least";
}

TEST(hedge_policy, hedges_no_more_than_the_budget_when_everything_is_slow) {
  hedge_policy hedge({.budget = retry_budget_params::hedges(0.05)});
  int hedges = 0;
  constexpr int calls = 10'000;
  for (int i = 0; i < calls; ++i) {
    hedge.on_call();
    hedges += hedge.try_hedge(0, i * ns_per_ms) ? 1 : 0;
  }
  EXPECT_LE(hedges, 10 + calls / 20);
  EXPECT_GE(hedges, calls / 20);
}

TEST(hedge_policy, a_call_has_at_most_its_hedges) {
  hedge_policy hedge({.hedges_max = 2});
  EXPECT_TRUE(hedge.try_hedge(0, 0));
  EXPECT_TRUE(hedge.try_hedge(1, 0));
  EXPECT_FALSE(hedge.try_hedge(2, 0));
}

TEST(hedge_policy, refuses_impossible_parameters) {
  EXPECT_THROW(hedge_policy({.after = {.quantile = 1.0}}), std::invalid_argument);
  EXPECT_THROW(hedge_policy({.delay_min_ns = 5, .delay_max_ns = 4}), std::invalid_argument);
  EXPECT_THROW(hedge_policy({.hedges_max = 4}), std::invalid_argument);
}

TEST(latency_quantile_threads, loses_nothing_that_is_recorded_while_it_refreshes) {
  latency_quantile seen({.quantile = 0.5, .refresh_ns = 3, .samples_min = 1});
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i) seen.record(1'000, i);
    });
  for (std::thread& each : threads) each.join();
  EXPECT_GE(seen.value_ns(), 1'000);
  EXPECT_LT(seen.value_ns(), 1'126);
}

}  // namespace
}  // namespace seckill
