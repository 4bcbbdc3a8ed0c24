// The longest length of time means for ever.
#include <seckill/memory/memory_cache_store.hpp>
#include <seckill/memory/memory_lease_store.hpp>
#include <seckill/policy/adaptive_throttle.hpp>
#include <seckill/policy/backoff.hpp>
#include <seckill/policy/bulkhead.hpp>
#include <seckill/policy/circuit_breaker.hpp>
#include <seckill/policy/deadline.hpp>
#include <seckill/policy/fixed_window_limiter.hpp>
#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/hedge_policy.hpp>
#include <seckill/policy/leaky_bucket_meter.hpp>
#include <seckill/policy/leaky_bucket_pacer.hpp>
#include <seckill/policy/lease_keeper.hpp>
#include <seckill/policy/leased_limiter.hpp>
#include <seckill/policy/load_rules.hpp>
#include <seckill/policy/near_cache.hpp>
#include <seckill/policy/outlier_ejector.hpp>
#include <seckill/policy/retry_policy.hpp>
#include <seckill/policy/sliding_counter_limiter.hpp>
#include <seckill/policy/sliding_log_limiter.hpp>
#include <seckill/policy/stepped_bucket_limiter.hpp>
#include <seckill/policy/timing_wheel.hpp>
#include <seckill/policy/two_tier_limiter.hpp>

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <stdexcept>
#include <string>

namespace seckill {
namespace {

constexpr time_ns forever = std::numeric_limits<time_ns>::max();
constexpr std::array<time_ns, 4> lengths{0, 1, forever - 1, forever};
constexpr time_ns century = time_ns{100} * 365 * 86'400 * ns_per_s;

// --- what "for ever" means, where it overflowed ---

TEST(durations, an_ejection_for_ever_lasts) {
  outlier_ejector ejector({.consecutive_failures = 1,
                           .interval_ns = forever,
                           .base_ejection_ns = forever,
                           .ejection_max_ns = forever},
                          2);
  ejector.add(0);
  ejector.add(1);
  for (int i = 0; i < 3; ++i) ejector.record(0, call_outcome::failure, century);
  for (const time_ns later : {century + 1, century + century / 2}) {
    ejector.advance(later);
    EXPECT_TRUE(ejector.ejected(0));
  }
}

TEST(durations, a_lease_for_ever_keeps_its_permits) {
  gcra_limiter source({.permits = 1, .period_ns = 3'600 * ns_per_s, .burst = 3});
  leased_limiter<gcra_limiter> limiter(source, {.lease_permits = 3, .lease_max_ns = forever});
  EXPECT_TRUE(limiter.try_acquire(1, 1).allowed);
  EXPECT_TRUE(limiter.try_acquire(1, 2).allowed);
  EXPECT_TRUE(limiter.peek(1, century / 2).allowed);
}

TEST(durations, waiting_for_ever_for_other_nodes_gives_nothing_up) {
  const load_rules rules{.ask_again_ns = forever, .wait_max_ns = forever};
  const cache_lookup seen{.state = cache_state::being_loaded};
  const load_decision next = decide_load(rules, seen, century, century + 1);
  EXPECT_EQ(next.step, load_step::ask_again);
  EXPECT_EQ(next.ask_at, forever);
}

TEST(durations, a_shared_cache_keeps_for_ever) {
  const auto cache = make_memory_cache_store({.lease_interval_ns = forever});
  const std::array<std::string_view, 1> key{"k"};
  const auto first = cache->get(key, century).value()[0];
  EXPECT_EQ(cache->get(key, century + 1).value()[0].state, cache_state::being_loaded);
  EXPECT_TRUE(cache->fill("k", first.lease, std::nullopt, forever, century).value());
  EXPECT_EQ(cache->get(key, century + century / 2).value()[0].state, cache_state::absent);
  EXPECT_TRUE(cache->begin_write("k", forever, century));
  EXPECT_EQ(cache->get(key, century + century / 2).value()[0].state, cache_state::being_written);
}

TEST(durations, a_pause_for_ever_after_a_failure_asks_no_more) {
  two_tier_limiter limiter({.failure_pause_ns = forever});
  EXPECT_TRUE(limiter.wanted(century));
  limiter.refill_failed(century);
  EXPECT_FALSE(limiter.wanted(century + 1));
}

TEST(durations, delays_stay_between_nothing_and_the_longest) {
  for (const time_ns initial : lengths)
    for (const time_ns most : lengths)
      for (const jitter by :
           {jitter::none, jitter::full, jitter::equal, jitter::decorrelated, jitter::proportional})
        for (const time_ns step : {time_ns{1}, time_ns{7}, forever}) {
          if (most < initial) continue;
          const backoff delay({.initial_ns = initial,
                               .max_ns = most,
                               .spread_by = by,
                               .spread = 1.0,
                               .granularity_ns = step});
          for (const std::uint32_t failures : {0U, 1U, 2U, 64U, 1'025U, ~0U})
            for (const double uniform : {0.0, 0.5, 0.999'999'999'999'999'9, 1.0})
              for (const time_ns previous : lengths) {
                const time_ns drawn = delay.delay_ns(failures, uniform, previous);
                ASSERT_GE(drawn, 0);
                ASSERT_LE(drawn, most);
              }
        }
}

TEST(durations, a_breaker_that_waits_for_ever_stays_open) {
  for (const jitter by : {jitter::none, jitter::proportional}) {
    circuit_breaker_params params;
    params.consecutive_failures = 1;
    params.open_wait = {.initial_ns = forever, .max_ns = forever, .spread_by = by, .spread = 0.0};
    circuit_breaker breaker(params, century);
    auto call = breaker.acquire(century);
    call.report(call_outcome::failure, 1, century);
    ASSERT_EQ(breaker.state(), breaker_state::open);
    EXPECT_FALSE(breaker.acquire(century + 1));
    EXPECT_FALSE(breaker.acquire(century + century / 2));
  }
}

}  // namespace
}  // namespace seckill
