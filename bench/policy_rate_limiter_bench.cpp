// Budgets: try_acquire <= 8 ns with the time passed in, <= 45 ns with a clock; leased, two threads have at least twice
// the throughput of two threads on one word. With threads, items_per_second is of all threads together.

#include <seckill/policy/concurrency_limiter.hpp>
#include <seckill/policy/fixed_window_limiter.hpp>
#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/keyed_limiter.hpp>
#include <seckill/policy/leaky_bucket_pacer.hpp>
#include <seckill/policy/leased_limiter.hpp>
#include <seckill/policy/random.hpp>
#include <seckill/policy/sliding_counter_limiter.hpp>
#include <seckill/policy/sliding_log_limiter.hpp>
#include <seckill/policy/two_tier_limiter.hpp>
#include <seckill/policy/warm_up_limiter.hpp>

#include <benchmark/benchmark.h>

#include <memory>

namespace seckill {
namespace {

// One limiter for all threads of a run; Make builds it.
template <auto Make>
class shared : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() == 0) limiter = Make();
  }
  decltype(Make()) limiter;
};

template <typename Fixture>
void acquire(benchmark::State& state, const Fixture& of, time_ns step_ns) {
  time_ns now = 1'000'000 * ns_per_s;
  for (auto _ : state) {  // only from here on all threads see what the first one has set up
    now += step_ns;
    benchmark::DoNotOptimize(of.limiter->try_acquire(1, now));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

constexpr std::uint64_t plenty = 1'000'000'000;

using gcra =
    shared<[] { return std::make_unique<gcra_limiter>(gcra_params{.permits = plenty, .burst = 100}); }>;
BENCHMARK_DEFINE_F(gcra, granted)(benchmark::State& state) { acquire(state, *this, 100); }
BENCHMARK_DEFINE_F(gcra, refused)(benchmark::State& state) { acquire(state, *this, 0); }
BENCHMARK_DEFINE_F(gcra, granted_with_clock)(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(limiter->try_acquire(1, monotonic_now_ns()));
}

using pacer =
    shared<[] { return std::make_unique<leaky_bucket_pacer>(leaky_bucket_pacer_params{.permits = plenty}); }>;
BENCHMARK_DEFINE_F(pacer, granted)(benchmark::State& state) { acquire(state, *this, 100); }

using fixed_window = shared<[] {
  return std::make_unique<fixed_window_limiter>(window_params{.limit = 16'000'000, .window_ns = ns_per_s});
}>;
BENCHMARK_DEFINE_F(fixed_window, granted)(benchmark::State& state) { acquire(state, *this, 100); }

using sliding_counter = shared<[] {
  return std::make_unique<sliding_counter_limiter>(window_params{.limit = 16'000'000, .window_ns = ns_per_s});
}>;
BENCHMARK_DEFINE_F(sliding_counter, granted)(benchmark::State& state) { acquire(state, *this, 100); }

using sliding_log = shared<[] {
  return std::make_unique<sliding_log_limiter>(window_params{.limit = 100'000, .window_ns = ns_per_ms});
}>;
BENCHMARK_DEFINE_F(sliding_log, granted)(benchmark::State& state) { acquire(state, *this, 100); }

using warm_up =
    shared<[] { return std::make_unique<warm_up_limiter>(warm_up_params{.permits_per_s = 1'000'000'000}); }>;
BENCHMARK_DEFINE_F(warm_up, granted)(benchmark::State& state) { acquire(state, *this, 100); }

// The limiter that threads lease from, and the leases.
struct leased_gcra {
  gcra_limiter source{gcra_params{.permits = plenty, .burst = 1'000'000}};
  leased_limiter<gcra_limiter> leases{source, {.lease_permits = 256, .lease_max_ns = ns_per_ms}};
  rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept { return leases.try_acquire(n, now); }
};
using leased = shared<[] { return std::make_unique<leased_gcra>(); }>;
BENCHMARK_DEFINE_F(leased, granted)(benchmark::State& state) { acquire(state, *this, 100); }

using two_tier = shared<[] {
  auto node = std::make_unique<two_tier_limiter>(two_tier_params{.lease_permits = 1'000'000});
  node->refilled({1'000'000, 0}, 1'000'000 * ns_per_s);
  return node;
}>;
BENCHMARK_DEFINE_F(two_tier, granted)(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(limiter->try_acquire(1, 1'000'000 * ns_per_s));
    if (!limiter->peek(1, 1'000'000 * ns_per_s).allowed)
      limiter->refilled({1'000'000, 0}, 1'000'000 * ns_per_s);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

// A million buyers, drawn evenly: what it costs is the cache miss.
using keyed = shared<[] {
  return std::make_unique<keyed_limiter<gcra_rule>>(
      keyed_limiter_params<gcra_params>{.each = {.permits = 10, .burst = 9}, .keys_max = 2'000'000});
}>;
BENCHMARK_DEFINE_F(keyed, a_million_keys)(benchmark::State& state) {
  std::uint64_t random = static_cast<std::uint64_t>(state.thread_index()) + 1;
  time_ns now = 1'000'000 * ns_per_s;
  for (auto _ : state) {
    now += 100;
    benchmark::DoNotOptimize(limiter->try_acquire(splitmix64(random) % 1'000'000, 1, now));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

using concurrency = shared<[] { return std::make_unique<concurrency_limiter>(static_limit(100)); }>;
BENCHMARK_DEFINE_F(concurrency, acquire_and_release)(benchmark::State& state) {
  for (auto _ : state) {
    concurrency_limiter::permit permit = limiter->acquire(0);
    benchmark::DoNotOptimize(permit);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK_REGISTER_F(gcra, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(gcra, refused)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(gcra, granted_with_clock)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(leased, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(two_tier, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(pacer, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(fixed_window, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(sliding_counter, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(sliding_log, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(warm_up, granted)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(keyed, a_million_keys)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(concurrency, acquire_and_release)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
