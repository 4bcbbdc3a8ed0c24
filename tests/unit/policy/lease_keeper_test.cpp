#include <seckill/memory/memory_lease_store.hpp>
#include <seckill/policy/lease_keeper.hpp>
#include <seckill/policy/lease_validity.hpp>
#include <seckill/testing/faulty_lease_store.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace seckill {
namespace {

constexpr time_ns ms = ns_per_ms;
constexpr time_ns s = ns_per_s;

class lease_keeper_driven : public ::testing::Test {
 protected:
  static lease_keeper_params params() { return {.name = "job", .owner = 7}; }
  lease_keeper make(const lease_keeper_params& of) {
    return lease_keeper(of, [this](lease_loss why) { losses.push_back(why); });
  }
  // Drives the keeper as a loop that sleeps until the next deadline would, up to and with `until`.
  void drive(lease_keeper& keeper, time_ns until) {
    for (auto next = keeper.next_deadline(); next && *next <= until; next = keeper.next_deadline()) {
      now = *next;
      if (!keeper.renew_at(*store, now)) ++failures;
    }
    now = until;
  }

  std::shared_ptr<fault_script> script = std::make_shared<fault_script>();
  std::unique_ptr<lease_store> store = make_faulty_lease_store(make_memory_lease_store(), script);
  std::vector<lease_loss> losses;
  int failures = 0;
  time_ns now = 0;
};

TEST_F(lease_keeper_driven, relies_on_a_lease_for_less_than_its_time_by_the_drift) {
  lease_keeper keeper = make(params());
  ASSERT_TRUE(keeper.acquire_from(*store, 1'000 * s).value());
  EXPECT_EQ(keeper.valid_for(1'000 * s), 30 * s - 300 * ms - 2 * ms);
  EXPECT_EQ(keeper.valid_for(1'010 * s), 20 * s - 302 * ms);
  EXPECT_EQ(keeper.valid_for(1'030 * s - 302 * ms), 0);
  EXPECT_EQ(keeper.valid_for(2'000 * s), 0);
}

TEST_F(lease_keeper_driven, counts_from_when_the_request_was_sent) {
  lease_keeper keeper = make(params());
  keeper.granted(5, 10 * s);  // the answer took its time
  EXPECT_EQ(keeper.valid_for(12 * s), 28 * s - 302 * ms);
}

TEST_F(lease_keeper_driven, renews_each_third_as_long_as_it_is_driven) {
  lease_keeper keeper = make(params());
  ASSERT_TRUE(keeper.acquire_from(*store, 0).value());
  const std::uint64_t token = keeper.token();
  drive(keeper, 100 * s);
  EXPECT_EQ(script->count(storage_call::renew_lease), 10U);
  EXPECT_EQ(keeper.token(), token);
  EXPECT_GT(keeper.valid_for(now), 29 * s);
  EXPECT_TRUE(losses.empty());
}

TEST_F(lease_keeper_driven, an_explicit_lease_is_never_renewed_and_its_end_is_told_once) {
  lease_keeper_params of = params();
  of.explicit_ttl_ns = 10 * s;
  lease_keeper keeper = make(of);
  ASSERT_TRUE(keeper.acquire_from(*store, 0).value());
  drive(keeper, 100 * s);
  EXPECT_EQ(script->count(storage_call::renew_lease), 0U);
  EXPECT_EQ(losses, std::vector{lease_loss::lapsed});
  EXPECT_FALSE(keeper.advance(200 * s));
  EXPECT_EQ(losses.size(), 1U);
  EXPECT_EQ(keeper.token(), 0U);
}

TEST_F(lease_keeper_driven, lets_go_of_a_task_that_hangs) {
  lease_keeper_params of = params();
  of.held_max_ns = 95 * s;
  lease_keeper keeper = make(of);
  ASSERT_TRUE(keeper.acquire_from(*store, 0).value());
  drive(keeper, 94 * s);
  EXPECT_EQ(keeper.valid_for(now), 1 * s);
  drive(keeper, 95 * s);
  EXPECT_EQ(losses, std::vector{lease_loss::held_too_long});
  EXPECT_EQ(keeper.valid_for(now), 0);
}

TEST_F(lease_keeper_driven, tries_again_while_the_store_is_away_and_survives_it) {
  lease_keeper keeper = make(params());
  ASSERT_TRUE(keeper.acquire_from(*store, 0).value());
  script->fail_next(storage_call::renew_lease, errc::unavailable, 4);
  drive(keeper, 29 * s);
  EXPECT_EQ(failures, 4);
  EXPECT_TRUE(losses.empty());
  EXPECT_GT(keeper.valid_for(now), 20 * s);
}

TEST_F(lease_keeper_driven, tells_that_it_has_lapsed_before_anybody_else_can_have_it) {
  lease_keeper keeper = make(params());
  ASSERT_TRUE(keeper.acquire_from(*store, 0).value());
  script->fail_next(storage_call::renew_lease, errc::unavailable, 1'000);
  drive(keeper, 29 * s);
  EXPECT_TRUE(losses.empty());
  const time_ns told_at = *keeper.next_deadline();
  drive(keeper, 30 * s);
  EXPECT_EQ(losses, std::vector{lease_loss::lapsed});
  EXPECT_FALSE(store->acquire("job", 8, s, told_at).value());
}

TEST_F(lease_keeper_driven, tells_that_the_lease_was_taken) {
  lease_keeper keeper = make(params());
  ASSERT_TRUE(keeper.acquire_from(*store, 0).value());
  ASSERT_TRUE(store->release("job", keeper.token(), 0).value());  // an operator's doing
  drive(keeper, 10 * s);
  EXPECT_EQ(losses, std::vector{lease_loss::taken});
  EXPECT_EQ(keeper.valid_for(now), 0);
}

TEST_F(lease_keeper_driven, released_it_is_free_and_nobody_is_told_of_a_loss) {
  lease_keeper keeper = make(params());
  ASSERT_TRUE(keeper.acquire_from(*store, 0).value());
  ASSERT_TRUE(keeper.release_to(*store, 1 * s));
  ASSERT_TRUE(keeper.release_to(*store, 1 * s));
  EXPECT_EQ(keeper.next_deadline(), std::nullopt);
  EXPECT_TRUE(store->acquire("job", 8, s, 1 * s).value());
  EXPECT_FALSE(keeper.acquire_from(*store, 1 * s).value());
  EXPECT_TRUE(losses.empty());
}

TEST_F(lease_keeper_driven, ignores_the_answer_to_a_renewal_of_a_former_lease) {
  lease_keeper keeper = make(params());
  keeper.granted(5, 0);
  ASSERT_TRUE(keeper.advance(10 * s));
  EXPECT_FALSE(keeper.advance(10 * s));  // one request at a time
  EXPECT_EQ(keeper.give_up(), 5U);
  keeper.granted(6, 20 * s);
  keeper.renewed(5, false, 10 * s);
  keeper.renewed(5, true, 40 * s);
  EXPECT_EQ(keeper.token(), 6U);
  EXPECT_EQ(keeper.valid_for(20 * s), 30 * s - 302 * ms);
  EXPECT_TRUE(losses.empty());
}

TEST(lease_keeper, names_the_parameter_that_is_wrong) {
  const auto refused = [](const lease_keeper_params& params) {
    EXPECT_THROW(lease_keeper{params}, std::invalid_argument);
  };
  refused({.name = "", .owner = 1});
  refused({.name = "job", .owner = 0});
  refused({.name = "job", .owner = 1, .explicit_ttl_ns = 9 * ms});
  refused({.name = "job", .owner = 1, .renewed_ttl_ns = lease_ttl_max_ns + 1});
  refused({.name = "job", .owner = 1, .held_max_ns = 0});
}

}  // namespace
}  // namespace seckill
