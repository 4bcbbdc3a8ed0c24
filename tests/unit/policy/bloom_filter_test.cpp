#include "policy/bloom_probes.hpp"
#include <seckill/policy/bloom_filter.hpp>
#include <seckill/policy/key_hash.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

std::vector<std::uint64_t> random_hashes(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> hashes(count);
  for (std::uint64_t& each : hashes) each = random();
  return hashes;
}

double measured_rate(const bloom_filter& filter, std::uint64_t seed, std::size_t probes) {
  std::mt19937_64 random(seed);
  std::size_t found = 0;
  for (std::size_t i = 0; i < probes; ++i) found += filter.contains(random()) ? 1 : 0;
  return static_cast<double>(found) / static_cast<double>(probes);
}

TEST(bloom_filter, contains_everything_that_was_inserted) {
  bloom_filter filter({.keys_max = 10'000, .false_positive_rate = 0.01});
  for (std::uint64_t id = 0; id < 10'000; ++id) filter.insert(key_hash(id));
  for (std::uint64_t id = 0; id < 10'000; ++id) ASSERT_TRUE(filter.contains(key_hash(id))) << id;
  filter.insert(key_hash("sku:1001"));
  EXPECT_TRUE(filter.contains(key_hash("sku:1001")));
}

TEST(bloom_filter, an_empty_one_contains_nothing) {
  const bloom_filter filter(bloom_filter_params{});
  EXPECT_EQ(measured_rate(filter, 1, 100'000), 0.0);
  EXPECT_EQ(filter.false_positive_rate(0), 0.0);
}

TEST(bloom_filter, has_the_false_positive_rate_that_it_was_sized_for_within_5_percent) {
  for (const double wanted : {0.2, 0.05, 0.01, 0.001}) {
    const std::size_t keys = 100'000;
    bloom_filter filter({.keys_max = keys, .false_positive_rate = wanted});
    for (const std::uint64_t hash : random_hashes(11, keys)) filter.insert(hash);

    const double measured = measured_rate(filter, 12, static_cast<std::size_t>(8'000.0 / wanted));

    const double theory = filter.false_positive_rate(keys);
    EXPECT_LE(theory, wanted);
    EXPECT_NEAR(theory, wanted, 0.001 * wanted) << "larger than it need be";
    EXPECT_NEAR(measured, theory, 0.05 * theory) << wanted;
  }
}

TEST(bloom_filter, theory_follows_the_filter_when_it_is_filled_beyond_its_size) {
  bloom_filter filter({.keys_max = 10'000, .false_positive_rate = 0.01});
  for (const std::uint64_t hash : random_hashes(21, 30'000)) filter.insert(hash);
  const double theory = filter.false_positive_rate(30'000);
  EXPECT_GT(theory, 0.1);
  EXPECT_NEAR(measured_rate(filter, 22, 200'000), theory, 0.05 * theory);
}

TEST(bloom_filter, vector_and_portable_probes_agree_on_every_answer) {
  std::mt19937_64 random(31);
  std::size_t positives = 0;
  for (int i = 0; i < 200'000; ++i) {
    bloom_probes::block where{};
    for (auto& word : where.words) word.store(random() | random() | random() | random());
    const auto hash = static_cast<std::uint32_t>(random());
    const bool expected = bloom_probes::portable(where, hash);
    positives += expected ? 1 : 0;
    ASSERT_EQ(bloom_probes::best()(where, hash), expected);
  }
  EXPECT_GT(positives, 50'000U);
  EXPECT_LT(positives, 150'000U);
}

TEST(bloom_filter, asking_for_many_gives_the_same_answers_as_asking_for_each) {
  bloom_filter filter({.keys_max = 1'000, .false_positive_rate = 0.1});
  for (const std::uint64_t hash : random_hashes(41, 1'000)) filter.insert(hash);
  for (const std::size_t count : {0, 1, 15, 16, 17, 1'000}) {
    const std::vector<std::uint64_t> asked = random_hashes(42, count);
    const auto found = std::make_unique<bool[]>(count);
    filter.contains(asked, {found.get(), count});
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(found[i], filter.contains(asked[i]));
  }
}

TEST(bloom_filter, an_image_comes_back_with_the_same_bits) {
  bloom_filter filter({.keys_max = 1'000, .false_positive_rate = 0.01});
  for (const std::uint64_t hash : random_hashes(51, 1'000)) filter.insert(hash);
  const auto copy = bloom_filter::load(filter.save());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->bitset(), filter.bitset());
  EXPECT_EQ(copy->block_count(), filter.block_count());
}

TEST(bloom_filter, a_damaged_image_is_refused_wherever_the_damage_is) {
  bloom_filter filter({.keys_max = 10, .false_positive_rate = 0.1});
  filter.insert(1);
  const std::vector<std::byte> image = filter.save();
  for (std::size_t at = 0; at < image.size(); ++at) {
    std::vector<std::byte> damaged = image;
    damaged[at] ^= std::byte{1};
    ASSERT_FALSE(bloom_filter::load(damaged)) << at;
  }
  for (std::size_t size = 0; size < image.size(); ++size) {
    ASSERT_FALSE(bloom_filter::load(std::span(image).first(size))) << size;
  }
}

TEST(bloom_filter, a_newer_image_is_told_from_a_damaged_one) {
  std::vector<std::byte> image = bloom_filter({.keys_max = 10, .false_positive_rate = 0.1}).save();
  image[8] = std::byte{2};
  EXPECT_EQ(bloom_filter::load(image).error().code, errc::version_unsupported);
}

TEST(bloom_filter, many_at_once_are_as_many_as_both_spans_have) {
  const bloom_filter filter({.keys_max = 100});
  const std::array<std::uint64_t, 3> hashes{1, 2, 3};
  std::array<bool, 3> found{true, true, true};
  filter.contains(hashes, std::span(found).first(2));
  EXPECT_EQ(found, (std::array<bool, 3>{false, false, true}));
}

TEST(bloom_filter, bitsets_of_impossible_sizes_are_refused) {
  EXPECT_EQ(bloom_filter::from_bitset({}).error().code, errc::corrupt_data);
  EXPECT_EQ(bloom_filter::from_bitset(std::vector<std::byte>(33)).error().code, errc::corrupt_data);
}

TEST(bloom_filter, parameters_out_of_range_are_named) {
  EXPECT_THROW(bloom_filter({.keys_max = 0}), std::invalid_argument);
  EXPECT_THROW(bloom_filter({.false_positive_rate = 0.0}), std::invalid_argument);
  EXPECT_THROW(bloom_filter({.false_positive_rate = 1.0}), std::invalid_argument);
  EXPECT_THROW(bloom_filter({.false_positive_rate = std::nan("")}), std::invalid_argument);
  EXPECT_THROW(bloom_filter({.keys_max = ~0ULL, .false_positive_rate = 0.001}), std::invalid_argument);
}

TEST(bloom_filter, concurrent_insertions_all_stay) {
  bloom_filter filter({.keys_max = 100, .false_positive_rate = 0.5});  // few words: every insertion contends
  constexpr std::size_t each = 20'000;
  std::atomic<bool> go{false};
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      while (!go.load()) std::this_thread::yield();
      for (const std::uint64_t hash : random_hashes(seed, each)) {
        filter.insert(hash);
        if (!filter.contains(hash)) ++lost;
      }
    });
  }
  go = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
}

TEST(key_hash, of_an_integer_is_that_of_its_bytes) {
  for (const std::uint64_t key : random_hashes(61, 1'000)) {
    ASSERT_EQ(key_hash(key), xxh64(std::as_bytes(std::span(&key, 1))));
  }
}

}  // namespace
}  // namespace seckill
