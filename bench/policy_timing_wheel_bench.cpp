// Budgets with 10^6 timers pending: cancel and schedule together <= 40 ns, without an allocation; a timer that expires
// <= 250 ns when its memory is cold. A wheel is used by one thread, so with two threads there are two of them. The
// rivals: std::multimap, whose elements can be erased, and std::priority_queue, which cannot cancel at all.

#include <seckill/policy/random.hpp>
#include <seckill/policy/time.hpp>
#include <seckill/policy/timing_wheel.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <map>
#include <memory>
#include <queue>
#include <vector>

namespace seckill {
namespace {

constexpr std::uint32_t pending = 1'000'000;
constexpr time_ns horizon_ns =
    900 * ns_per_s;  // deadlines lie up to 15 minutes ahead, as those of reservations

time_ns ahead(std::uint64_t& random) {
  return static_cast<time_ns>(splitmix64(random) % static_cast<std::uint64_t>(horizon_ns));
}

struct wheel {
  using handle = timer_handle;
  timing_wheel timers{{.tick_ns = ns_per_ms, .pending_max = pending + 1}};
  handle schedule(time_ns deadline, std::uint64_t payload) { return timers.schedule(deadline, payload); }
  void cancel(handle which) { timers.cancel(which); }
  template <typename Fire>
  void advance(time_ns now, Fire fire) {
    while (!timers.advance(now, 1'000, [&](std::uint64_t payload, time_ns) { fire(payload); }).caught_up)
      continue;
  }
};

struct rival_multimap {
  using handle = std::multimap<time_ns, std::uint64_t>::iterator;
  std::multimap<time_ns, std::uint64_t> timers;
  handle schedule(time_ns deadline, std::uint64_t payload) { return timers.emplace(deadline, payload); }
  void cancel(handle which) { timers.erase(which); }
  template <typename Fire>
  void advance(time_ns now, Fire fire) {
    while (!timers.empty() && timers.begin()->first <= now) {
      const std::uint64_t payload = timers.begin()->second;
      timers.erase(timers.begin());
      fire(payload);
    }
  }
};

struct rival_priority_queue {
  using timer = std::pair<time_ns, std::uint64_t>;
  using handle = int;
  std::priority_queue<timer, std::vector<timer>, std::greater<>> timers;
  handle schedule(time_ns deadline, std::uint64_t payload) {
    timers.emplace(deadline, payload);
    return 0;
  }
  template <typename Fire>
  void advance(time_ns now, Fire fire) {
    while (!timers.empty() && timers.top().first <= now) {
      const std::uint64_t payload = timers.top().second;
      timers.pop();
      fire(payload);
    }
  }
};

template <typename Timers>
struct loaded {
  Timers timers;
  std::vector<typename Timers::handle> handles;
  std::uint64_t random = 1;
  loaded() {
    handles.reserve(pending);
    for (std::uint32_t i = 0; i < pending; ++i) handles.push_back(timers.schedule(ahead(random), i));
  }
};

// A timer that was scheduled of late is given up for another, as when calls end before their deadlines.
template <typename Timers>
void cancel_and_schedule(benchmark::State& state) {
  const auto all = std::make_unique<loaded<Timers>>();
  std::uint64_t random = 2;
  std::size_t at = 0;
  for (auto _ : state) {
    typename Timers::handle& one = all->handles[at];
    all->timers.cancel(one);
    one = all->timers.schedule(ahead(random), at);
    if (++at == 1'000) at = 0;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

// Any timer of the million: what it costs beyond the above is cache misses.
template <typename Timers>
void cancel_and_schedule_any(benchmark::State& state) {
  const auto all = std::make_unique<loaded<Timers>>();
  std::uint64_t random = 2;
  for (auto _ : state) {
    const std::size_t at = splitmix64(random) % pending;
    typename Timers::handle& one = all->handles[at];
    all->timers.cancel(one);
    one = all->timers.schedule(ahead(random), at);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

// The same with the timers known a little ahead, as in a batch of answers.
void cancel_and_schedule_any_prefetched(benchmark::State& state) {
  const auto all = std::make_unique<loaded<wheel>>();
  constexpr std::size_t batch = 16;
  std::uint64_t random = 2;
  std::array<std::size_t, batch> chosen{};
  for (auto _ : state) {
    for (std::size_t& at : chosen)
      all->timers.timers.prefetch(all->handles[at = splitmix64(random) % pending]);
    for (const std::size_t at : chosen) {
      all->timers.cancel(all->handles[at]);
      all->handles[at] = all->timers.schedule(ahead(random), at);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch));
}

// A million timers fire, in steps of 100 ms of their time. An item is one of them; their memory is cold.
template <typename Timers>
void expire(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto all = std::make_unique<loaded<Timers>>();
    std::uint64_t sum = 0;
    state.ResumeTiming();
    for (time_ns now = 0; now <= horizon_ns; now += 100 * ns_per_ms)
      all->timers.advance(now, [&](std::uint64_t payload) { sum += payload; });
    benchmark::DoNotOptimize(sum);
    state.PauseTiming();
    all.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * pending));
}

BENCHMARK(cancel_and_schedule<wheel>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(cancel_and_schedule<rival_multimap>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(cancel_and_schedule_any<wheel>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(cancel_and_schedule_any<rival_multimap>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(cancel_and_schedule_any_prefetched)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(expire<wheel>)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(expire<rival_multimap>)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(expire<rival_priority_queue>)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
