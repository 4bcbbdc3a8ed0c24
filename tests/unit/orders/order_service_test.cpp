#include "tests/support/story.hpp"
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/order_service.hpp>
#include <seckill/testing/faulty_order_store.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <sys/resource.h>

namespace seckill::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What an engine keeps of one shard for a feed: it survives the feeds and the services of a test.
class told_events {
 public:
  void tell(story more) {
    const std::lock_guard lock(mutex_);
    events_ = std::move(more.events);
    grown_.notify_all();
  }
  std::uint64_t cursor() const {
    const std::lock_guard lock(mutex_);
    return cursor_;
  }
  std::uint64_t last() const {
    const std::lock_guard lock(mutex_);
    return events_.empty() ? 0 : events_.back().sequence;
  }

  class feed final : public event_feed {
   public:
    feed(told_events& from, fault_script& script) : from_(from), script_(script), at_(from.cursor()) {}

    result<void> poll(std::vector<event>& into, std::size_t count_max) override {
      if (const auto failure = script_.enter(storage_call::read)) return fault_script::told(*failure);
      const std::lock_guard lock(from_.mutex_);
      for (; count_max > 0 && at_ < from_.events_.size(); --count_max) into.push_back(from_.events_[at_++]);
      return {};
    }
    void wait(milliseconds timeout) override {
      std::unique_lock lock(from_.mutex_);
      from_.grown_.wait_for(lock, timeout, [this] { return at_ < from_.events_.size(); });
    }
    result<void> commit(std::uint64_t sequence) override {
      return script_.attempt(storage_call::save_cursor, [&]() -> result<void> {
        const std::lock_guard lock(from_.mutex_);
        if (sequence < from_.cursor_ || sequence > at_)
          return make_error(errc::invalid_argument, "commit of what was not delivered");
        from_.cursor_ = sequence;
        return {};
      });
    }
    std::uint64_t cursor() const override { return from_.cursor(); }

   private:
    told_events& from_;
    fault_script& script_;
    std::size_t at_;
  };

 private:
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::vector<event> events_;
  std::uint64_t cursor_ = 0;
};

class order_service_test : public ::testing::Test {
 protected:
  result<std::unique_ptr<order_service>> try_start() {
    std::vector<order_source> sources;
    for (std::uint8_t shard = 0; shard < shards_; ++shard)
      sources.push_back({shard, std::make_unique<told_events::feed>(journal_[shard], *script_),
                         journal_[shard].last(), [this](sale_id) { return &sale_; }});
    return order_service::start(std::move(sources), *store_, params_, [this](std::span<const order> changed) {
      heard_ += changed.size();
      niceness_ = ::getpriority(PRIO_PROCESS, 0);
    });
  }
  void start() {
    auto started = try_start();
    ASSERT_TRUE(started) << started.error().text;
    service_ = std::move(*started);
  }
  bool reaches(std::uint64_t sequence, std::uint8_t shard = 0) {
    return service_ && service_->wait_for(shard, sequence, seconds(20));
  }
  void go_on_with(std::shared_ptr<order_image> image) {
    service_.reset();
    store_.reset();
    image_ = std::move(image);
    store_ = make_faulty_order_store(open_memory_order_store(image_).value(), script_);
  }

  std::shared_ptr<order_image> image_ = std::make_shared<order_image>();
  std::shared_ptr<fault_script> script_ = std::make_shared<fault_script>();
  std::unique_ptr<order_store> store_ =
      make_faulty_order_store(open_memory_order_store(image_).value(), script_);
  sale_definition sale_ = story_definition();
  std::uint8_t shards_ = 1;
  told_events journal_[2];
  order_service_params params_{.batch_events_max = 3,
                               .gather = milliseconds(0),
                               .sync_every = milliseconds(0),
                               .idle_wait_max = milliseconds(5),
                               .retry_first = milliseconds(1),
                               .retry_max = milliseconds(2)};
  std::atomic<std::size_t> heard_ = 0;
  std::atomic<int> niceness_ = 0;
  std::unique_ptr<order_service> service_;
};

story ten_orders() {
  story told = started_story();
  for (std::uint64_t i = 1; i <= 10; ++i) told.reserve(story_sale, i, i, {{sku_id{1}, 1}});
  return told;
}

