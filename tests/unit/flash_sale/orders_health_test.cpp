#include "orders_health.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace flash_sale {
namespace {

using namespace seckill;

order_worker_stats shard(std::uint8_t number, order_worker_state state) {
  order_worker_stats made;
  made.shard = number;
  made.state = state;
  if (state != order_worker_state::running) made.failure = error{errc::storage_full, "no space"};
  return made;
}

TEST(orders_health, is_well_while_every_shard_runs) {
  const std::vector<order_worker_stats> shards{shard(0, order_worker_state::running),
                                               shard(1, order_worker_state::running)};
  EXPECT_EQ(orders_health(shards).level, health_level::well);
  EXPECT_EQ(orders_health(shards).detail, "");
}

TEST(orders_health, one_shard_that_does_not_follow_is_failing_and_named) {
  for (const auto state :
       {order_worker_state::retrying, order_worker_state::failed, order_worker_state::stopped}) {
    const std::vector<order_worker_stats> shards{shard(0, order_worker_state::running), shard(1, state)};
    const part_health found = orders_health(shards);
    EXPECT_EQ(found.level, health_level::failing);
    EXPECT_NE(found.detail.find("shard 1"), std::string::npos) << found.detail;
    EXPECT_NE(found.detail.find("no space"), std::string::npos) << found.detail;
  }
}

TEST(orders_health, catching_up_is_a_warning) {
  order_worker_stats behind = shard(0, order_worker_state::running);
  behind.position = 3;
  behind.catch_up_to = 10;
  const std::vector<order_worker_stats> shards{behind};
  const part_health found = orders_health(shards);
  EXPECT_EQ(found.level, health_level::warning);
  EXPECT_NE(found.detail.find("3 of 10"), std::string::npos) << found.detail;
}

}  // namespace
}  // namespace flash_sale
