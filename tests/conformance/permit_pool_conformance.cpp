#include "permit_pool_suite.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace seckill::testing {
namespace {

constexpr time_ns second = 1'000'000'000;

std::uint32_t taken(permit_pool& pool, std::uint64_t key, std::uint32_t wanted, time_ns now) {
  const result<permit_grant> grant = pool.take(key, wanted, now);
  return grant ? grant->permits : 0;
}

TEST_P(permit_pool_conformance, lends_what_there_is_and_no_more) {
  const auto pool = GetParam().make(10);
  const time_ns now = GetParam().elapse(0);
  EXPECT_EQ(taken(*pool, 1, 4, now), 4U);
  EXPECT_EQ(taken(*pool, 1, 100, now), 6U);
  const result<permit_grant> none = pool->take(1, 1, now);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->permits, 0U);
  EXPECT_GT(none->retry_after_ns, 0);
  EXPECT_LE(none->retry_after_ns, second);
}

TEST_P(permit_pool_conformance, permits_come_back_with_time) {
  const auto pool = GetParam().make(10);
  const time_ns now = GetParam().elapse(0);
  ASSERT_EQ(taken(*pool, 1, 10, now), 10U);
  EXPECT_EQ(taken(*pool, 1, 10, GetParam().elapse(3 * second)), 3U);
}

TEST_P(permit_pool_conformance, keys_have_limits_of_their_own) {
  const auto pool = GetParam().make(10);
  const time_ns now = GetParam().elapse(0);
  EXPECT_EQ(taken(*pool, 1, 10, now), 10U);
  EXPECT_EQ(taken(*pool, 2, 10, now), 10U);
  EXPECT_EQ(taken(*pool, ~std::uint64_t{0}, 10, now), 10U);
}

TEST_P(permit_pool_conformance, what_is_given_back_is_lent_again_but_never_more_than_the_limit) {
  const auto pool = GetParam().make(10);
  const time_ns now = GetParam().elapse(0);
  ASSERT_EQ(taken(*pool, 1, 10, now), 10U);
  ASSERT_TRUE(pool->give_back(1, 3, now));
  EXPECT_EQ(taken(*pool, 1, 10, now), 3U);
  ASSERT_TRUE(pool->give_back(1, 1'000, now));
  ASSERT_TRUE(pool->give_back(2, 1'000, now));
  EXPECT_EQ(taken(*pool, 1, 100, now), 10U);
  EXPECT_EQ(taken(*pool, 2, 100, now), 10U);
}

TEST_P(permit_pool_conformance, many_threads_get_together_what_there_is) {
  const auto pool = GetParam().make(1'000);
  const time_ns now = GetParam().elapse(0);
  std::atomic<std::uint32_t> granted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (std::uint32_t i = 0; i < 200; ++i) granted += taken(*pool, 5, 1 + i % 7, now);
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(granted.load(), 1'000U);
}

}  // namespace
}  // namespace seckill::testing
