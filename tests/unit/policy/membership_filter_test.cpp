#include <seckill/policy/key_hash.hpp>
#include <seckill/policy/membership_filter.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace seckill {
namespace {

std::vector<std::uint64_t> hashes_of(std::uint64_t first_id, std::uint64_t last_id) {
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t id = first_id; id <= last_id; ++id) hashes.push_back(key_hash(id));
  return hashes;
}

std::size_t contained(const membership_filter& filter, std::uint64_t first_id, std::uint64_t last_id) {
  std::size_t count = 0;
  for (std::uint64_t id = first_id; id <= last_id; ++id) count += filter.may_contain(key_hash(id)) ? 1 : 0;
  return count;
}

void rebuild(membership_filter& filter, std::span<const std::uint64_t> hashes) {
  filter.begin_rebuild();
  ASSERT_TRUE(filter.finish_rebuild(hashes));
}

TEST(membership_filter, lets_everything_pass_until_it_has_a_list) {
  membership_filter filter(membership_filter_params{});
  EXPECT_FALSE(filter.trusted());
  EXPECT_EQ(contained(filter, 1, 100), 100U);
  rebuild(filter, {});
  EXPECT_TRUE(filter.trusted());
  EXPECT_EQ(contained(filter, 1, 100), 0U);
}

TEST(membership_filter, random_ids_are_kept_out) {
  membership_filter filter(membership_filter_params{});
  rebuild(filter, hashes_of(1, 10'000));
  EXPECT_EQ(contained(filter, 1, 10'000), 10'000U);
  EXPECT_LT(contained(filter, 10'001, 110'000), 700U);
}

TEST(membership_filter, a_new_key_is_visible_at_once) {
  membership_filter filter(membership_filter_params{});
  rebuild(filter, hashes_of(1, 10));
  ASSERT_FALSE(filter.may_contain(key_hash("sku:4711")));
  filter.insert(key_hash("sku:4711"));
  EXPECT_TRUE(filter.may_contain(key_hash("sku:4711")));
  EXPECT_EQ(filter.fresh_keys(), 1U);
}

TEST(membership_filter, a_key_inserted_during_a_rebuild_survives_it) {
  membership_filter filter(membership_filter_params{});
  rebuild(filter, hashes_of(1, 10));
  filter.begin_rebuild();
  const auto list = hashes_of(1, 10);
  filter.insert(key_hash(77));  // after the listing
  EXPECT_TRUE(filter.may_contain(key_hash(77)));
  ASSERT_TRUE(filter.finish_rebuild(list));
  EXPECT_TRUE(filter.may_contain(key_hash(77)));
}

TEST(membership_filter, a_rebuild_that_was_not_begun_is_refused) {
  membership_filter filter(membership_filter_params{});
  const std::vector<std::uint64_t> keys{1, 2, 3};
  const auto finished = filter.finish_rebuild(keys);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, errc::invalid_argument);
  EXPECT_TRUE(filter.may_contain(99)) << "still not trusted";
}

TEST(membership_filter, a_rebuild_forgets_what_was_deleted) {
  membership_filter filter(membership_filter_params{});
  rebuild(filter, hashes_of(1, 10));
  filter.insert(key_hash(11));
  rebuild(filter, hashes_of(1, 5));
  EXPECT_EQ(contained(filter, 6, 11), 0U);
}

TEST(membership_filter, distrust_lets_everything_pass_until_a_rebuild_that_began_later) {
  membership_filter filter(membership_filter_params{});
  rebuild(filter, hashes_of(1, 10));
  filter.begin_rebuild();
  filter.distrust();  // news was lost after the listing may have begun
  EXPECT_EQ(contained(filter, 100, 200), 101U);
  ASSERT_TRUE(filter.finish_rebuild(hashes_of(1, 10)));
  EXPECT_FALSE(filter.trusted());
  rebuild(filter, hashes_of(1, 10));
  EXPECT_TRUE(filter.trusted());
}

TEST(membership_filter, insertions_beside_rebuilds_are_never_lost) {
  membership_filter filter(membership_filter_params{});
  rebuild(filter, {});
  std::atomic<std::uint64_t> stored{0};  // the source: ids 1 to here
  std::atomic<int> lost{0};
  std::thread creator([&] {
    for (std::uint64_t id = 1; id <= 5'000; ++id) {
      stored = id;
      filter.insert(key_hash(id));
      if (!filter.may_contain(key_hash(id))) ++lost;
    }
  });
  while (stored != 5'000) {
    filter.begin_rebuild();
    ASSERT_TRUE(filter.finish_rebuild(hashes_of(1, stored)));
  }
  creator.join();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(contained(filter, 1, 5'000), 5'000U);
}

}  // namespace
}  // namespace seckill
