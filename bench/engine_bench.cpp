// The engine on RocksDB: accepted reserves per second at each durability, refusals apart, and what one caller at a
// time waits, beside what the disk itself needs to sync. Runs in the current directory, which must be on the disk in
// question.
#include "bench/latencies.hpp"
#include <seckill/engine.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace seckill {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t stock_each = 1'000'000;
constexpr std::uint32_t sales_max = 8;
constexpr std::size_t run_length = 512;
constexpr std::uint64_t outstanding_max = 32'768;

class scratch_directory {
 public:
  scratch_directory() { fs::remove_all(path_); }
  ~scratch_directory() { fs::remove_all(path_); }
  [[nodiscard]] fs::path operator/(std::string_view name) const { return path_ / name; }

 private:
  fs::path path_ = fs::current_path() / "engine_bench.scratch";
};

/// An engine in a scratch directory, and sales to sell from.
class market {
 public:
  explicit market(durability level) {
    engine_params params;
    params.level = level;
    params.ledger.stock_max = stock_each * sales_max;
    params.ledger.touch_memory = true;
    params.snapshot_every_events = 0;
    std::vector<std::unique_ptr<journal>> journals;
    journals.push_back(open_rocksdb_journal({.directory = (directory_ / "journal").string()}).value());
    works = engine::open(params, std::move(journals), time_).value();
  }

  sale_id open_sale(std::uint32_t stock = stock_each) {
    sale_definition sale;
    sale.title = "bench";
    sale.opens_at_ms = 1;
    sale.closes_at_ms = time_.now_ms() + 100'000'000;
    sale.reservation_ttl_ms = 10'000'000;
    sale.currency = {'E', 'U', 'R'};
    sale.items = {{sku_id{1}, "unit", 100, stock}};
    return works->execute(create_sale_command{{1, ++requests_}, {}, std::make_shared<sale_definition>(sale)})
        .sale;
  }
  reserve_command next(sale_id sale) {
    ++requests_;
    return {{requests_ * 0x9e3779b97f4a7c15, requests_}, sale, buyer_id{requests_}, {{sku_id{1}, 1}}};
  }

 private:
  system_clock time_;
  scratch_directory directory_;
  std::uint64_t requests_ = 0;

 public:
  std::unique_ptr<engine> works;
};

struct replies {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> reserved{0};

  static void done(void* context, const answer& reply) noexcept {
    auto& self = *static_cast<replies*>(context);
    if (reply.code == outcome::reserved) self.reserved.fetch_add(1, std::memory_order_relaxed);
    self.count.fetch_add(1, std::memory_order_release);
  }
};

void ask(market& in, sale_id sale, std::uint64_t count, replies& seen) {
  std::vector<submission> run(run_length);
  for (submission& each : run) each.then = {&replies::done, &seen};
  const std::uint64_t before = seen.count.load();
  for (std::uint64_t asked = 0; asked < count; asked += run_length) {
    for (submission& each : run) each.what = in.next(sale);
    while (asked - (seen.count.load(std::memory_order_acquire) - before) > outstanding_max)
      std::this_thread::yield();
    in.works->submit(run);
  }
  while (seen.count.load(std::memory_order_acquire) - before < count) std::this_thread::yield();
}

void tell_rate(benchmark::State& state, const char* name, double count) {
  state.counters[name] = benchmark::Counter(count, benchmark::Counter::kIsRate);
}

constexpr std::array levels{durability::memory, durability::written, durability::synced};

/// A sale sells out: as many requests as units, so that every one is accepted.
void engine_accepted(benchmark::State& state) {
  market in(levels.at(static_cast<std::size_t>(state.range(0))));
  replies seen;
  const std::uint64_t count = stock_each / run_length * run_length;
  for (auto _ : state) {
    state.PauseTiming();
    const sale_id sale = in.open_sale();
    state.ResumeTiming();
    ask(in, sale, count, seen);
  }
  tell_rate(state, "accepted", static_cast<double>(seen.reserved.load()));
  tell_rate(state, "refused", static_cast<double>(seen.count.load() - seen.reserved.load()));
  const shard_stats stats = in.works->stats().shards[0];
  state.counters["events_per_sync"] =
      static_cast<double>(stats.last_sequence) / static_cast<double>(std::max<std::uint64_t>(1, stats.syncs));
}

/// Nothing is left: the board refuses on the submitting thread.
void engine_refused(benchmark::State& state) {
  market in(durability::synced);
  replies seen;
  const sale_id sale = in.open_sale(1);
  ask(in, sale, run_length, seen);
  seen.reserved = 0;
  const std::uint64_t before = seen.count;
  for (auto _ : state) ask(in, sale, run_length, seen);
  tell_rate(state, "refused", static_cast<double>(seen.count.load() - before - seen.reserved.load()));
}

void engine_one_caller(benchmark::State& state) {
  market in(levels.at(static_cast<std::size_t>(state.range(0))));
  const sale_id sale = in.open_sale();
  bench::latencies waits;
  for (auto _ : state) waits.measure([&] { benchmark::DoNotOptimize(in.works->execute(in.next(sale))); });
  waits.tell(state);
}

/// What a caller of the disk itself waits for as many bytes as a frame of one reserve.
void file_one_caller(benchmark::State& state) {
  const scratch_directory directory;
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
