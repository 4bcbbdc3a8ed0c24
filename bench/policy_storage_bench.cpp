// Reads through the storage facade: hits of the local cache, and misses that go to the shared cache and a source in memory,
// stepped on the same thread, so that what is timed is the way and not a network. Beside it a map behind one mutex, which
// is filled in the same way and promises none of the rest.

#include <seckill/memory/memory_cache_store.hpp>
#include <seckill/memory/memory_record_source.hpp>
#include <seckill/policy/key_hash.hpp>
#include <seckill/policy/random.hpp>
#include <seckill/storage.hpp>
#include <seckill/testing/manual_executor.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace seckill {
namespace {

constexpr std::size_t keys_count = 10'000;
constexpr time_ns now = ns_per_s;

const std::vector<std::string>& keys() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < keys_count; ++i) made.push_back("sku:" + std::to_string(i));
    return made;
  }();
  return names;
}

std::shared_ptr<record_source> filled_source() {
  std::shared_ptr<record_source> source = make_memory_record_source();
  for (const std::string& each : keys()) source->create(each, std::string(100, 'v')).value();
  return source;
}

// A node whose local cache has every key, as has its filter.
struct warm_node {
  warm_node() {
    std::vector<std::uint64_t> hashes;
    for (const std::string& each : keys()) hashes.push_back(key_hash(std::string_view(each)));
    filter->begin_rebuild();
    filter->finish_rebuild(hashes).value();
    const std::vector<std::string_view> views(keys().begin(), keys().end());
    records->read_many(views, now, storage::no_deadline, [](const auto&) {});
    work.run();
  }
  manual_executor work{now};
  std::shared_ptr<membership_filter> filter = std::make_shared<membership_filter>(membership_filter_params{});
  std::shared_ptr<local_records> local = std::make_shared<local_records>(near_cache_params{
      .entries_max = 2 * keys_count, .weight_max = 2 * keys_count, .ttl_ns = 3'600 * ns_per_s});
  std::unique_ptr<storage> records =
      storage::open({.source = filled_source(), .work = &work, .local = local, .filter = filter}).value();
};

warm_node& warm() {
  static warm_node node;
  return node;
}

std::string_view next_key(std::uint64_t& random) { return keys()[splitmix64(random) % keys_count]; }
std::uint64_t seed_of(const benchmark::State& state) {
  return static_cast<std::uint64_t>(state.thread_index()) + 1;
}

// Both prove that they found what they were asked for.
template <typename Find>
void read_all(benchmark::State& state, bool hot, Find&& find) {
  std::uint64_t random = seed_of(state);
  std::int64_t found = 0;
  for (auto _ : state) {
    const record_ptr record = find(hot ? std::string_view("sku:7") : next_key(random));
    found += record != nullptr && record->value.size() == 100 ? 1 : 0;
  }
  if (found != state.iterations()) state.SkipWithError("not every read found its record");
}

record_ptr find_in_storage(std::string_view key) {
  const std::optional<found_record> found = warm().records->find_local(key, now);
  return found ? found->record : nullptr;
}

void storage_hit(benchmark::State& state) { read_all(state, false, find_in_storage); }
void storage_hit_of_one_hot_key(benchmark::State& state) { read_all(state, true, find_in_storage); }

struct mutex_and_map {
  record_ptr find(std::string_view key) {
    const std::lock_guard lock(mutex);
    const auto found = records.find(std::string(key));
    return found == records.end() ? nullptr : found->second;
  }
  void put(std::string_view key, record_ptr what) {
    const std::lock_guard lock(mutex);
    records.insert_or_assign(std::string(key), std::move(what));
  }
  std::mutex mutex;
  std::unordered_map<std::string, record_ptr> records;
};

mutex_and_map& filled_map() {
  static mutex_and_map map;
  static const bool filled = [] {
    for (const std::string& each : keys())
      map.put(each, std::make_shared<const stored_record>(stored_record{1, std::string(100, 'v')}));
    return true;
  }();
  benchmark::DoNotOptimize(filled);
  return map;
}

record_ptr find_in_map(std::string_view key) { return filled_map().find(key); }

void rival_hit(benchmark::State& state) { read_all(state, false, find_in_map); }
void rival_hit_of_one_hot_key(benchmark::State& state) { read_all(state, true, find_in_map); }

// Each thread has a node of its own on one source and one shared cache; nothing is kept, so every read is a miss.
void storage_miss(benchmark::State& state) {
  static const std::shared_ptr<record_source> source = filled_source();
  static const std::shared_ptr<cache_store> shared = make_memory_cache_store();
  const bool with_shared = state.range(0) != 0;
  manual_executor work(now);
  const auto records = storage::open({.source = source,
                                      .work = &work,
                                      .local = std::make_shared<local_records>(near_cache_params{}),
                                      .shared = with_shared ? shared : nullptr})
                           .value();
  std::uint64_t random = seed_of(state);
  std::int64_t found = 0;
  for (auto _ : state) {
    work.advance(100 * ns_per_s);  // what is cached locally is over
    records->read(next_key(random), work.now_ns(), storage::no_deadline, [&found](const auto& told) {
      found += told->record != nullptr && told->record->value.size() == 100 ? 1 : 0;
    });
    work.run();
  }
  if (found != state.iterations()) state.SkipWithError("not every read found its record");
}

void rival_miss(benchmark::State& state) {
  static const std::shared_ptr<record_source> source = filled_source();
  static mutex_and_map cache;
  std::uint64_t random = seed_of(state);
  for (auto _ : state) {
    const std::string_view key = next_key(random);
    benchmark::DoNotOptimize(cache.find(key));
    auto loaded = source->load(std::span(&key, 1)).value();
    cache.put(key, std::make_shared<const stored_record>(std::move(*loaded[0])));
  }
}

BENCHMARK(storage_hit)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(rival_hit)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(storage_hit_of_one_hot_key)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(rival_hit_of_one_hot_key)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(storage_miss)->ArgName("shared")->Arg(0)->Arg(1)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(rival_miss)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
