#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/keyed_limit_stage.hpp>
#include <seckill/policy/leaky_bucket_pacer.hpp>
#include <seckill/policy/pipeline_call.hpp>
#include <seckill/policy/pipeline_stages.hpp>
#include <seckill/policy/random.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace seckill {
namespace {

using kind = pipeline_action::kind;

constexpr attempt_result failure{.came_to = call_outcome::failure};
constexpr attempt_result overload{.came_to = call_outcome::failure, .overloaded = true};

std::shared_ptr<any_rate_limiter> limiter_of(std::uint64_t permits, std::uint64_t burst) {
  return std::make_shared<any_rate_limiter>(
      any_rate_limiter::of<gcra_limiter>(gcra_params{.permits = permits, .burst = burst}));
}

// A call whose attempts all come to `result`, at once.
call_result make(const pipeline& through, const attempt_result& result, time_ns now = 0) {
  pipeline_call call(through, {.random = 1}, now);
  for (;;) {
    const pipeline_action action = call.step(now);
    if (action.what == kind::done) return action.result;
    if (action.what == kind::start) call.finish(action.attempt, result, now);
    if (action.what == kind::wait) now = action.until.at_ns();
  }
}

TEST(pipeline_stages, a_rate_limit_gets_back_what_was_not_made) {
  const auto limiter = limiter_of(1, 1);
  const auto gate = std::make_shared<concurrency_limiter>(static_limit(1));
  const pipeline through({.around_call = {make_stage(limiter), make_stage(gate)}});
  const std::uint64_t before = limiter->peek(0, 0).remaining;
  {
    const concurrency_limiter::permit taken = gate->acquire(0);
    const call_result refused = make(through, {});
    EXPECT_EQ(refused.how, call_end::refused);
    EXPECT_EQ(refused.refused_by, "concurrency_limit");
  }
  EXPECT_EQ(limiter->peek(0, 0).remaining, before);
  while (make(through, {}).how == call_end::answered) continue;
  const call_result limited = make(through, {});
  EXPECT_EQ(limited.refused_by, "rate_limit");
  EXPECT_GT(limited.retry_after_ns, 0);
}

TEST(pipeline_stages, a_limit_by_key_counts_each_key_and_gives_back_what_was_not_made) {
  const auto buyers = std::make_shared<keyed_limiter<gcra_rule>>(
      keyed_limiter_params<gcra_params>{.each = {.permits = 1}, .keys_max = 100});
  const auto gate = std::make_shared<concurrency_limiter>(static_limit(1));
  const pipeline through(
      {.around_call = {std::make_shared<keyed_limit_stage<gcra_rule>>(buyers), make_stage(gate)}});
  const auto first_step = [&](std::uint64_t key) {
    pipeline_call call(through, {.key = key}, 0);
    return call.step(0);
  };
  {
    const concurrency_limiter::permit taken = gate->acquire(0);
    EXPECT_EQ(first_step(7).result.refused_by, "concurrency_limit");
  }
  EXPECT_EQ(first_step(7).what, kind::start) << "its permit came back";
  const pipeline_action refused = first_step(7);
  EXPECT_EQ(refused.what, kind::done);
  EXPECT_EQ(refused.result.refused_by, "keyed_rate_limit");
  EXPECT_EQ(refused.result.retry_after_ns, ns_per_s);
  EXPECT_EQ(first_step(8).what, kind::start);
}

TEST(pipeline_stages, a_pacer_delays_and_refuses_what_would_be_late) {
  const auto pacer = std::make_shared<any_rate_limiter>(any_rate_limiter::of<leaky_bucket_pacer>(
      leaky_bucket_pacer_params{.permits = 10, .delay_max_ns = 10 * ns_per_s}));
  const pipeline through({.around_call = {make_stage(pacer)}});
  EXPECT_EQ(make(through, {}).how, call_end::answered);
  pipeline_call second(through, {}, 0);
  const pipeline_action waits = second.step(0);
  ASSERT_EQ(waits.what, kind::wait);
  EXPECT_EQ(waits.until.at_ns(), 100 * ns_per_ms);
  EXPECT_EQ(second.step(50 * ns_per_ms).what, kind::wait) << "not before its time";
  EXPECT_EQ(second.step(100 * ns_per_ms).what, kind::start);
  pipeline_call late(through, {.until = deadline::at(150 * ns_per_ms)}, 0);
  EXPECT_EQ(late.step(0).what, kind::done);
  pipeline_call third(through, {}, 0);
  EXPECT_EQ(third.step(0).until.at_ns(), 200 * ns_per_ms) << "the late one's turn was given back";
}

TEST(pipeline_stages, overload_shrinks_an_adaptive_limit) {
  const auto limiter = std::make_shared<concurrency_limiter>(aimd_limit({.initial = 40, .min = 1}));
  const pipeline through({.around_call = {make_stage(limiter)}});
  make(through, overload);
  EXPECT_EQ(limiter->limit(), 36U);
  make(through, failure);
  EXPECT_EQ(limiter->limit(), 36U);
  EXPECT_EQ(limiter->in_flight(), 0U);
}

TEST(pipeline_stages, a_breaker_counts_attempts_and_then_refuses) {
  circuit_breaker_params params;
  params.consecutive_failures = 3;
  const auto breaker = std::make_shared<circuit_breaker>(params);
  const auto retry = std::make_shared<retry_policy>(
      retry_params{.attempts_max = 3, .delay = backoff_params::constant(0)}, nullptr);
  const pipeline through({.around_attempt = {make_stage(breaker)}, .retry = retry});
  EXPECT_EQ(make(through, failure).attempts, 3U);
  EXPECT_EQ(breaker->state(), breaker_state::open);
  const call_result refused = make(through, {});
  EXPECT_EQ(refused.how, call_end::refused);
  EXPECT_EQ(refused.refused_by, "circuit_breaker");
}

TEST(pipeline_stages, an_unused_probe_comes_back_to_the_breaker) {
  circuit_breaker_params params;
  params.consecutive_failures = 1;
  params.open_wait = backoff_params::constant(10);
  params.half_open.permits = 1;
  params.calls_min = 1;
  const auto breaker = std::make_shared<circuit_breaker>(params);
  const auto nobody = std::make_shared<load_balancer>(load_balancer_params{}, std::span<const target>{}, 0);
  breaker->observe(call_outcome::failure, 1, 0);
  ASSERT_EQ(breaker->state(), breaker_state::open);
  const pipeline empty({.around_attempt = {make_stage(breaker), make_stage(nobody)}});
  EXPECT_EQ(make(empty, {}, 20).refused_by, "load_balancer");
  const pipeline through({.around_attempt = {make_stage(breaker)}});
  EXPECT_EQ(make(through, {}, 20).how, call_end::answered);
  EXPECT_EQ(breaker->state(), breaker_state::closed);
}

TEST(pipeline_stages, a_throttle_learns_from_overload) {
  const auto throttle = std::make_shared<adaptive_throttle>(adaptive_throttle_params::sre());
  const pipeline through({.around_call = {make_stage(throttle)}});
  for (int i = 0; i < 100; ++i) make(through, failure);
  EXPECT_EQ(throttle->reject_probability(0), 0.0) << "the callee took them";
  for (int i = 0; i < 400; ++i) make(through, overload);
  EXPECT_GT(throttle->reject_probability(0), 0.3);
}

TEST(pipeline_stages, a_bulkhead_wakes_who_waits) {
  const auto hold = std::make_shared<bulkhead>(static_limit(1), bulkhead_params{});
  const pipeline through({.around_call = {make_stage(hold)}});
  pipeline_call first(through, {}, 0);
  ASSERT_EQ(first.step(0).what, kind::start);
  int woken = 0;
  pipeline_call second(through,
                       {.waker = {[](void* count) noexcept { ++*static_cast<int*>(count); }, &woken}}, 0);
  EXPECT_EQ(second.step(0).what, kind::wait);
  first.finish(0, {}, 10);
  EXPECT_EQ(first.step(10).what, kind::done);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(second.step(10).what, kind::start);
  pipeline_call third(through, {.until = deadline::at(40)}, 10);
  EXPECT_EQ(third.step(10).until.at_ns(), 40);
  EXPECT_EQ(third.step(40).what, kind::done);
  EXPECT_EQ(hold->waiting(), 0U);
}

TEST(pipeline_stages, retries_and_hedges_go_to_other_targets) {
  const std::array<target, 3> targets{{{.id = 1}, {.id = 2}, {.id = 3}}};
  const auto balancer = std::make_shared<load_balancer>(load_balancer_params{}, targets, 0);
  const auto retry = std::make_shared<retry_policy>(
      retry_params{.attempts_max = 3, .delay = backoff_params::constant(0)}, nullptr);
  const pipeline through({.around_attempt = {make_stage(balancer)}, .retry = retry});
  pipeline_call call(through, {.random = 5}, 0);
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const pipeline_action action = call.step(0);
    ASSERT_EQ(action.what, kind::start);
    sum += action.target_id;
    call.finish(action.attempt, failure, 0);
  }
  EXPECT_EQ(sum, 6U) << "each of the three once";
}

