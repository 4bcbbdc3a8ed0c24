// Budget: a lookup at 10^6 keys <= 5 ns, which is what many lookups cost that do not wait for one another. With threads,
// items_per_second is of all threads together. The rival: std::unordered_set, which cannot be wrong and takes 30 times
// the memory.

#include <seckill/policy/bloom_filter.hpp>
#include <seckill/policy/fuse_filter.hpp>
#include <seckill/policy/membership_filter.hpp>
#include <seckill/policy/random.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <unordered_set>
#include <vector>

namespace seckill {
namespace {

constexpr std::uint64_t keys = 1'000'000;

std::vector<std::uint64_t> hashes(std::uint64_t seed, std::size_t count) {
  std::vector<std::uint64_t> drawn(count);
  for (std::uint64_t& each : drawn) each = splitmix64(seed);
  return drawn;
}

const std::vector<std::uint64_t>& known() {
  static const std::vector<std::uint64_t> all = hashes(1, keys);
  return all;
}
const std::vector<std::uint64_t>& unknown() {
  static const std::vector<std::uint64_t> all = hashes(2, keys);
  return all;
}

struct bloom {
  bloom_filter filter{{.keys_max = keys, .false_positive_rate = 0.01}};
  bloom() {
    for (const std::uint64_t each : known()) filter.insert(each);
  }
  bool contains(std::uint64_t hash) const { return filter.contains(hash); }
  double bits_per_key() const { return static_cast<double>(filter.block_count()) * 256.0 / keys; }
};
struct fuse {
  fuse_filter filter = fuse_filter::build(known()).value();
  bool contains(std::uint64_t hash) const { return filter.contains(hash); }
  double bits_per_key() const { return static_cast<double>(filter.bytes()) * 8.0 / keys; }
};
struct membership {
  membership_filter filter{membership_filter_params{}};
  membership() {
    filter.begin_rebuild();
    filter.finish_rebuild(known()).value();
  }
  bool contains(std::uint64_t hash) const { return filter.may_contain(hash); }
  double bits_per_key() const { return 0; }
};
struct rival_set {
  std::unordered_set<std::uint64_t> set{known().begin(), known().end()};
  bool contains(std::uint64_t hash) const { return set.contains(hash); }
  double bits_per_key() const {
    return 8.0 * static_cast<double>(set.size() * 16 + set.bucket_count() * 8) / keys;
  }
};

template <typename Set>
const Set& instance() {
  static const Set set;
  return set;
}

template <typename Set>
void lookup(benchmark::State& state, const std::vector<std::uint64_t>& asked) {
  const Set& set = instance<Set>();
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * asked.size() / 2;
  std::uint64_t found = 0;
  for (auto _ : state) {
    found += set.contains(asked[at]) ? 1 : 0;
    if (++at == asked.size()) at = 0;
  }
  benchmark::DoNotOptimize(found);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.counters["bits/key"] = benchmark::Counter(set.bits_per_key(), benchmark::Counter::kAvgThreads);
}

template <typename Set>
void known_keys(benchmark::State& state) {
  lookup<Set>(state, known());
}
template <typename Set>
void unknown_keys(benchmark::State& state) {
  lookup<Set>(state, unknown());
}

void bloom_in_batches(benchmark::State& state) {
  const bloom_filter& filter = instance<bloom>().filter;
  constexpr std::size_t batch = 256;
  bool found[batch];
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * keys / 2;
  for (auto _ : state) {
    filter.contains(std::span(unknown()).subspan(at, batch), found);
    benchmark::DoNotOptimize(found);
    at = at + 2 * batch < keys ? at + batch : 0;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * std::int64_t{batch});
}

void bloom_insert(benchmark::State& state) {
  static bloom_filter filter({.keys_max = keys, .false_positive_rate = 0.01});
  std::uint64_t random = static_cast<std::uint64_t>(state.thread_index());
  for (auto _ : state) filter.insert(splitmix64(random));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

void fuse_build(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(fuse_filter::build(known()));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * keys));
}

BENCHMARK(unknown_keys<bloom>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(known_keys<bloom>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(bloom_in_batches)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(unknown_keys<fuse>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(known_keys<fuse>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(unknown_keys<membership>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(known_keys<membership>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(unknown_keys<rival_set>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(known_keys<rival_set>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(bloom_insert)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(fuse_build)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
