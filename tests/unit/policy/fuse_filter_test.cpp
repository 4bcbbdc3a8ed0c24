#include <seckill/policy/fuse_filter.hpp>
#include <seckill/policy/key_hash.hpp>

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace seckill {
namespace {

std::vector<std::uint64_t> random_hashes(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> hashes(count);
  for (std::uint64_t& each : hashes) each = random();
  return hashes;
}

std::size_t found_of(const fuse_filter& filter, std::uint64_t seed, std::size_t probes) {
  std::mt19937_64 random(seed);
  std::size_t found = 0;
  for (std::size_t i = 0; i < probes; ++i) found += filter.contains(random()) ? 1 : 0;
  return found;
}

TEST(fuse_filter, contains_all_its_keys_at_every_size) {
  for (const std::size_t count : {1, 2, 3, 4, 5, 10, 31, 100, 1'000, 10'000, 300'000}) {
    const std::vector<std::uint64_t> hashes = random_hashes(count, count);
    const auto filter = fuse_filter::build(hashes);
    ASSERT_TRUE(filter) << count;
    EXPECT_EQ(filter->size(), count);
    for (const std::uint64_t hash : hashes) ASSERT_TRUE(filter->contains(hash)) << count;
  }
}

TEST(fuse_filter, an_empty_one_contains_nothing) {
  EXPECT_EQ(found_of(fuse_filter(), 1, 10'000), 0U);
  const auto built = fuse_filter::build({});
  ASSERT_TRUE(built);
  EXPECT_EQ(found_of(*built, 1, 10'000), 0U);
}

TEST(fuse_filter, one_in_256_other_keys_is_a_false_positive_within_5_percent) {
  const auto filter = fuse_filter::build(random_hashes(7, 100'000));
  constexpr std::size_t probes = 4'000'000;
  const double expected = fuse_filter::false_positive_rate * probes;
  EXPECT_NEAR(static_cast<double>(found_of(filter.value(), 8, probes)), expected, 0.05 * expected);
}

TEST(fuse_filter, takes_nine_bits_a_key_at_a_million) {
  const auto filter = fuse_filter::build(random_hashes(9, 1'000'000));
  ASSERT_TRUE(filter);
  EXPECT_LT(static_cast<double>(filter->bytes()) * 8.0 / 1e6, 9.06);
}

TEST(fuse_filter, repeated_keys_count_once) {
  std::vector<std::uint64_t> hashes = random_hashes(13, 1'000);
  hashes.insert(hashes.end(), hashes.begin(), hashes.begin() + 500);
  const auto filter = fuse_filter::build(hashes);
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->size(), 1'000U);
  for (const std::uint64_t hash : hashes) ASSERT_TRUE(filter->contains(hash));
}

TEST(fuse_filter, sequential_ids_work_when_they_are_hashed) {
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t id = 1; id <= 50'000; ++id) hashes.push_back(key_hash(id));
  const auto filter = fuse_filter::build(hashes);
  ASSERT_TRUE(filter);
  std::size_t others = 0;
  for (std::uint64_t id = 50'001; id <= 150'000; ++id) others += filter->contains(key_hash(id)) ? 1 : 0;
  EXPECT_LT(others, 500U);
}

TEST(fuse_filter, an_image_comes_back_whole_or_not_at_all) {
  const std::vector<std::uint64_t> hashes = random_hashes(17, 100);
  const auto filter = fuse_filter::build(hashes);
  const std::vector<std::byte> image = filter.value().save();
  const auto copy = fuse_filter::load(image);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->save(), image);
  for (const std::uint64_t hash : hashes) ASSERT_TRUE(copy->contains(hash));

  for (std::size_t at = 0; at < image.size(); ++at) {
    std::vector<std::byte> damaged = image;
    damaged[at] ^= std::byte{0x10};
    ASSERT_FALSE(fuse_filter::load(damaged)) << at;
  }
  for (std::size_t size = 0; size < image.size(); ++size)
    ASSERT_FALSE(fuse_filter::load(std::span(image).first(size))) << size;
}

}  // namespace
}  // namespace seckill
