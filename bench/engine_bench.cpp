// The engine on RocksDB: accepted reserves per second at each durability, refusals apart, and what one caller at a
// time waits, beside what the disk itself needs to sync. Runs in the current directory, which must be on the disk in
// question.
#include "bench/closed_loop.hpp"
#include "bench/latencies.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace seckill {
namespace {

namespace fs = std::filesystem;
using bench::ask;
using bench::levels;
using bench::market;
using bench::replies;
using bench::scratch_directory;

constexpr std::uint32_t stock_each = 1'000'000;
constexpr std::uint64_t refused_each = 512;

void tell_rate(benchmark::State& state, const char* name, double count) {
  state.counters[name] = benchmark::Counter(count, benchmark::Counter::kIsRate);
}

/// A sale sells out: as many requests as units, so that every one is accepted.
void engine_accepted(benchmark::State& state) {
  market in(levels.at(static_cast<std::size_t>(state.range(0))));
  replies seen;
  for (auto _ : state) {
    state.PauseTiming();
    const sale_id sale = in.open_sale(stock_each);
    state.ResumeTiming();
    ask(in, sale, stock_each, seen);
  }
  tell_rate(state, "accepted", static_cast<double>(seen.reserved.load()));
  tell_rate(state, "refused", static_cast<double>(seen.count.load() - seen.reserved.load()));
  const shard_stats stats = in.works().stats().shards[0];
  state.counters["events_per_sync"] =
      static_cast<double>(stats.last_sequence) / static_cast<double>(std::max<std::uint64_t>(1, stats.syncs));
}

/// Nothing is left: the board refuses on the submitting thread.
void engine_refused(benchmark::State& state) {
  market in(durability::synced);
  replies seen;
  const sale_id sale = in.open_sale(1);
  ask(in, sale, refused_each, seen);
  seen.reserved = 0;
  const std::uint64_t before = seen.count;
  for (auto _ : state) ask(in, sale, refused_each, seen);
  tell_rate(state, "refused", static_cast<double>(seen.count.load() - before - seen.reserved.load()));
}

void engine_one_caller(benchmark::State& state) {
  market in(levels.at(static_cast<std::size_t>(state.range(0))));
  const sale_id sale = in.open_sale(stock_each);
  bench::latencies waits;
  for (auto _ : state) waits.measure([&] { benchmark::DoNotOptimize(in.works().execute(in.next(sale))); });
  waits.tell(state);
}

/// What a caller of the disk itself waits for as many bytes as a frame of one reserve.
void file_one_caller(benchmark::State& state) {
  const scratch_directory directory("file.scratch");
  fs::create_directories(directory / "raw");
  const int file = ::open((directory / "raw/log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  const std::array<char, 80> bytes{};
  bench::latencies waits;
  for (auto _ : state)
    waits.measure([&] {
      if (::write(file, bytes.data(), bytes.size()) < 0 || ::fdatasync(file) != 0)
        state.SkipWithError("the disk failed");
    });
  ::close(file);
  waits.tell(state);
}

BENCHMARK(engine_accepted)
    ->ArgName("level")
    ->DenseRange(0, 2)
    ->Iterations(6)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(engine_refused)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(file_one_caller)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(engine_one_caller)
    ->ArgName("level")
    ->DenseRange(0, 2)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
