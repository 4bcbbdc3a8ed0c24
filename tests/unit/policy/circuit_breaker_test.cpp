#include <seckill/policy/circuit_breaker.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using kind = circuit_breaker_event::kind;

struct listened {
  std::vector<circuit_breaker_event> events;
  static void append(void* context, const circuit_breaker_event& event) noexcept {
    static_cast<listened*>(context)->events.push_back(event);
  }
  circuit_breaker_listener listener() { return {&append, this}; }
  [[nodiscard]] std::size_t count(kind what) const {
    std::size_t found = 0;
    for (const circuit_breaker_event& each : events) found += each.what == what ? 1 : 0;
    return found;
  }
};

circuit_breaker_params quick_params() {
  circuit_breaker_params params;
  params.window.size = 4;
  params.calls_min = 4;
  params.open_wait = backoff_params::constant(1'000);
  params.half_open.permits = 2;
  return params;
}

void observe_times(circuit_breaker& breaker, int times, call_outcome what, time_ns now = 0) {
  for (int i = 0; i < times; ++i) breaker.observe(what, 0, now);
}

TEST(circuit_breaker, opens_when_half_of_the_window_failed_and_refuses) {
  circuit_breaker breaker(quick_params());
  observe_times(breaker, 2, call_outcome::success);
  observe_times(breaker, 1, call_outcome::failure);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  observe_times(breaker, 1, call_outcome::failure);
  EXPECT_EQ(breaker.state(), breaker_state::open);
  EXPECT_FALSE(breaker.acquire(999));
  EXPECT_EQ(breaker.counts(999).not_permitted, 1U);
}

TEST(circuit_breaker, a_success_that_completes_the_minimum_opens_too) {
  circuit_breaker breaker(quick_params());
  observe_times(breaker, 3, call_outcome::failure);
  observe_times(breaker, 1, call_outcome::success);
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST(circuit_breaker, old_successes_leave_the_rolling_window_and_the_next_success_opens) {
  circuit_breaker_params params = quick_params();
  params.window = {breaker_window::kind::rolling, 2, 100, breaker_window::origin::clock};
  params.calls_min = 2;
  circuit_breaker breaker(params);
  observe_times(breaker, 9, call_outcome::success, 0);
  observe_times(breaker, 2, call_outcome::failure, 150);
  ASSERT_EQ(breaker.state(), breaker_state::closed);
  breaker.observe(call_outcome::success, 0, 200);
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST(circuit_breaker, the_wait_ends_at_its_end_or_after_it) {
  circuit_breaker_params params = quick_params();
  circuit_breaker inclusive(params);
  params.wait_inclusive = false;
  circuit_breaker exclusive(params);
  inclusive.transition(breaker_state::open, 5);
  exclusive.transition(breaker_state::open, 5);
  EXPECT_FALSE(inclusive.acquire(1'004));
  EXPECT_TRUE(inclusive.acquire(1'005));
  EXPECT_FALSE(exclusive.acquire(1'005));
  EXPECT_TRUE(exclusive.acquire(1'006));
}

TEST(circuit_breaker, a_clock_that_goes_backwards_permits_nothing) {
  circuit_breaker breaker(quick_params(), 10'000);
  breaker.transition(breaker_state::open, 10'000);
  EXPECT_FALSE(breaker.acquire(0));
  EXPECT_FALSE(breaker.acquire(-1'000'000));
  EXPECT_FALSE(breaker.acquire(10'999));
  EXPECT_TRUE(breaker.acquire(11'000));
}

TEST(circuit_breaker, a_permit_destroyed_without_a_result_comes_back) {
  circuit_breaker breaker(quick_params());
  breaker.transition(breaker_state::open, 0);
  {
    const circuit_breaker::permit first = breaker.acquire(1'000);
    const circuit_breaker::permit second = breaker.acquire(1'000);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_FALSE(breaker.acquire(1'000));
  }
  EXPECT_TRUE(breaker.acquire(1'000));
}

TEST(circuit_breaker, a_moved_permit_reports_once) {
  circuit_breaker breaker(quick_params());
  circuit_breaker::permit first = breaker.acquire(0);
  circuit_breaker::permit second = std::move(first);
  EXPECT_FALSE(first);
  second.report(call_outcome::failure, 1, 1);
  EXPECT_FALSE(second);
  EXPECT_EQ(breaker.counts(1).failures, 1U);
}

TEST(circuit_breaker, an_empty_permit_reports_nothing) {
  circuit_breaker breaker({.calls_min = 1});
  circuit_breaker::permit none;
  none.report(call_outcome::failure, 1, 1);
  auto once = breaker.acquire(0);
  once.report(call_outcome::success, 1, 1);
  once.report(call_outcome::failure, 1, 1);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(circuit_breaker, an_ignored_probe_gives_its_permit_back) {
  circuit_breaker breaker(quick_params());
  breaker.transition(breaker_state::open, 0);
  for (int i = 0; i < 10; ++i) breaker.acquire(1'000).report(call_outcome::ignored, 0, 1'000);
  EXPECT_EQ(breaker.state(), breaker_state::half_open);
  breaker.acquire(1'000).report(call_outcome::success, 0, 1'000);
  breaker.acquire(1'000).report(call_outcome::success, 0, 1'000);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(circuit_breaker, a_result_of_an_earlier_generation_does_not_judge_the_probes) {
  circuit_breaker_params params = quick_params();
  for (const stale_result stale : {stale_result::drop, stale_result::record}) {
    params.stale = stale;
    circuit_breaker breaker(params);
    circuit_breaker::permit late = breaker.acquire(0);
    circuit_breaker::permit later = breaker.acquire(0);
    breaker.transition(breaker_state::open, 0);
    const circuit_breaker::permit probe = breaker.acquire(1'000);
    ASSERT_TRUE(probe);
    late.report(call_outcome::failure, 0, 1'000);
    later.report(call_outcome::failure, 0, 1'000);
    EXPECT_EQ(breaker.state(), breaker_state::half_open);
    EXPECT_EQ(breaker.counts(1'000).failures, stale == stale_result::record ? 2U : 0U);
  }
}

TEST(circuit_breaker, k_of_n_decides_as_soon_as_the_rest_cannot_matter) {
  circuit_breaker_params params = quick_params();
  params.half_open.permits = 3;
  params.half_open.by = half_open_params::verdict::k_of_n;
  params.half_open.successes = 2;
  circuit_breaker lucky(params);
  lucky.transition(breaker_state::open, 0);
  lucky.acquire(1'000).report(call_outcome::failure, 0, 1'000);
  lucky.acquire(1'000).report(call_outcome::success, 0, 1'000);
  EXPECT_EQ(lucky.state(), breaker_state::half_open);
  lucky.acquire(1'000).report(call_outcome::success, 0, 1'000);
  EXPECT_EQ(lucky.state(), breaker_state::closed);

  circuit_breaker unlucky(params);
  unlucky.transition(breaker_state::open, 0);
  unlucky.acquire(1'000).report(call_outcome::failure, 0, 1'000);
  unlucky.acquire(1'000).report(call_outcome::failure, 0, 1'000);
  EXPECT_EQ(unlucky.state(), breaker_state::open);
}

TEST(circuit_breaker, consecutive_successes_close_and_permits_bound_the_probes_at_a_time) {
  circuit_breaker_params params = quick_params();
  params.half_open.permits = 1;
  params.half_open.by = half_open_params::verdict::consecutive;
  params.half_open.successes = 3;
  circuit_breaker breaker(params);
  breaker.transition(breaker_state::open, 0);
  for (const call_outcome each : {call_outcome::success, call_outcome::success, call_outcome::failure,
                                  call_outcome::success, call_outcome::success}) {
    circuit_breaker::permit probe = breaker.acquire(1'000);
    ASSERT_TRUE(probe);
    EXPECT_FALSE(breaker.acquire(1'000));
    probe.report(each, 0, 1'000);
    EXPECT_EQ(breaker.state(), breaker_state::half_open);
  }
  breaker.acquire(1'000).report(call_outcome::success, 0, 1'000);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(circuit_breaker, the_first_failure_reopens_if_it_is_told_to) {
  circuit_breaker_params params = quick_params();
  params.half_open.permits = 10;
  params.half_open.first_failure_reopens = true;
  circuit_breaker breaker(params);
  breaker.transition(breaker_state::open, 0);
  breaker.acquire(1'000).report(call_outcome::failure, 0, 1'000);
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST(circuit_breaker, probes_that_never_report_time_out_to_the_chosen_state) {
  for (const breaker_state after : {breaker_state::open, breaker_state::closed}) {
    circuit_breaker_params params = quick_params();
    params.half_open.wait_max_ns = 500;
    params.half_open.after_wait = after;
    circuit_breaker breaker(params);
    breaker.transition(breaker_state::open, 0);
    circuit_breaker::permit lost = breaker.acquire(1'000);
    ASSERT_EQ(breaker.next_deadline(), 1'500);
    breaker.advance(1'499);
    EXPECT_EQ(breaker.state(), breaker_state::half_open);
    breaker.advance(1'500);
    EXPECT_EQ(breaker.state(), after);
  }
}

TEST(circuit_breaker, acquiring_makes_the_timed_transitions_by_itself) {
  circuit_breaker_params params = quick_params();
  params.half_open.wait_max_ns = 500;
  params.half_open.after_wait = breaker_state::closed;
  circuit_breaker breaker(params);
  breaker.transition(breaker_state::open, 0);
  const circuit_breaker::permit first = breaker.acquire(1'000);
  const circuit_breaker::permit second = breaker.acquire(1'000);
  EXPECT_FALSE(breaker.acquire(1'001));
  EXPECT_TRUE(breaker.acquire(1'500));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(circuit_breaker, the_wait_grows_with_every_opening_in_a_row_to_its_cap) {
  circuit_breaker_params params = quick_params();
  params.open_wait = {.initial_ns = 1'000, .multiplier = 2.0, .max_ns = 3'000, .spread_by = jitter::none};
  params.half_open.first_failure_reopens = true;
  circuit_breaker breaker(params);
  breaker.transition(breaker_state::open, 0);
  time_ns opened = 0;
  for (const time_ns wait : {1'000, 2'000, 3'000, 3'000}) {
    EXPECT_FALSE(breaker.acquire(opened + wait - 1));
    circuit_breaker::permit probe = breaker.acquire(opened + wait);
    ASSERT_TRUE(probe);
    opened += wait;
    probe.report(call_outcome::failure, 0, opened);
  }
  breaker.transition(breaker_state::closed, opened);
  breaker.transition(breaker_state::open, opened);
  EXPECT_TRUE(breaker.acquire(opened + 1'000));
}

TEST(circuit_breaker, a_jittered_wait_differs_by_seed_and_stays_in_its_bounds) {
  circuit_breaker_params params = quick_params();
  params.automatic_half_open = true;
  params.open_wait = {.initial_ns = 1'000'000, .max_ns = 2'000'000, .spread_by = jitter::equal};
  std::vector<time_ns> ends;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    params.seed = seed;
    circuit_breaker breaker(params);
    breaker.transition(breaker_state::open, 0);
    ends.push_back(breaker.next_deadline().value());
    EXPECT_GE(ends.back(), 500'000);
    EXPECT_LE(ends.back(), 1'000'000);
  }
  EXPECT_NE(ends[0], ends[1]);
}

TEST(circuit_breaker, can_be_opened_for_an_explicit_time) {
  circuit_breaker breaker(quick_params());
  EXPECT_TRUE(breaker.open_for(7, 100));
  EXPECT_FALSE(breaker.acquire(106));
  EXPECT_TRUE(breaker.acquire(107));
}

TEST(circuit_breaker, transitions_that_do_not_exist_are_refused) {
  circuit_breaker breaker(quick_params());
  EXPECT_FALSE(breaker.transition(breaker_state::half_open, 0));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  EXPECT_TRUE(breaker.transition(breaker_state::metrics_only, 0));
  EXPECT_FALSE(breaker.transition(breaker_state::half_open, 0));
  EXPECT_FALSE(breaker.transition(breaker_state::open, 0));
  EXPECT_FALSE(breaker.open_for(1, 0));
}

TEST(circuit_breaker, forced_open_refuses_until_told_and_says_nothing) {
  listened told;
  circuit_breaker breaker(quick_params(), 0, told.listener());
  breaker.transition(breaker_state::forced_open, 0);
  EXPECT_FALSE(breaker.acquire(1'000'000'000'000));
  breaker.observe(call_outcome::failure, 0, 0);
  EXPECT_EQ(told.events.size(), 1U);
  EXPECT_EQ(breaker.counts(0).not_permitted, 1U);
  breaker.transition(breaker_state::closed, 0);
  EXPECT_TRUE(breaker.acquire(0));
}

TEST(circuit_breaker, metrics_only_permits_everything_and_tells_once_what_it_would_have_done) {
  listened told;
  circuit_breaker breaker(quick_params(), 0, told.listener());
  breaker.transition(breaker_state::metrics_only, 0);
  for (int i = 0; i < 20; ++i) breaker.acquire(0).report(call_outcome::failure, 0, 0);
  EXPECT_EQ(breaker.state(), breaker_state::metrics_only);
  EXPECT_EQ(told.count(kind::failure_rate_exceeded), 1U);
  EXPECT_EQ(told.count(kind::failure), 20U);
  EXPECT_EQ(breaker.counts(0).failures, 4U);
}

TEST(circuit_breaker, any_trip_opens) {
  circuit_breaker_params none = quick_params();
  none.failure_rate.reset();
  none.window.size = 100;
  none.calls_min = 1;
  const auto opens_after_three = [](const circuit_breaker_params& params, time_ns duration_ns,
                                    call_outcome what) {
    circuit_breaker breaker(params);
    for (int i = 0; i < 3; ++i) {
      if (breaker.state() != breaker_state::closed) return false;
      breaker.observe(what, duration_ns, 0);
    }
    return breaker.state() == breaker_state::open;
  };
  EXPECT_FALSE(opens_after_three(none, 0, call_outcome::failure));

  circuit_breaker_params count = none;
  count.failure_count = breaker_threshold{3.0, comparison::reached};
  EXPECT_TRUE(opens_after_three(count, 0, call_outcome::failure));

  circuit_breaker_params run = none;
  run.consecutive_failures = 3;
  EXPECT_TRUE(opens_after_three(run, 0, call_outcome::failure));

  circuit_breaker_params slow = none;
  slow.calls_min = 3;
  slow.slow_rate = breaker_threshold{1.0, comparison::reached};
  slow.slow_call_ns = 9;
  EXPECT_TRUE(opens_after_three(slow, 10, call_outcome::success));
  EXPECT_FALSE(opens_after_three(slow, 9, call_outcome::success));

  circuit_breaker_params predicate = none;
  predicate.predicate.trips = [](void*, const circuit_breaker_counts& seen) noexcept {
    return seen.successes == 3;
  };
  EXPECT_TRUE(opens_after_three(predicate, 0, call_outcome::success));
}

TEST(circuit_breaker, a_success_ends_a_run_of_failures) {
  circuit_breaker_params params = quick_params();
  params.failure_rate.reset();
  params.consecutive_failures = 3;
  circuit_breaker breaker(params);
  for (int i = 0; i < 50; ++i) {
    observe_times(breaker, 2, call_outcome::failure);
    EXPECT_EQ(breaker.counts(0).consecutive_failures, 2U);
    observe_times(breaker, 1, call_outcome::success);
    EXPECT_EQ(breaker.counts(0).consecutive_failures, 0U);
  }
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(circuit_breaker, a_tumbling_window_begun_by_a_call_makes_earlier_calls_stale) {
  circuit_breaker_params params = circuit_breaker_params::gobreaker();
  params.window = {breaker_window::kind::tumbling, 1, 100, breaker_window::origin::first_call};
  params.consecutive_failures = 1;
  circuit_breaker breaker(params);
  circuit_breaker::permit early = breaker.acquire(0);
  circuit_breaker::permit at_the_end = breaker.acquire(100);
  circuit_breaker::permit next = breaker.acquire(101);
  EXPECT_EQ(breaker.counts(101).admitted, 1U);
  early.report(call_outcome::failure, 0, 102);
  at_the_end.report(call_outcome::failure, 0, 102);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  next.report(call_outcome::failure, 0, 102);
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

struct reentrant {
  circuit_breaker* breaker = nullptr;
  breaker_state seen = breaker_state::closed;
  static void look(void* context, const circuit_breaker_event& event) noexcept {
    auto& mine = *static_cast<reentrant*>(context);
    if (event.what != kind::transition || event.to != breaker_state::open) return;
    mine.seen = mine.breaker->state();
    mine.breaker->reset(event.at_ns);
  }
};

TEST(circuit_breaker, a_listener_may_call_the_breaker) {
  reentrant context;
  circuit_breaker breaker(quick_params(), 0, {&reentrant::look, &context});
  context.breaker = &breaker;
  observe_times(breaker, 4, call_outcome::failure);
  EXPECT_EQ(context.seen, breaker_state::open);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(circuit_breaker, refuses_impossible_parameters_by_name) {
  const auto text_of = [](const auto& spoil) {
    circuit_breaker_params params;
    spoil(params);
    try {
      const circuit_breaker breaker(params);
    } catch (const std::invalid_argument& refused) {
      return std::string(refused.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(text_of([](auto& p) { p.window.size = 0; }).find("window.size"), std::string::npos);
  EXPECT_NE(text_of([](auto& p) { p.failure_rate->value = 50; }).find("failure_rate"), std::string::npos);
  EXPECT_NE(text_of([](auto& p) { p.half_open.permits = 0; }).find("half_open.permits"), std::string::npos);
  EXPECT_NE(text_of([](auto& p) { p.open_wait.multiplier = 0.5; }).find("multiplier"), std::string::npos);
  EXPECT_NE(text_of([](auto& p) { p.half_open.after_wait = breaker_state::disabled; }).find("after_wait"),
            std::string::npos);
}

// ---- threads ----

TEST(circuit_breaker_threads, no_success_is_lost) {
  circuit_breaker_params params;
  params.window.how = breaker_window::kind::unbounded;
  circuit_breaker breaker(params);
  constexpr int threads_count = 4;
  constexpr int calls = 20'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < threads_count; ++t)
    threads.emplace_back([&breaker] {
      for (int i = 0; i < calls; ++i) breaker.acquire(i).report(call_outcome::success, 1, i);
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(breaker.counts(calls).successes, static_cast<std::uint64_t>(threads_count) * calls);
}

TEST(circuit_breaker_threads, half_open_lets_exactly_its_permits_through) {
  circuit_breaker_params params = quick_params();
  params.half_open.permits = 5;
  for (int round = 0; round < 50; ++round) {
    circuit_breaker breaker(params);
    breaker.transition(breaker_state::open, 0);
    std::atomic<int> granted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i)
          if (breaker.try_acquire(1'000)) granted.fetch_add(1);
      });
    for (std::thread& each : threads) each.join();
    ASSERT_EQ(granted.load(), 5);
  }
}

TEST(circuit_breaker_threads, opens_once_however_many_fail_together) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> openings{0};
    circuit_breaker breaker(quick_params(), 0,
                            {[](void* context, const circuit_breaker_event& event) noexcept {
                               if (event.what == kind::transition)
                                 static_cast<std::atomic<int>*>(context)->fetch_add(1);
                             },
                             &openings});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&breaker] {
        for (int i = 0; i < 50; ++i)
          if (auto permit = breaker.acquire(0)) permit.report(call_outcome::failure, 0, 0);
      });
    for (std::thread& each : threads) each.join();
    ASSERT_EQ(openings.load(), 1);
    ASSERT_EQ(breaker.state(), breaker_state::open);
  }
}

TEST(circuit_breaker_threads, windows_roll_while_others_count) {
  circuit_breaker_params params;
  params.window = {breaker_window::kind::rolling, 4, 1'000, breaker_window::origin::clock};
  params.failure_rate = breaker_threshold{1.0, comparison::exceeded};  // never
  circuit_breaker breaker(params);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&breaker, t] {
      for (int i = 0; i < 20'000; ++i)
        breaker.acquire(i).report(i % 7 == t ? call_outcome::failure : call_outcome::success, 1, i);
    });
  for (std::thread& each : threads) each.join();
  EXPECT_LE(breaker.counts(19'999).results(), 60'000U);
  EXPECT_GE(breaker.counts(19'999).results(), 1U);
  EXPECT_EQ(breaker.counts(1'000'000).results(), 0U);
}

}  // namespace
}  // namespace seckill
