#include <seckill/policy/near_cache.hpp>
#include <seckill/policy/random.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

namespace seckill {
namespace {

using pages = near_cache<std::string, std::string>;
using views = near_cache<std::uint64_t, std::uint64_t>;

// Exact times, so that a test can name them.
near_cache_params exact(time_ns ttl_ns) {
  return {.ttl_ns = ttl_ns, .absent_ttl_ns = ttl_ns, .ttl_jitter = 0};
}

template <typename Cache, typename Key>
cache_answer look(Cache& cache, const Key& key, time_ns now) {
  return cache.read(key, now, [](const auto&) {});
}

template <typename Cache, typename Key, typename Value>
fill_outcome load(Cache& cache, const Key& key, Value value, time_ns now, const cache_fill& how = {}) {
  return cache.fill(key, cache.begin_fill(key), std::move(value), now, how);
}

TEST(near_cache, a_value_is_read_until_its_time_is_over) {
  pages cache(exact(100));
  EXPECT_EQ(look(cache, "sale:1", 0), cache_answer::miss);
  EXPECT_EQ(load(cache, "sale:1", std::string("page"), 10), fill_outcome::stored);
  EXPECT_EQ(cache.get("sale:1", 10), "page");
  EXPECT_EQ(cache.get("sale:1", 109), "page");
  EXPECT_EQ(cache.get("sale:1", 110), std::nullopt);
  EXPECT_EQ(look(cache, "sale:2", 10), cache_answer::miss);
}

TEST(near_cache, a_clock_that_goes_back_revives_nothing) {
  views cache(exact(100));
  load(cache, 1, std::uint64_t{7}, 0);
  EXPECT_EQ(look(cache, 1, 100), cache_answer::miss);
  EXPECT_EQ(look(cache, 1, 50), cache_answer::miss);
}

TEST(near_cache, a_fill_replaces_value_and_time) {
  views cache(exact(100));
  load(cache, 1, std::uint64_t{7}, 0);
  load(cache, 1, std::uint64_t{8}, 90);
  EXPECT_EQ(cache.get(1, 150), 8U);
  EXPECT_EQ(cache.stats().entries, 1U);
}

TEST(near_cache, a_fill_may_have_a_time_of_its_own) {
  views cache(exact(100));
  load(cache, 1, std::uint64_t{7}, 0, {.ttl_ns = 20});
  EXPECT_EQ(look(cache, 1, 19), cache_answer::hit);
  EXPECT_EQ(look(cache, 1, 20), cache_answer::miss);
}

TEST(near_cache, absence_is_known_for_a_time_of_its_own) {
  near_cache_params params = exact(100);
  params.absent_ttl_ns = 10;
  views cache(params);
  EXPECT_EQ(cache.fill_absent(1, cache.begin_fill(1), 0), fill_outcome::stored);
  EXPECT_EQ(look(cache, 1, 9), cache_answer::absent);
  EXPECT_EQ(cache.get(1, 9), std::nullopt);
  EXPECT_EQ(look(cache, 1, 10), cache_answer::miss);
}

TEST(near_cache, what_was_absent_is_visible_at_once_when_it_is_created) {
  views cache(exact(100));
  cache.fill_absent(1, cache.begin_fill(1), 0);
  EXPECT_EQ(cache.put(1, 7, 1), fill_outcome::stored);
  EXPECT_EQ(cache.get(1, 1), 7U);
}

TEST(near_cache, times_are_spread_evenly_by_the_jitter) {
  views cache({.entries_max = 40'000, .ttl_ns = 1'000'000, .ttl_jitter = 0.1});
  constexpr std::uint64_t keys = 20'000;
  for (std::uint64_t key = 0; key < keys; ++key) load(cache, key, key, 0);
  const auto left_at = [&](time_ns now) {
    double left = 0;
    for (std::uint64_t key = 0; key < keys; ++key) left += look(cache, key, now) == cache_answer::hit ? 1 : 0;
    return left / keys;
  };
  EXPECT_EQ(left_at(899'999), 1.0);
  EXPECT_NEAR(left_at(950'000), 0.75, 0.02);
  EXPECT_NEAR(left_at(1'000'000), 0.5, 0.02);
  EXPECT_NEAR(left_at(1'050'000), 0.25, 0.02);
  EXPECT_EQ(left_at(1'100'000), 0.0);
}

TEST(near_cache, one_reader_at_a_time_is_asked_to_refresh_and_all_are_served) {
  near_cache_params params = exact(1'000);
  params.refresh_after_ns = 100;
  params.refresh_retry_ns = 50;
  views cache(params);
  load(cache, 1, std::uint64_t{7}, 0);
  EXPECT_EQ(look(cache, 1, 99), cache_answer::hit);
  std::uint64_t served = 0;
  EXPECT_EQ(cache.read(1, 100, [&](std::uint64_t value) { served = value; }), cache_answer::refresh);
  EXPECT_EQ(served, 7U);
  EXPECT_EQ(look(cache, 1, 149), cache_answer::hit);
  EXPECT_EQ(look(cache, 1, 150), cache_answer::refresh) << "the first one seems to have failed";
  load(cache, 1, std::uint64_t{8}, 160);
  EXPECT_EQ(look(cache, 1, 259), cache_answer::hit);
  EXPECT_EQ(look(cache, 1, 260), cache_answer::refresh);
}

TEST(near_cache, early_refresh_has_the_probability_of_its_formula) {
  near_cache_params params = exact(100'000);
  params.refresh_retry_ns = 0;  // every reader may be asked
  views cache(params);
  load(cache, 1, std::uint64_t{7}, 0, {.load_ns = 1'000});
  constexpr int draws = 40'000;
  for (const double gap : {3.0, 1.0, 0.25}) {
    int asked = 0;
    const auto now = static_cast<time_ns>(100'000 - 1'000 * gap);
    for (int i = 0; i < draws; ++i) asked += look(cache, 1, now) == cache_answer::refresh ? 1 : 0;
    const double wanted = std::exp(-gap);
    EXPECT_NEAR(static_cast<double>(asked) / draws, wanted, 5 * std::sqrt(wanted * (1 - wanted) / draws))
        << gap;
  }
}

TEST(near_cache, a_load_that_takes_ages_is_begun_again_at_once) {
  near_cache_params params = exact(100);
  params.early_refresh_beta = 1e6;
  views cache(params);
  load(cache, 1, std::uint64_t{7}, 0, {.load_ns = std::numeric_limits<time_ns>::max()});
  EXPECT_EQ(look(cache, 1, 0), cache_answer::refresh);
}

TEST(near_cache, without_a_load_time_there_is_no_early_refresh) {
  near_cache_params params = exact(100'000);
  params.refresh_retry_ns = 0;
  views cache(params);
  load(cache, 1, std::uint64_t{7}, 0);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(look(cache, 1, 99'999), cache_answer::hit);
}

TEST(near_cache, a_fill_that_began_before_an_invalidation_is_refused) {
  views cache(exact(100));
  const fill_ticket begun = cache.begin_fill(1);
  cache.invalidate(1);
  EXPECT_EQ(cache.fill(1, begun, 7, 0), fill_outcome::outdated);
  EXPECT_EQ(look(cache, 1, 0), cache_answer::miss);
  EXPECT_EQ(load(cache, 1, std::uint64_t{8}, 0), fill_outcome::stored);
  EXPECT_EQ(cache.stats().outdated, 1U);
}

TEST(near_cache, an_invalidation_removes_one_key) {
  views cache(exact(100));
  load(cache, 1, std::uint64_t{7}, 0);
  load(cache, 2, std::uint64_t{8}, 0);
  cache.invalidate(1);
  EXPECT_EQ(look(cache, 1, 0), cache_answer::miss);
  EXPECT_EQ(look(cache, 2, 0), cache_answer::hit);
  EXPECT_EQ(cache.stats().entries, 1U);
}

TEST(near_cache, a_written_value_is_not_overwritten_by_a_load_that_began_before) {
  views cache(exact(100));
  const fill_ticket begun = cache.begin_fill(1);
  cache.put(1, 8, 0);
  EXPECT_EQ(cache.fill(1, begun, 7, 0), fill_outcome::outdated);
  EXPECT_EQ(cache.get(1, 0), 8U);
}

TEST(near_cache, after_lost_news_everything_is_a_miss_and_running_loads_are_refused) {
  views cache(exact(100));
  for (std::uint64_t key = 0; key < 100; ++key) load(cache, key, key, 0);
  const fill_ticket begun = cache.begin_fill(1'000);
  cache.invalidate_all();
  for (std::uint64_t key = 0; key < 100; ++key) ASSERT_EQ(look(cache, key, 0), cache_answer::miss);
  EXPECT_EQ(cache.fill(1'000, begun, 7, 0), fill_outcome::outdated);
  EXPECT_EQ(load(cache, 1, std::uint64_t{8}, 0), fill_outcome::stored);
  EXPECT_EQ(cache.get(1, 0), 8U);
}

TEST(near_cache, a_value_whose_time_is_over_can_stand_in_for_a_source_that_fails) {
  near_cache_params params = exact(100);
  params.stale_ns = 50;
  views cache(params);
  std::uint64_t served = 0;
  const auto serve = [&](std::uint64_t value) { served = value; };
  load(cache, 1, std::uint64_t{7}, 0);
  load(cache, 2, std::uint64_t{8}, 0);
  cache.fill_absent(3, cache.begin_fill(3), 0);
  EXPECT_EQ(look(cache, 1, 120), cache_answer::miss);
  EXPECT_TRUE(cache.read_stale(1, 149, serve));
  EXPECT_EQ(served, 7U);
  EXPECT_FALSE(cache.read_stale(1, 150, serve));
  cache.invalidate(2);
  EXPECT_FALSE(cache.read_stale(2, 120, serve));
  EXPECT_FALSE(cache.read_stale(3, 120, serve));
  cache.invalidate_all();
  EXPECT_FALSE(cache.read_stale(1, 120, serve));
}

TEST(near_cache, weight_and_number_are_bounded_whatever_comes) {
  views cache({.entries_max = 500, .weight_max = 20'000, .shards = 2});
  std::uint64_t random = 1;
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t key = splitmix64(random) % 3'000;
    const auto weight = static_cast<std::uint32_t>(splitmix64(random) % 60);  // number and weight both bind
    if (look(cache, key, 0) != cache_answer::hit) load(cache, key, key, 0, {.weight = weight});
    if (i % 7 == 0) cache.invalidate(splitmix64(random) % 3'000);
    if (i % 100 != 0) continue;
    const near_cache_stats now = cache.stats();
    ASSERT_LE(now.weight, 20'000U);
    ASSERT_LE(now.entries, 500U);
  }
  EXPECT_GT(cache.stats().weight, 15'000U);
  EXPECT_EQ(cache.stats().fills + cache.stats().hits, 50'000U);
}

TEST(near_cache, what_is_heavier_than_a_shard_is_not_kept_nor_is_its_older_value) {
  views cache({.entries_max = 100, .weight_max = 100, .shards = 1});
  load(cache, 1, std::uint64_t{7}, 0);
  EXPECT_EQ(load(cache, 1, std::uint64_t{8}, 0, {.weight = 101}), fill_outcome::too_heavy);
  EXPECT_EQ(look(cache, 1, 0), cache_answer::miss);
  EXPECT_EQ(load(cache, 1, std::uint64_t{8}, 0, {.weight = 100}), fill_outcome::stored);
  EXPECT_EQ(look(cache, 1, 0), cache_answer::hit);
}

TEST(near_cache, a_cache_of_one_entry_keeps_the_newest) {
  views cache({.entries_max = 1});
  for (std::uint64_t key = 0; key < 100; ++key) {
    load(cache, key, key, 0);
    ASSERT_EQ(look(cache, key, 0), cache_answer::hit);
  }
  EXPECT_EQ(cache.stats().entries, 1U);
}

TEST(near_cache, values_are_destroyed_in_bounded_time_and_with_the_cache) {
  const auto counted = std::make_shared<int>(1);
  {
    near_cache<std::uint64_t, std::shared_ptr<int>> cache({.entries_max = 10, .shards = 1});
    for (std::uint64_t key = 0; key < 10'000; ++key) load(cache, key, counted, 0);
    EXPECT_LE(counted.use_count(), 10 + 1 + 64);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

double hits_of_a_loop(views& cache, std::uint64_t first, std::uint64_t keys, int laps) {
  double hits = 0;
  for (int lap = 0; lap < laps; ++lap)
    for (std::uint64_t key = first; key < first + keys; ++key) {
      if (look(cache, key, 0) == cache_answer::hit)
        ++hits;
      else
        load(cache, key, key, 0);
    }
  return hits / (static_cast<double>(keys) * laps);
}

// Each key is read twice, with so many others in between, and never again.
double hits_of_recency(views& cache, std::uint64_t first, std::uint64_t keys, std::uint64_t between) {
  double hits = 0;
  for (std::uint64_t key = first; key < first + keys; ++key) {
    for (const std::uint64_t each : {key, key - between}) {
      if (look(cache, each, 0) == cache_answer::hit)
        ++hits;
      else
        load(cache, each, each, 0);
    }
  }
  return hits / (2 * static_cast<double>(keys));
}

TEST(near_cache, what_is_read_often_survives_a_scan) {
  views cache({.entries_max = 500, .shards = 1});
  hits_of_a_loop(cache, 1, 400, 5);
  hits_of_a_loop(cache, 10'000, 100'000, 1);
  EXPECT_GT(hits_of_a_loop(cache, 1, 400, 1), 0.95);
}

TEST(near_cache, the_window_follows_the_workload_and_comes_back) {
  views cache({.entries_max = 512, .shards = 1});
  EXPECT_GT(hits_of_a_loop(cache, 1, 1'000, 50), 0.48);  // 0.51 is possible; LRU has none
  hits_of_recency(cache, 100'000, 20'000, 200);
  EXPECT_GT(hits_of_recency(cache, 200'000, 20'000, 200), 0.4);  // 0.5 is possible, 0.02 without adapting
  hits_of_a_loop(cache, 300'000, 1'000, 50);
  EXPECT_GT(hits_of_a_loop(cache, 300'000, 1'000, 50), 0.48);
}

TEST(near_cache, parameters_out_of_range_are_named) {
  EXPECT_THROW(views({.entries_max = 0}), std::invalid_argument);
  EXPECT_THROW(views({.shards = 3}), std::invalid_argument);
  EXPECT_THROW(views({.entries_max = 4, .shards = 8}), std::invalid_argument);
  EXPECT_THROW(views({.entries_max = 64, .weight_max = 4, .shards = 8}), std::invalid_argument);
  EXPECT_THROW(views({.ttl_ns = 0}), std::invalid_argument);
  EXPECT_THROW(views({.ttl_jitter = 1.5}), std::invalid_argument);
  EXPECT_THROW(views({.ttl_jitter = std::nan("")}), std::invalid_argument);
  EXPECT_THROW(views({.refresh_after_ns = -1}), std::invalid_argument);
  EXPECT_THROW(views({.early_refresh_beta = -1}), std::invalid_argument);
}

}  // namespace
}  // namespace seckill