TEST_F(order_service_test, events_become_orders_as_they_come) {
  start();
  story told = ten_orders();
  journal_[0].tell(told);
  ASSERT_TRUE(reaches(11));
  told.add(reservation_cancelled{reservation_id{4}});
  journal_[0].tell(told);
  ASSERT_TRUE(reaches(12));
  service_->stop();

  EXPECT_EQ(image_->order_count(), 10U);
  EXPECT_EQ(heard_, 11U);
  EXPECT_GT(niceness_, ::getpriority(PRIO_PROCESS, 0)) << "who waits for an answer comes first";
  EXPECT_EQ(journal_[0].cursor(), 12U);
  const order_worker_stats stats = service_->stats().at(0);
  EXPECT_EQ(stats.state, order_worker_state::stopped);
  EXPECT_EQ(stats.position, 12U);
  EXPECT_EQ(stats.synced_position, 12U);
  EXPECT_EQ(stats.orders_changed, 11U);
  EXPECT_EQ(stats.failures, 0U);
}

TEST_F(order_service_test, events_that_follow_a_small_batch_wait_for_others_but_never_delay_the_end) {
  params_.gather = std::chrono::hours(1);
  start();
  story told = started_story();
  journal_[0].tell(told);
  ASSERT_TRUE(reaches(told.events.back().sequence));
  const std::uint64_t reached = told.events.back().sequence;
  told.reserve(story_sale, 1, 1, {{sku_id{1}, 1}});
  journal_[0].tell(told);
  service_->stop();

  EXPECT_EQ(service_->stats().at(0).position, reached);
}

TEST_F(order_service_test, full_batches_follow_one_another_without_waiting) {
  params_.gather = std::chrono::hours(1);
  journal_[0].tell(ten_orders());
  start();
  EXPECT_TRUE(reaches(9));
}

TEST_F(order_service_test, every_shard_has_its_own_position) {
  shards_ = 2;
  start();
  story other = started_story();
  other.reserve(story_sale, 500, 1, {{sku_id{2}, 1}});
  journal_[0].tell(ten_orders());
  journal_[1].tell(other);
  ASSERT_TRUE(reaches(11, 0));
  ASSERT_TRUE(reaches(2, 1));
  EXPECT_EQ(image_->order_count(), 11U);
  EXPECT_FALSE(service_->wait_for(9, 1, milliseconds(1)));
}

TEST_F(order_service_test, a_new_service_goes_on_where_the_last_one_stopped) {
  story told = ten_orders();
  journal_[0].tell(told);
  start();
  ASSERT_TRUE(reaches(11));
  go_on_with(image_->after_process_crash());
  told.add(reservation_expired{reservation_id{1}});
  journal_[0].tell(told);

  start();

  ASSERT_TRUE(reaches(12));
  EXPECT_EQ(heard_, 11U);
}

TEST_F(order_service_test, a_crash_between_the_orders_and_the_feed_makes_no_order_twice) {
  journal_[0].tell(ten_orders());
  script_->fail_next(storage_call::save_cursor, errc::injected, 1'000'000);
  start();
  ASSERT_TRUE(reaches(11));
  go_on_with(image_->after_process_crash());
  ASSERT_EQ(journal_[0].cursor(), 0U);
  script_->clear();

  start();

  while (service_->stats().at(0).synced_position < 11) std::this_thread::yield();
  service_->stop();
  EXPECT_EQ(image_->order_count(), 10U);
  EXPECT_EQ(heard_, 10U);
  EXPECT_EQ(journal_[0].cursor(), 11U);
}

TEST_F(order_service_test, orders_ahead_of_the_feed_wait_until_it_has_delivered_as_much) {
  story told = ten_orders();
  journal_[0].tell(told);
  script_->fail_next(storage_call::save_cursor, errc::injected, 1'000'000);
  params_.batch_events_max = 100;
  start();
  ASSERT_TRUE(reaches(11));
  go_on_with(image_->after_process_crash());
  script_->clear();
  params_.batch_events_max = 2;
  told.add(reservation_cancelled{reservation_id{1}});
  journal_[0].tell(told);

  start();

  ASSERT_TRUE(reaches(12));
  EXPECT_EQ(service_->stats().at(0).failures, 0U);
  service_->stop();
  EXPECT_EQ(journal_[0].cursor(), 12U);
}

