#include <seckill/policy/near_cache.hpp>
#include <seckill/policy/random.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace seckill {
namespace {

constexpr std::uint64_t keys = 32;

// A source whose values only grow, and what invalidations have promised of it.
struct growing_source {
  std::array<std::atomic<std::uint64_t>, keys> value{};
  std::array<std::atomic<std::uint64_t>, keys> promised{};  // older ones may not be served
};

// Both halves are equal while it lives.
struct twin {
  explicit twin(std::uint64_t number) : first(number), second(number) {}
  twin(const twin&) = delete;
  twin& operator=(const twin&) = delete;
  ~twin() { first = ~second; }
  std::uint64_t first;
  std::uint64_t second;
};
using twins = near_cache<std::uint64_t, std::unique_ptr<const twin>>;

// Answers false if it was served what is dead, torn or older than promised.
bool read_or_load(twins& cache, const growing_source& source, std::uint64_t key, time_ns now) {
  const std::uint64_t promised = source.promised[key];
  bool right = true;
  const cache_answer answer = cache.read(key, now, [&](const std::unique_ptr<const twin>& value) {
    right = value->first == value->second && value->first >= promised;
  });
  if (answer == cache_answer::miss || answer == cache_answer::refresh) {
    const fill_ticket begun = cache.begin_fill(key);
    cache.fill(key, begun, std::make_unique<const twin>(source.value[key].load()), now);
  }
  return right;
}

// Even keys belong to a writer that tells of its changes, odd ones to one that loses them and says so.
void change(twins& cache, growing_source& source, bool loses, int times) {
  std::uint64_t random = loses ? 1 : 2;
  for (int i = 0; i < times; ++i) {
    const std::uint64_t key = splitmix64(random) % (keys / 2) * 2 + (loses ? 1 : 0);
    const std::uint64_t changed = ++source.value[key];
    if (loses) {
      cache.invalidate_all();
    } else if (i % 3 == 0) {
      cache.put(key, std::make_unique<const twin>(changed), i);
    } else {
      cache.invalidate(key);
    }
    source.promised[key] = changed;
  }
}

TEST(near_cache_threads, nothing_older_than_an_invalidation_is_ever_served) {
  twins cache(
      {.entries_max = 16, .shards = 2, .ttl_ns = 500, .refresh_after_ns = 100, .refresh_retry_ns = 10});
  growing_source source;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (std::uint64_t seed = 10; seed < 13; ++seed) {
    readers.emplace_back([&, seed] {
      std::uint64_t random = seed;
      for (time_ns now = 0; !stop.load(std::memory_order_relaxed); ++now)
        wrong += read_or_load(cache, source, splitmix64(random) % keys, now) ? 0 : 1;
    });
  }
  std::thread loser([&] { change(cache, source, true, 3'000); });
  change(cache, source, false, 20'000);
  loser.join();
  stop = true;
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(cache.stats().entries, 16U);
  for (std::uint64_t key = 0; key < keys; ++key)
    EXPECT_TRUE(read_or_load(cache, source, key, 1'000'000'000)) << key;
}

TEST(near_cache_threads, what_a_reader_looks_at_outlives_its_replacements) {
  twins cache({.entries_max = 10, .shards = 1});
  cache.put(1, std::make_unique<const twin>(0), 0);
  bool alive = false;
  cache.read(1, 0, [&](const std::unique_ptr<const twin>& value) {
    const twin* const seen = value.get();
    std::thread([&cache] {
      for (std::uint64_t i = 1; i <= 300; ++i) cache.put(i % 3, std::make_unique<const twin>(i), 0);
    }).join();
    alive = value.get() == seen && seen->first == 0 && seen->second == 0;
  });
  EXPECT_TRUE(alive);
  cache.read(1, 0, [](const std::unique_ptr<const twin>& value) { EXPECT_EQ(value->first, 298U); });
}

TEST(near_cache_threads, of_many_readers_one_is_asked_to_refresh) {
  near_cache<std::uint64_t, std::uint64_t> cache(
      {.ttl_ns = 1'000, .ttl_jitter = 0, .refresh_after_ns = 100, .refresh_retry_ns = 500});
  cache.fill(1, cache.begin_fill(1), 7, 0);
  std::atomic<int> asked{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      for (int n = 0; n < 2'000; ++n)
        asked += cache.read(1, 200, [](std::uint64_t) {}) == cache_answer::refresh ? 1 : 0;
    });
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(cache.stats().hits, 8'000U);
}

}  // namespace
}  // namespace seckill
