// What a miss pays to be the only one: a flight that nobody joins, on keys of each thread's own; and what each of a hundred
// who wait pays. Beside it a mutex, a map and a shared_future, as it is usually written.

#include <seckill/policy/single_flight.hpp>

#include <benchmark/benchmark.h>

#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace seckill {
namespace {

using value = std::shared_ptr<const std::string>;
using flights_of_value = single_flight<std::uint64_t, value>;

constexpr std::int64_t crowd = 100;

struct listening : flights_of_value::waiter {
  listening() : waiter(&hear) {}
  static void hear(waiter&, const result<value>& told, bool) noexcept { benchmark::DoNotOptimize(told); }
};

flights_of_value& flights() {
  static flights_of_value all;
  return all;
}
std::uint64_t first_key(const benchmark::State& state) {
  return (static_cast<std::uint64_t>(state.thread_index()) + 1) << 40U;
}

void flight_alone(benchmark::State& state) {
  const result<value> loaded = std::make_shared<const std::string>("page");
  std::uint64_t key = first_key(state);
  for (auto _ : state) {
    listening me;
    flights().join(++key, me).lead.finish(loaded);
  }
}

void flight_with_a_crowd(benchmark::State& state) {
  const result<value> loaded = std::make_shared<const std::string>("page");
  std::deque<listening> all(crowd);
  std::uint64_t key = first_key(state);
  for (auto _ : state) {
    flights_of_value::leader lead;
    ++key;
    for (listening& each : all)
      if (auto joined = flights().join(key, each); joined.lead) lead = std::move(joined.lead);
    lead.finish(loaded);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * crowd);
}

// The first to come makes the promise; whoever comes meanwhile shares its future.
class mutex_and_futures {
 public:
  struct seat {
    std::shared_ptr<std::promise<value>> promise;  // of the one who leads
    std::shared_future<value> future;
  };
  seat join(std::uint64_t key) {
    const std::lock_guard lock(mutex_);
    const auto [at, first] = open_.try_emplace(key);
    if (!first) return {nullptr, at->second};
    auto promise = std::make_shared<std::promise<value>>();
    at->second = promise->get_future().share();
    return {std::move(promise), at->second};
  }
  void finish(std::uint64_t key, const seat& led, const value& loaded) {
    {
      const std::lock_guard lock(mutex_);
      open_.erase(key);
    }
    led.promise->set_value(loaded);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_future<value>> open_;
};

mutex_and_futures& rival() {
  static mutex_and_futures all;
  return all;
}

void rival_alone(benchmark::State& state) {
  const value loaded = std::make_shared<const std::string>("page");
  std::uint64_t key = first_key(state);
  for (auto _ : state) {
    const auto seat = rival().join(++key);
    rival().finish(key, seat, loaded);
    benchmark::DoNotOptimize(seat.future.get());
  }
}

void rival_with_a_crowd(benchmark::State& state) {
  const value loaded = std::make_shared<const std::string>("page");
  std::uint64_t key = first_key(state);
  for (auto _ : state) {
    std::deque<mutex_and_futures::seat> seats;
    ++key;
    for (std::int64_t i = 0; i < crowd; ++i) seats.push_back(rival().join(key));
    rival().finish(key, seats.front(), loaded);
    for (const auto& each : seats) benchmark::DoNotOptimize(each.future.get());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * crowd);
}

BENCHMARK(flight_alone)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(rival_alone)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(flight_with_a_crowd)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(rival_with_a_crowd)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