TEST_F(order_service_test, the_feed_forgets_nothing_that_a_crash_of_the_machine_would_take) {
  journal_[0].tell(ten_orders());
  script_->fail_next(storage_call::sync, errc::storage_failed, 1'000'000);
  start();
  ASSERT_TRUE(reaches(3));
  go_on_with(image_->after_machine_crash());
  EXPECT_EQ(journal_[0].cursor(), 0U);
  EXPECT_EQ(image_->order_count(), 0U);
  script_->clear();

  start();

  ASSERT_TRUE(reaches(11));
  EXPECT_EQ(image_->order_count(), 10U);
}

TEST_F(order_service_test, a_store_that_fails_for_a_while_is_tried_again) {
  script_->plan({.call = storage_call::commit, .nth = 2, .times = 5, .code = errc::storage_full});
  script_->plan({.call = storage_call::commit, .nth = 8, .code = errc::storage_failed, .done_before = 1});
  journal_[0].tell(ten_orders());

  start();

  ASSERT_TRUE(reaches(11));
  EXPECT_EQ(image_->order_count(), 10U);
  EXPECT_EQ(service_->stats().at(0).failures, 6U);
}

TEST_F(order_service_test, a_present_failure_is_told_and_forgotten_when_it_is_over) {
  std::atomic<bool> full = true;
  script_->before_each([&](storage_call call, std::uint64_t) {
    if (call == storage_call::commit && full) script_->fail_next(storage_call::commit, errc::storage_full);
  });
  script_->fail_next(storage_call::commit, errc::storage_full);
  journal_[0].tell(ten_orders());
  start();
  while (service_->stats().at(0).state != order_worker_state::retrying) std::this_thread::yield();
  EXPECT_EQ(service_->stats().at(0).failure->code, errc::storage_full);

  full = false;

  ASSERT_TRUE(reaches(11));
  while (service_->stats().at(0).state != order_worker_state::running) std::this_thread::yield();
  EXPECT_FALSE(service_->stats().at(0).failure);
}

TEST_F(order_service_test, what_no_retry_can_heal_stops_the_shard_and_is_told) {
  story told = ten_orders();
  told.events.erase(told.events.begin() + 4);
  journal_[0].tell(told);

  start();

  EXPECT_FALSE(reaches(11));
  const order_worker_stats stats = service_->stats().at(0);
  EXPECT_EQ(stats.state, order_worker_state::failed);
  EXPECT_EQ(stats.failure->code, errc::missing_data);
  EXPECT_EQ(stats.position, 3U);
  service_->stop();
  EXPECT_EQ(service_->stats().at(0).state, order_worker_state::failed);
}

TEST_F(order_service_test, a_feed_that_fails_for_a_while_is_polled_again) {
  script_->plan({.call = storage_call::read, .nth = 1, .times = 3, .code = errc::read_failed});
  journal_[0].tell(ten_orders());
  start();
  EXPECT_TRUE(reaches(11));
}

TEST_F(order_service_test, stopping_does_not_wait_for_a_store_that_fails) {
  script_->fail_next(storage_call::commit, errc::storage_full, 1'000'000'000);
  params_.retry_first = params_.retry_max = std::chrono::hours(24);
  journal_[0].tell(ten_orders());
  start();
  while (service_->stats().at(0).state != order_worker_state::retrying) std::this_thread::yield();

  service_->stop();

  EXPECT_EQ(image_->order_count(), 0U);
  EXPECT_EQ(journal_[0].cursor(), 0U);
}

TEST_F(order_service_test, a_store_behind_what_the_feed_gave_up_is_refused) {
  journal_[0].tell(ten_orders());
  start();
  ASSERT_TRUE(reaches(11));
  service_->stop();
  go_on_with(std::make_shared<order_image>());

  EXPECT_EQ(try_start().error().code, errc::missing_data);
}

TEST_F(order_service_test, a_store_beyond_the_journal_is_refused) {
  ASSERT_TRUE(store_->commit(0, 12, {}));
  journal_[0].tell(ten_orders());
  EXPECT_EQ(try_start().error().code, errc::corrupt_data);
}

TEST_F(order_service_test, parameters_out_of_range_are_named) {
  params_.batch_events_max = 0;
  const auto refused = try_start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  EXPECT_NE(refused.error().text.find("batch_events_max"), std::string::npos);
  params_.batch_events_max = 1;
  params_.gather = milliseconds(-1);
  EXPECT_EQ(try_start().error().code, errc::invalid_argument);
}

}  // namespace
}  // namespace seckill::testing