// Under total failure the callee sees no more attempts than the budget allows, whatever attempts_max says.
TEST(pipeline_stages, a_budget_bounds_the_amplification_of_the_pipeline) {
  const auto budget = std::make_shared<retry_budget>(
      retry_budget_params{.tokens_max = 10.0, .per_call = 0.1, .per_second = 0.0});
  const auto retry = std::make_shared<retry_policy>(
      retry_params{.attempts_max = 10, .delay = backoff_params::constant(0)}, budget);
  const pipeline through({.retry = retry});
  std::uint32_t attempts = 0;
  for (int i = 0; i < 1'000; ++i) attempts += make(through, failure).attempts;
  EXPECT_LE(attempts, 1'000U + 10U + 100U);
  EXPECT_GE(attempts, 1'100U);
}

// ---- threads ----

TEST(pipeline_stages_threads, order_and_parameters_change_under_load_and_no_permit_leaks) {
  const std::array<target, 4> targets{{{.id = 1}, {.id = 2}, {.id = 3}, {.id = 4}}};
  const auto limiter = std::make_shared<concurrency_limiter>(static_limit(3));
  const auto hold = std::make_shared<bulkhead>(static_limit(2), bulkhead_params{.queue_max = 4});
  const auto breaker = std::make_shared<circuit_breaker>(circuit_breaker_params{});
  const auto balancer = std::make_shared<load_balancer>(load_balancer_params{}, targets, 0);
  const auto plan_of = [&](int round) {
    pipeline_plan plan{
        .around_call = {make_stage(limiter_of(1'000'000'000, 1'000)), make_stage(limiter)},
        .around_attempt = {make_stage(breaker), make_stage(balancer)},
        .retry = std::make_shared<retry_policy>(
            retry_params{.attempts_max = 1 + static_cast<std::uint32_t>(round % 3),
                         .delay = backoff_params::constant(1)},
            std::make_shared<retry_budget>(retry_budget_params{})),
        .hedge = std::make_shared<hedge_policy>(hedge_params{.delay_min_ns = 0, .delay_max_ns = 2})};
    if (round % 2 == 0) std::swap(plan.around_call[0], plan.around_call[1]);
    if (round % 3 == 0) plan.around_call.push_back(make_stage(hold));
    if (round % 3 == 1) std::swap(plan.around_attempt[0], plan.around_attempt[1]);
    return plan;
  };
  pipeline through(plan_of(0));
  std::atomic<bool> stop{false};
  std::atomic<time_ns> clock{0};
  std::atomic<std::uint64_t> answered{0};
  std::vector<std::thread> callers;
  for (std::uint64_t seed : {1, 2, 3})
    callers.emplace_back([&, seed]() mutable {
      while (!stop.load(std::memory_order_relaxed)) {
        const time_ns began = clock.fetch_add(1, std::memory_order_relaxed);
        const std::uint64_t random = splitmix64(seed);
        pipeline_call call(through, {.key = random, .until = deadline::after(2'000, began), .random = random},
                           began);
        for (int steps = 0; steps < 200; ++steps) {
          const time_ns now = clock.fetch_add(1, std::memory_order_relaxed);
          const pipeline_action action = call.step(now);
          if (action.what == kind::done) {
            if (action.result.how == call_end::answered) ++answered;
            break;
          }
          const bool fails = splitmix64(seed) % 4 == 0;
          if (action.what == kind::start && splitmix64(seed) % 3 != 0)
            call.finish(action.attempt, fails ? failure : attempt_result{}, now + 1);
        }  // some are given up half-way
      }
    });
  for (int round = 1; round <= 200; ++round) through.reconfigure(plan_of(round));
  while (answered.load() < 1'000) std::this_thread::yield();
  stop = true;
  for (std::thread& each : callers) each.join();
  EXPECT_EQ(limiter->in_flight(), 0U);
  EXPECT_EQ(hold->in_flight(), 0U);
  EXPECT_EQ(hold->waiting(), 0U);
  std::array<target_view, 4> seen;
  ASSERT_EQ(balancer->view(seen, 0), 4U);
  for (const target_view& each : seen) EXPECT_EQ(each.in_flight, 0U) << each.id;
  through.reconfigure({});
  EXPECT_EQ(limiter.use_count(), 1) << "no plan is left behind";
}

}  // namespace
}  // namespace seckill
