// How fast an engine on RocksDB comes back: from frames alone, each event applied, and ten million live reservations
// from a snapshot and the frames behind it. What was written is in the system's cache, as it is after a crash of the
// process. Runs in the current directory.
#include "bench/closed_loop.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>

namespace seckill::bench {
namespace {

void sell(market& in, std::uint32_t units) {
  replies seen;
  ask(in, in.open_sale(units), units, seen);
}

void tell(benchmark::State& state, market& in, double events) {
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["events"] = benchmark::Counter(events * rounds, benchmark::Counter::kIsRate);
  state.counters["live"] = static_cast<double>(in.works().stats().shards[0].live);
}

void recover_from_frames(benchmark::State& state) {
  const auto units = static_cast<std::uint32_t>(state.range(0));
  market in(durability::memory, units);
  in.params().ledger.touch_memory = false;
  sell(in, units);
  for (auto _ : state) {
    state.PauseTiming();
    in.close();
    state.ResumeTiming();
    in.open();
  }
  tell(state, in, units);
}

void recover_from_snapshot(benchmark::State& state) {
  const auto units = static_cast<std::uint32_t>(state.range(0));
  const auto behind = static_cast<std::uint32_t>(state.range(1));
  market in(durability::memory, units + behind);
  in.params().ledger.touch_memory = false;
  sell(in, units);
  in.close();  // what was written is synced
  in.open();
  in.works().snapshot(0).value();
  sell(in, behind);
  for (auto _ : state) {
    state.PauseTiming();
    in.close();
    state.ResumeTiming();
    in.open();
  }
  tell(state, in, units + behind);
}

BENCHMARK(recover_from_frames)
    ->ArgName("events")
    ->Arg(1'000'000)
    ->Arg(4'000'000)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(recover_from_snapshot)
    ->ArgNames({"live", "events_behind"})
    ->Args({1'000'000, 100'000})
    ->Args({10'000'000, 1'000'000})
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seckill::bench

BENCHMARK_MAIN();
