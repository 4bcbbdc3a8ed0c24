// Budgets: a hit <= 60 ns, and two threads together read more than one. With threads, items_per_second is of all
// threads together. The rival: a mutex around a list in order of use and a hash map.

#include <seckill/policy/near_cache.hpp>
#include <seckill/policy/random.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace seckill {
namespace {

constexpr std::uint32_t entries = 100'000;
using page = std::shared_ptr<const std::string>;

class rival_lru {
 public:
  explicit rival_lru(std::size_t entries_max) : entries_max_(entries_max) { places_.reserve(entries_max); }

  template <typename Use>
  bool read(std::uint64_t key, Use&& use) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found == places_.end()) return false;
    order_.splice(order_.begin(), order_, found->second);
    use(found->second->second);
    return true;
  }
  void fill(std::uint64_t key, page value) {
    const std::lock_guard lock(mutex_);
    if (places_.contains(key)) return;
    order_.emplace_front(key, std::move(value));
    places_.emplace(key, order_.begin());
    if (order_.size() <= entries_max_) return;
    places_.erase(order_.back().first);
    order_.pop_back();
  }

 private:
  const std::size_t entries_max_;
  std::mutex mutex_;
  std::list<std::pair<std::uint64_t, page>> order_;
  std::unordered_map<std::uint64_t, std::list<std::pair<std::uint64_t, page>>::iterator> places_;
};

// What is measured behind one face: the time is the same for all reads.
struct ours {
  near_cache<std::uint64_t, page> cache{{.entries_max = entries}};
  template <typename Use>
  bool read(std::uint64_t key, Use&& use) {
    return cache.read(key, 1, use) == cache_answer::hit;
  }
  void fill(std::uint64_t key, page value) { cache.fill(key, cache.begin_fill(key), std::move(value), 0); }
};
struct rival {
  rival_lru cache{entries};
  template <typename Use>
  bool read(std::uint64_t key, Use&& use) {
    return cache.read(key, use);
  }
  void fill(std::uint64_t key, page value) { cache.fill(key, std::move(value)); }
};

std::vector<std::uint64_t> zipf_keys(std::uint64_t keys, double alpha, std::size_t count) {
  std::vector<double> cumulated(keys);
  double sum = 0.0;
  for (std::uint64_t i = 0; i < keys; ++i) cumulated[i] = sum += std::pow(static_cast<double>(i + 1), -alpha);
  std::uint64_t state = 1;
  std::vector<std::uint64_t> drawn(count);
  for (std::uint64_t& each : drawn)
    each = static_cast<std::uint64_t>(
        std::ranges::lower_bound(cumulated, uniform_of(splitmix64(state)) * sum) - cumulated.begin());
  return drawn;
}

template <typename Cache>
class shared_cache : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() == 0) cache = std::make_unique<Cache>();
  }
  // The keys were drawn before, and each thread begins elsewhere.
  template <typename OnMiss>
  void run(benchmark::State& state, const std::vector<std::uint64_t>& keys, OnMiss on_miss) {
    std::size_t at = static_cast<std::size_t>(state.thread_index()) * keys.size() / 2;
    std::uint64_t hits = 0;
    for (auto _ : state) {
      const std::uint64_t key = keys[at];
      if (++at == keys.size()) at = 0;
      if (cache->read(key, [](const page& value) { benchmark::DoNotOptimize(value->data()); }))
        ++hits;
      else
        on_miss(key);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
    state.counters["hit_ratio"] = benchmark::Counter(
        static_cast<double>(hits) / static_cast<double>(state.iterations()), benchmark::Counter::kAvgThreads);
  }
  void fill(std::uint64_t key) { cache->fill(key, std::make_shared<const std::string>("a page")); }

  // Everything fits.
  void hits(benchmark::State& state, std::uint64_t keys_count) {
    if (state.thread_index() == 0)
      for (std::uint64_t key = 0; key < keys_count; ++key) fill(key);
    std::vector<std::uint64_t> keys(1 << 16U);
    std::uint64_t random = static_cast<std::uint64_t>(state.thread_index());
    for (std::uint64_t& each : keys) each = splitmix64(random) % keys_count;
    run(state, keys, [](std::uint64_t) {});
  }
  // Ten times as many keys as entries; a miss loads.
  void zipf(benchmark::State& state) {
    static const std::vector<std::uint64_t> keys = zipf_keys(10 * entries, 0.99, 1 << 22U);
    run(state, keys, [this](std::uint64_t key) { fill(key); });
  }

  std::unique_ptr<Cache> cache;
};

using near = shared_cache<ours>;
using rival_mutex_and_list = shared_cache<rival>;

BENCHMARK_DEFINE_F(near, one_hot_key)(benchmark::State& state) { hits(state, 1); }
BENCHMARK_DEFINE_F(rival_mutex_and_list, one_hot_key)(benchmark::State& state) { hits(state, 1); }
BENCHMARK_DEFINE_F(near, hit_of_1000_keys)(benchmark::State& state) { hits(state, 1'000); }
BENCHMARK_DEFINE_F(rival_mutex_and_list, hit_of_1000_keys)(benchmark::State& state) { hits(state, 1'000); }
BENCHMARK_DEFINE_F(near, hit_of_90000_keys)(benchmark::State& state) { hits(state, 90'000); }
BENCHMARK_DEFINE_F(rival_mutex_and_list, hit_of_90000_keys)(benchmark::State& state) { hits(state, 90'000); }
BENCHMARK_DEFINE_F(near, zipf_with_loads)(benchmark::State& state) { zipf(state); }
BENCHMARK_DEFINE_F(rival_mutex_and_list, zipf_with_loads)(benchmark::State& state) { zipf(state); }

BENCHMARK_REGISTER_F(near, one_hot_key)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(rival_mutex_and_list, one_hot_key)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(near, hit_of_1000_keys)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(rival_mutex_and_list, hit_of_1000_keys)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(near, hit_of_90000_keys)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(rival_mutex_and_list, hit_of_90000_keys)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(near, zipf_with_loads)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(rival_mutex_and_list, zipf_with_loads)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
