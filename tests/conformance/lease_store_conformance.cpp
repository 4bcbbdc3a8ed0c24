#include "lease_store_suite.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace seckill::testing {
namespace {

constexpr time_ns ms = 1'000'000;
constexpr time_ns ttl = 1'000 * ms;
constexpr std::uint64_t ann = 11;
constexpr std::uint64_t bob = 22;

// 0: refused.
std::uint64_t acquired(lease_store& from, std::string_view name, std::uint64_t owner, time_ns now) {
  return from.acquire(name, owner, ttl, now).value().token;
}

TEST_P(lease_store_conformance, has_one_owner_at_a_time) {
  const time_ns now = elapse(0);
  const auto other = server_.connect();
  ASSERT_NE(acquired(*leases_, "job", ann, now), 0U);
  const lease_grant refused = other->acquire("job", bob, ttl, now).value();
  EXPECT_FALSE(refused);
  EXPECT_GT(refused.retry_after_ns, 0);
  EXPECT_LE(refused.retry_after_ns, ttl + ms);
  EXPECT_NE(acquired(*other, "another job", bob, now), 0U);
}

TEST_P(lease_store_conformance, is_over_after_its_time_and_not_before) {
  ASSERT_NE(acquired(*leases_, "job", ann, elapse(0)), 0U);
  EXPECT_EQ(acquired(*leases_, "job", bob, elapse(ttl - 50 * ms)), 0U);
  EXPECT_NE(acquired(*leases_, "job", bob, elapse(51 * ms)), 0U);
}

TEST_P(lease_store_conformance, a_renewal_counts_from_when_it_is_made) {
  const std::uint64_t token = acquired(*leases_, "job", ann, elapse(0));
  ASSERT_TRUE(leases_->renew("job", token, ttl, elapse(ttl / 2)).value());
  EXPECT_EQ(acquired(*leases_, "job", bob, elapse(ttl - 50 * ms)), 0U);
  EXPECT_NE(acquired(*leases_, "job", bob, elapse(51 * ms)), 0U);
}

TEST_P(lease_store_conformance, what_is_over_is_not_renewed) {
  const std::uint64_t token = acquired(*leases_, "job", ann, elapse(0));
  const time_ns now = elapse(ttl + ms);
  EXPECT_FALSE(leases_->renew("job", token, ttl, now).value());
  EXPECT_NE(acquired(*leases_, "job", bob, now), 0U);
}

TEST_P(lease_store_conformance, a_released_lease_is_free_at_once) {
  const time_ns now = elapse(0);
  const std::uint64_t token = acquired(*leases_, "job", ann, now);
  EXPECT_TRUE(leases_->release("job", token, now).value());
  EXPECT_FALSE(leases_->release("job", token, now).value());
  EXPECT_FALSE(leases_->renew("job", token, ttl, now).value());
  EXPECT_NE(acquired(*leases_, "job", bob, now), 0U);
}

TEST_P(lease_store_conformance, a_former_owner_changes_nothing) {
  const std::uint64_t old = acquired(*leases_, "job", ann, elapse(0));
  const time_ns now = elapse(ttl + ms);
  const std::uint64_t present = acquired(*leases_, "job", bob, now);
  ASSERT_GT(present, old);
  EXPECT_FALSE(leases_->renew("job", old, ttl, now).value());
  EXPECT_FALSE(leases_->release("job", old, now).value());
  EXPECT_EQ(acquired(*leases_, "job", ann, now), 0U);
  EXPECT_TRUE(leases_->renew("job", present, ttl, now).value());
}

TEST_P(lease_store_conformance, the_owner_who_asks_again_gets_the_same_lease) {
  const time_ns now = elapse(0);
  const std::uint64_t token = acquired(*leases_, "job", ann, now);
  EXPECT_EQ(acquired(*server_.connect(), "job", ann, elapse(ttl / 2)), token);
  EXPECT_EQ(acquired(*leases_, "job", bob, elapse(ttl - 50 * ms)), 0U);  // it was renewed
}

TEST_P(lease_store_conformance, tokens_grow_across_release_expiry_and_restart) {
  std::uint64_t highest = acquired(*leases_, "job", ann, elapse(0));
  const auto expect_higher = [&](std::uint64_t owner, time_ns now) {
    const std::uint64_t token = acquired(*leases_, "job", owner, now);
    EXPECT_GT(token, highest);
    highest = token;
  };
  ASSERT_TRUE(leases_->release("job", highest, elapse(0)).value());
  expect_higher(ann, elapse(0));
  expect_higher(bob, elapse(ttl + ms));
  leases_.reset();
  server_.restart();
  leases_ = server_.connect();
  expect_higher(ann, elapse(ttl + ms));
}

TEST_P(lease_store_conformance, a_restart_does_not_end_a_lease) {
  const std::uint64_t token = acquired(*leases_, "job", ann, elapse(0));
  leases_.reset();
  server_.restart();
  leases_ = server_.connect();
  EXPECT_EQ(acquired(*leases_, "job", bob, elapse(0)), 0U);
  EXPECT_TRUE(leases_->renew("job", token, ttl, elapse(0)).value());
}

TEST_P(lease_store_conformance, refuses_what_is_no_name_owner_or_time) {
  const time_ns now = elapse(0);
  const std::string longest(lease_name_size_max, 'n');
  EXPECT_NE(acquired(*leases_, longest, ann, now), 0U);
  EXPECT_EQ(leases_->acquire(longest + "n", ann, ttl, now).error().code, errc::invalid_argument);
  EXPECT_EQ(leases_->acquire("", ann, ttl, now).error().code, errc::invalid_argument);
  EXPECT_EQ(leases_->acquire("job", 0, ttl, now).error().code, errc::invalid_argument);
  EXPECT_EQ(leases_->acquire("job", ann, lease_ttl_min_ns - 1, now).error().code, errc::invalid_argument);
  EXPECT_EQ(leases_->renew("job", 1, lease_ttl_max_ns + 1, now).error().code, errc::invalid_argument);
  EXPECT_EQ(leases_->release("", 1, now).error().code, errc::invalid_argument);
}

// Each thread takes and releases; what they are granted, in the order of the grants, must be strictly higher.
TEST_P(lease_store_conformance, many_threads_never_hold_one_lease_together) {
  constexpr int threads_count = 3;
  const time_ns now = elapse(0);
  std::atomic<int> holding{0};
  std::vector<std::uint64_t> tokens;  // written by the holder alone
  std::vector<std::thread> threads;
  for (int t = 1; t <= threads_count; ++t)
    threads.emplace_back([&, t] {
      const auto client = server_.connect();
      for (int granted = 0; granted < 50;) {
        const std::uint64_t token = acquired(*client, "job", static_cast<std::uint64_t>(t), now);
        if (token == 0) {
          std::this_thread::yield();
          continue;
        }
        EXPECT_EQ(holding.fetch_add(1), 0);
        tokens.push_back(token);
        ++granted;
        holding.fetch_sub(1);
        EXPECT_TRUE(client->release("job", token, now).value());
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(tokens.size(), 50U * threads_count);
  EXPECT_TRUE(std::ranges::is_sorted(tokens, std::ranges::less_equal{}));
}

}  // namespace
}  // namespace seckill::testing
