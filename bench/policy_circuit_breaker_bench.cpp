// Budgets: acquire + record <= 10 ns with the time passed in, <= 45 ns with a clock; refusal <= 35 ns; two
// threads
// <= 1.5 x of one. Each iteration is one call; with threads, the time is per call of each thread.

#include <seckill/policy/circuit_breaker.hpp>

#include <benchmark/benchmark.h>

#include <memory>

namespace seckill {
namespace {

circuit_breaker_params of_calls() { return {}; }

circuit_breaker_params of_time() {
  circuit_breaker_params params;
  params.window = {breaker_window::kind::rolling, 10, ns_per_s, breaker_window::origin::clock};
  return params;
}

circuit_breaker_params of_gobreaker() {
  circuit_breaker_params params = circuit_breaker_params::gobreaker();
  params.window = {breaker_window::kind::rolling, 10, ns_per_s, breaker_window::origin::closing};
  return params;
}

// One breaker for all threads of a benchmark.
template <circuit_breaker_params (*Params)()>
class breaker_fixture : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() == 0) breaker = std::make_unique<circuit_breaker>(Params());
  }
  std::unique_ptr<circuit_breaker> breaker;
};

template <typename Fixture>
void run_successes(Fixture& fixture, benchmark::State& state) {
  time_ns now = 0;
  for (auto _ : state) {
    circuit_breaker::permit permit = fixture.breaker->acquire(now);
    benchmark::DoNotOptimize(permit);
    permit.report(call_outcome::success, 100, now);
    now += 100;
  }
}

template <typename Fixture>
void run_one_failure_in_hundred(Fixture& fixture, benchmark::State& state) {
  time_ns now = 0;
  unsigned call = 0;
  for (auto _ : state) {
    circuit_breaker::permit permit = fixture.breaker->acquire(now);
    benchmark::DoNotOptimize(permit);
    permit.report(++call % 100 == 0 ? call_outcome::failure : call_outcome::success, 100, now);
    now += 100;
  }
}

using calls_window = breaker_fixture<&of_calls>;
using time_window = breaker_fixture<&of_time>;
using gobreaker_like = breaker_fixture<&of_gobreaker>;

BENCHMARK_DEFINE_F(calls_window, success)(benchmark::State& state) { run_successes(*this, state); }
BENCHMARK_DEFINE_F(time_window, success)(benchmark::State& state) { run_successes(*this, state); }
BENCHMARK_DEFINE_F(gobreaker_like, success)(benchmark::State& state) { run_successes(*this, state); }
BENCHMARK_DEFINE_F(calls_window, one_failure_in_100)(benchmark::State& state) {
  run_one_failure_in_hundred(*this, state);
}
BENCHMARK_DEFINE_F(time_window, one_failure_in_100)(benchmark::State& state) {
  run_one_failure_in_hundred(*this, state);
}

BENCHMARK_DEFINE_F(calls_window, success_with_clock)(benchmark::State& state) {
  for (auto _ : state) {
    const time_ns now = monotonic_now_ns();
    circuit_breaker::permit permit = breaker->acquire(now);
    benchmark::DoNotOptimize(permit);
    permit.report(call_outcome::success, 100, now);
  }
}

BENCHMARK_DEFINE_F(calls_window, refusal)(benchmark::State& state) {
  if (state.thread_index() == 0) breaker->transition(breaker_state::open, 0);
  for (auto _ : state) {
    circuit_breaker::permit permit = breaker->acquire(1);
    benchmark::DoNotOptimize(permit);
  }
}

BENCHMARK_REGISTER_F(calls_window, success)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(time_window, success)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(gobreaker_like, success)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(calls_window, one_failure_in_100)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(time_window, one_failure_in_100)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(calls_window, success_with_clock)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(calls_window, refusal)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
