// What a snapshot does to those who wait for an answer: the same open-loop load on ten million live reservations, first
// without and then with a snapshot written beside it by a thread like the engine's own. Runs in the current directory,
// which must be on the disk in question.
#include "bench/closed_loop.hpp"
#include "bench/open_loop.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <sys/resource.h>
#include <thread>

namespace seckill::bench {
namespace {

void snapshot_beside_load(benchmark::State& state) {
  const auto live = static_cast<std::uint32_t>(state.range(0));
  const auto rate = static_cast<double>(state.range(1));
  constexpr std::chrono::seconds length{8};
  const auto asked = static_cast<std::uint32_t>(rate * 2 * length.count()) + 2;
  market in(durability::synced, live + asked);
  replies seen;
  ask(in, in.open_sale(live), live, seen);
  const sale_id sale = in.open_sale(asked);

  open_loop without(in, sale, rate, length);
  open_loop with(in, sale, rate, length);
  std::chrono::duration<double> took{};
  for (auto _ : state) {
    without.run();
    std::thread snapshot([&] {
      ::setpriority(PRIO_PROCESS, 0, 10);
      const auto start = std::chrono::steady_clock::now();
      in.works().snapshot(0).value();
      took = std::chrono::steady_clock::now() - start;
    });
    with.run();
    snapshot.join();
  }
  without.tell(state, "without_");
  with.tell(state, "with_");
  state.counters["snapshot_s"] = took.count();
}

BENCHMARK(snapshot_beside_load)
    ->ArgNames({"live", "per_second"})
    ->Args({10'000'000, 100'000})
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seckill::bench

BENCHMARK_MAIN();
