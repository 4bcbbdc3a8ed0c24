// Orders are derived from events: a store that is new, or older than its feed, catches up from the journal.
#include "tests/support/house.hpp"
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/order_service.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seckill::testing {
namespace {

using ::testing::HasSubstr;

class order_rebuild_test : public ::testing::Test {
 protected:
  order_rebuild_test() { shop_.params.snapshots_kept = 1; }

  result<std::unique_ptr<order_service>> try_start() {
    store_ = open_memory_order_store(image_).value();
    return order_service::start(*shop_.works, *store_, {.sync_every = std::chrono::milliseconds(0)});
  }
  // Runs the projection until it has seen everything.
  void project() {
    auto service = try_start();
    ASSERT_TRUE(service) << service.error().text;
    const std::uint64_t last = shop_.works->stats().shards[0].last_sequence;
    ASSERT_TRUE((*service)->wait_for(0, last, std::chrono::seconds(20)));
    (*service)->stop();
    stats_ = (*service)->stats().at(0);
    service->reset();
    store_.reset();
  }
  void sell(int count) {
    for (int i = 0; i < count; ++i) {
      const answer held = shop_.reserve(sale_, ++buyer_);
      ASSERT_EQ(held.code, outcome::reserved);
      ASSERT_EQ(shop_.works->execute(confirm_command{held.reservation, pay("p"), {}}).code,
                outcome::confirmed);
    }
  }
  [[nodiscard]] std::uint64_t paid() const {
    const auto store = open_memory_order_store(image_).value();
    return store->counts().value()[static_cast<std::size_t>(order_status::paid)];
  }

  house shop_;
  sale_id sale_ = shop_.open_sale(sale_of({{1, 1'000}}));
  std::uint64_t buyer_ = 0;
  std::shared_ptr<order_image> image_ = std::make_shared<order_image>();
  std::unique_ptr<order_store> store_;
  order_worker_stats stats_;
};

TEST_F(order_rebuild_test, a_store_that_is_gone_is_made_again_from_the_events) {
  sell(5);
  project();
  image_ = std::make_shared<order_image>();
  sell(2);

  project();

  EXPECT_EQ(paid(), 7U);
  EXPECT_EQ(stats_.started_at, 0U);
  EXPECT_EQ(stats_.catch_up_to, shop_.works->stats().shards[0].last_sequence);
}

TEST_F(order_rebuild_test, an_older_copy_catches_up_from_the_events_that_are_kept) {
  shop_.params.events_kept = 20;
  shop_.reopen();
  sell(5);
  project();
  const auto older = image_->after_machine_crash();
  sell(5);
  project();
  ASSERT_TRUE(shop_.works->snapshot(0));
  image_ = older;

  project();

  EXPECT_EQ(paid(), 10U);
}

TEST_F(order_rebuild_test, events_that_are_gone_are_named_and_so_is_the_way_on) {
  shop_.reopen();
  sell(5);
  project();
  const auto older = image_->after_machine_crash();
  sell(5);
  project();
  ASSERT_TRUE(shop_.works->snapshot(0));
  image_ = older;

  const auto refused = try_start();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::missing_data);
  EXPECT_THAT(refused.error().text, HasSubstr("orders of shard 0 end at event 11"));
  EXPECT_THAT(refused.error().text, HasSubstr("events 12 to 20 are no longer stored; the oldest is 21"));
  EXPECT_THAT(refused.error().text, HasSubstr("seckill rebuild-orders"));
}

TEST_F(order_rebuild_test, a_feed_is_rewound_no_further_than_the_events_go) {
  sell(5);
  project();
  EXPECT_TRUE(shop_.works->rewind_feed(0, order_service::feed_name, 3));
  EXPECT_EQ(shop_.works->open_feed(0, order_service::feed_name).value()->cursor(), 3U);
  EXPECT_TRUE(shop_.works->rewind_feed(0, order_service::feed_name, 100)) << "never forward";
  const auto feed = shop_.works->open_feed(0, order_service::feed_name).value();
  EXPECT_EQ(feed->cursor(), 3U);
  EXPECT_EQ(shop_.works->rewind_feed(0, order_service::feed_name, 1).error().code, errc::already_open);
  EXPECT_EQ(shop_.works->rewind_feed(7, order_service::feed_name, 1).error().code, errc::invalid_argument);
}

}  // namespace
}  // namespace seckill::testing
