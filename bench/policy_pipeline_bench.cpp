// A call through a whole pipeline, with the time passed in; rival: the same decisions as one would write them first, a
// mutex around a bucket, a breaker's counts and a round robin. With threads, items_per_second is of all threads together.

#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/pipeline_call.hpp>
#include <seckill/policy/pipeline_stages.hpp>
#include <seckill/policy/random.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

namespace seckill {
namespace {

constexpr std::uint64_t plenty = 1'000'000'000;
constexpr std::array<target, 4> targets{{{.id = 1}, {.id = 2}, {.id = 3}, {.id = 4}}};

std::shared_ptr<pipeline_stage> limiter_stage() {
  return make_stage(std::make_shared<any_rate_limiter>(
      any_rate_limiter::of<gcra_limiter>(gcra_params{.permits = plenty, .burst = 1'000'000})));
}
std::shared_ptr<pipeline_stage> balancer_stage() {
  return make_stage(
      std::make_shared<load_balancer>(load_balancer_params{.by = balancing::smooth_weighted}, targets, 0));
}

pipeline_plan nothing() { return {}; }
pipeline_plan breaker_alone() {
  return {.around_attempt = {make_stage(std::make_shared<circuit_breaker>(circuit_breaker_params{}))}};
}
// What the rival does.
pipeline_plan limiter_breaker_balancer() {
  return {.around_call = {limiter_stage()},
          .around_attempt = {make_stage(std::make_shared<circuit_breaker>(circuit_breaker_params{})),
                             balancer_stage()}};
}
pipeline_plan everything() {
  pipeline_plan plan = limiter_breaker_balancer();
  plan.around_call.push_back(make_stage(std::make_shared<bulkhead>(static_limit(100), bulkhead_params{})));
  plan.retry =
      std::make_shared<retry_policy>(retry_params{}, std::make_shared<retry_budget>(retry_budget_params{}));
  plan.hedge = std::make_shared<hedge_policy>(hedge_params{});
  plan.call_timeout_ns = ns_per_s;
  plan.attempt_timeout_ns = 100 * ns_per_ms;
  return plan;
}

// One pipeline for all threads of a run.
template <pipeline_plan (*Plan)()>
class pipeline_fixture : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() == 0) through = std::make_unique<pipeline>(Plan());
  }
  void run(benchmark::State& state) {
    std::uint64_t random = static_cast<std::uint64_t>(state.thread_index()) + 1;
    time_ns now = 0;
    for (auto _ : state) {
      now += 100;
      pipeline_call call(*through, {.random = splitmix64(random)}, now);
      const pipeline_action start = call.step(now);
      call.finish(start.attempt, {}, now + 50);
      benchmark::DoNotOptimize(call.step(now + 50));
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  }
  std::unique_ptr<pipeline> through;
};

using empty = pipeline_fixture<&nothing>;
using breaker = pipeline_fixture<&breaker_alone>;
using three = pipeline_fixture<&limiter_breaker_balancer>;
using full = pipeline_fixture<&everything>;

BENCHMARK_DEFINE_F(empty, call)(benchmark::State& state) { run(state); }
BENCHMARK_DEFINE_F(breaker, call)(benchmark::State& state) { run(state); }
BENCHMARK_DEFINE_F(three, call)(benchmark::State& state) { run(state); }
BENCHMARK_DEFINE_F(full, call)(benchmark::State& state) { run(state); }

class locked_chain {
 public:
  // The target, or -1.
  int begin(time_ns now) {
    const std::lock_guard lock(mutex_);
    tokens_ = std::min(1e6, tokens_ + static_cast<double>(now - refilled_at_));
    refilled_at_ = std::max(now, refilled_at_);
    if (tokens_ < 1.0 || now < open_until_) return -1;
    tokens_ -= 1.0;
    std::size_t best = 0;
    for (std::size_t i = 0; i < current_.size(); ++i)
      if (++current_[i] > current_[best]) best = i;
    current_[best] -= static_cast<int>(current_.size());
    ++in_flight_[best];
    return static_cast<int>(best);
  }
  void end(int index, bool succeeded, time_ns now) {
    const std::lock_guard lock(mutex_);
    --in_flight_[static_cast<std::size_t>(index)];
    window_[next_] = succeeded;
    next_ = (next_ + 1) % window_.size();
    failures_ = succeeded ? 0 : failures_ + 1;
    if (failures_ >= 50) open_until_ = now + 60 * ns_per_s;
  }

 private:
  std::mutex mutex_;
  double tokens_ = 1e6;
  time_ns refilled_at_ = 0;
  time_ns open_until_ = 0;
  std::array<bool, 100> window_{};
  std::size_t next_ = 0;
  int failures_ = 0;
  std::array<int, targets.size()> current_{};
  std::array<int, targets.size()> in_flight_{};
};

class rival : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() == 0) chain = std::make_unique<locked_chain>();
  }
  std::unique_ptr<locked_chain> chain;
};

BENCHMARK_DEFINE_F(rival, locked_limiter_breaker_balancer)(benchmark::State& state) {
  time_ns now = 0;
  for (auto _ : state) {
    now += 100;
    const int picked = chain->begin(now);
    benchmark::DoNotOptimize(picked);
    if (picked >= 0) chain->end(picked, true, now + 50);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK_REGISTER_F(empty, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(breaker, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(three, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(full, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(rival, locked_limiter_breaker_balancer)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
