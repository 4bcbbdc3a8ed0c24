// The journal on RocksDB beside the disk itself: frames of 1 to 8192 events of 32 bytes, each appended and synced,
// against the same bytes written to a file and synced; then how fast frames are read back, from tables and from a
// log that a crash left. Runs in the current directory, which must be on the disk in question.
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

namespace seckill {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::size_t event_bytes = 32;
constexpr std::size_t frame_head_bytes = 48;

class scratch_directory {
 public:
  scratch_directory() { fs::remove_all(path_); }
  ~scratch_directory() { fs::remove_all(path_); }
  [[nodiscard]] fs::path operator/(std::string_view name) const { return path_ / name; }

 private:
  fs::path path_ = fs::current_path() / "journal_bench.scratch";
};

std::vector<std::byte> frame_of(std::size_t events) {
  std::mt19937_64 random(events);
  std::vector<std::byte> bytes(frame_head_bytes + events * event_bytes);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
  return bytes;
}

/// The time of each call, told as percentiles.
class latencies {
 public:
  template <typename Call>
  void measure(Call&& call) {
    const auto start = steady_clock::now();
    call();
    taken_.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - start).count());
  }
  void tell(benchmark::State& state) {
    std::ranges::sort(taken_);
    const auto at = [this](double share) {
      return taken_[static_cast<std::size_t>(share * double(taken_.size() - 1))];
    };
    state.counters["p50_us"] = at(0.5);
    state.counters["p99_us"] = at(0.99);
    state.counters["max_us"] = taken_.back();
  }

 private:
  std::vector<double> taken_;
};

void tell_rate(benchmark::State& state, std::size_t events_each) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events_each));
}

template <typename Value>
Value must(result<Value> done) {
  return std::move(done).value();
}
void must(const result<void>& done) { done.value(); }

std::unique_ptr<journal> open_in(const scratch_directory& directory) {
  return must(open_rocksdb_journal({.directory = (directory / "journal").string()}));
}

void journal_append_sync(benchmark::State& state) {
  const scratch_directory directory;
  const auto events = static_cast<std::size_t>(state.range(0));
  const auto bytes = frame_of(events);
  const auto to = open_in(directory);
  latencies syncs;
  std::uint64_t next = 1;
  for (auto _ : state) {
    const stored_frame frame{next, bytes};
    syncs.measure([&] {
      must(to->append(std::span(&frame, 1)));
      must(to->sync());
    });
    next += events;
  }
  tell_rate(state, events);
  syncs.tell(state);
}

void file_write_fdatasync(benchmark::State& state) {
  const scratch_directory directory;
  const auto events = static_cast<std::size_t>(state.range(0));
  const auto bytes = frame_of(events);
  fs::create_directories(directory / "raw");
  const int file = ::open((directory / "raw/log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  latencies syncs;
  for (auto _ : state)
    syncs.measure([&] {
      if (::write(file, bytes.data(), bytes.size()) < 0 || ::fdatasync(file) != 0)
        state.SkipWithError("the disk failed");
    });
  ::close(file);
  tell_rate(state, events);
  syncs.tell(state);
}

constexpr std::size_t stored_events = 4'000'000;

void fill(journal& to, std::size_t events_each) {
  const auto bytes = frame_of(events_each);
  for (std::uint64_t next = 1; next <= stored_events; next += events_each) {
    const stored_frame frame{next, bytes};
    must(to.append(std::span(&frame, 1)));
  }
  must(to.sync());
}

std::uint64_t read_all(journal& from) {
  const auto reader = must(from.read_from(1));
  std::uint64_t sum = 0;
  while (const auto frame = must(reader->next())) {
    const auto* words = reinterpret_cast<const unsigned char*>(frame->bytes.data());
    for (std::size_t at = 0; at < frame->bytes.size(); at += 64) sum += words[at];
  }
  return sum;
}

void journal_read_back(benchmark::State& state) {
  const scratch_directory directory;
  const auto events = static_cast<std::size_t>(state.range(0));
  const auto from = open_in(directory);
  fill(*from, events);
  for (auto _ : state) benchmark::DoNotOptimize(read_all(*from));
  tell_rate(state, stored_events);
}

/// What a process does after kill -9: open, read everything. The pages are in the system's cache, as they are then.
void journal_recover(benchmark::State& state) {
  const scratch_directory directory;
  const auto events = static_cast<std::size_t>(state.range(0));
  fill(*open_in(directory), events);
  for (auto _ : state) {
    const auto from = open_in(directory);
    benchmark::DoNotOptimize(read_all(*from));
  }
  tell_rate(state, stored_events);
}

BENCHMARK(file_write_fdatasync)
    ->Arg(1)
    ->Arg(64)
    ->Arg(1'024)
    ->Arg(8'192)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(journal_append_sync)
    ->Arg(1)
    ->Arg(64)
    ->Arg(1'024)
    ->Arg(8'192)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(journal_read_back)->Arg(64)->Arg(8'192)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(journal_recover)->Arg(64)->Arg(8'192)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
