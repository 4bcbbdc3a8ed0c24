#include "tests/support/story.hpp"
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/order_projector.hpp>
#include <seckill/testing/faulty_order_store.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace seckill::testing {
namespace {

constexpr std::uint8_t shard = 3;
const basket two_lines = {{sku_id{1}, 2}, {sku_id{2}, 3}};

class order_projector_test : public ::testing::Test {
 protected:
  order_projector_test() { restart(); }

  // A new process over the same orders.
  void restart() {
    projector_.reset();
    store_.reset();
    store_ = make_faulty_order_store(open_memory_order_store(image_).value(), script_);
    projector_.emplace(*store_, shard, [this](sale_id sale) {
      return sale == story_sale && sale_is_published_ ? &published_ : nullptr;
    });
  }
  result<std::vector<order>> project(std::span<const event> events) {
    const auto changed = projector_->project(events);
    if (!changed) return changed.error();
    return std::vector<order>(changed->begin(), changed->end());
  }
  result<std::vector<order>> project_all() { return project(told_.events); }
  order stored(std::uint64_t reservation) {
    return store_->find(reservation_id{reservation}).value().value();
  }
  std::uint64_t count(order_status status) {
    return store_->counts().value()[static_cast<std::size_t>(status)];
  }

  std::shared_ptr<order_image> image_ = std::make_shared<order_image>();
  std::shared_ptr<fault_script> script_ = std::make_shared<fault_script>();
  sale_definition published_ = story_definition();
  bool sale_is_published_ = true;
  std::unique_ptr<order_store> store_;
  std::optional<order_projector> projector_;
  story told_ = started_story();
};

TEST_F(order_projector_test, a_reservation_becomes_an_order_that_awaits_payment) {
  told_.reserve(story_sale, 77, 9, two_lines, 1'234);

  const auto changed = project_all();

  ASSERT_TRUE(changed) << changed.error().text;
  ASSERT_EQ(changed->size(), 1U);
  const order made = stored(77);
  EXPECT_EQ(made.reservation, reservation_id{77});
  EXPECT_EQ(made.sale, story_sale);
  EXPECT_EQ(made.buyer, buyer_id{9});
  EXPECT_EQ(made.request, req(77));
  EXPECT_EQ(made.lines, two_lines);
  EXPECT_EQ(made.amount_minor, 2 * 100 + 3 * 250);
  EXPECT_EQ(made.currency, (currency_code{'E', 'U', 'R'}));
  EXPECT_EQ(made.status, order_status::pending_payment);
  EXPECT_TRUE(made.payment.empty());
  EXPECT_EQ(made.created_at_ms, 1'234);
  EXPECT_EQ(made.updated_at_ms, 1'234);
  EXPECT_EQ(store_->position(shard).value(), told_.last());
}

TEST_F(order_projector_test, a_full_payment_keeps_lines_and_amount) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_confirmed{reservation_id{77}, pay("p-1"), {}, false}, 1'500);

  ASSERT_TRUE(project_all());

  const order paid = stored(77);
  EXPECT_EQ(paid.status, order_status::paid);
  EXPECT_EQ(paid.payment, pay("p-1"));
  EXPECT_EQ(paid.lines, two_lines);
  EXPECT_EQ(paid.amount_minor, 950);
  EXPECT_EQ(paid.created_at_ms, opens);
  EXPECT_EQ(paid.updated_at_ms, 1'500);
}

TEST_F(order_projector_test, a_partial_payment_leaves_what_was_kept) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_confirmed{reservation_id{77}, pay("p-1"), {{sku_id{2}, 1}}, false});

  ASSERT_TRUE(project_all());

  EXPECT_EQ(stored(77).lines, (basket{{sku_id{2}, 1}}));
  EXPECT_EQ(stored(77).amount_minor, 250);
}

TEST_F(order_projector_test, a_cancelled_reservation_is_a_cancelled_order) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_cancelled{reservation_id{77}});
  ASSERT_TRUE(project_all());
  EXPECT_EQ(stored(77).status, order_status::cancelled);
  EXPECT_EQ(stored(77).amount_minor, 950);
}

TEST_F(order_projector_test, an_expired_reservation_is_an_expired_order) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_expired{reservation_id{77}}, 1'500);
  ASSERT_TRUE(project_all());
  EXPECT_EQ(stored(77).status, order_status::expired);
  EXPECT_EQ(stored(77).updated_at_ms, 1'500);
}

TEST_F(order_projector_test, a_late_payment_that_found_units_pays_an_expired_order) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_expired{reservation_id{77}});
  told_.add(reservation_confirmed{reservation_id{77}, pay("late"), {{sku_id{1}, 1}}, true});
  ASSERT_TRUE(project_all());
  EXPECT_EQ(stored(77).status, order_status::paid);
  EXPECT_EQ(stored(77).payment, pay("late"));
  EXPECT_EQ(stored(77).amount_minor, 100);
}

TEST_F(order_projector_test, a_late_payment_without_units_is_kept_for_its_refund) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_expired{reservation_id{77}});
  told_.add(payment_unfulfilled{reservation_id{77}, pay("late")});
  ASSERT_TRUE(project_all());
  EXPECT_EQ(stored(77).status, order_status::unfulfilled);
  EXPECT_EQ(stored(77).payment, pay("late"));
  EXPECT_EQ(stored(77).lines, two_lines);
}

TEST_F(order_projector_test, events_without_a_reservation_move_the_position_and_make_no_order) {
  told_.add(stock_changed{req(2), story_sale, sku_id{1}, 5});
  told_.add(sale_switched{req(3), story_sale, sale_switch::paused});
  told_.add(reserve_forestalled{story_sale, reservation_id{99}, req(99)});

  const auto changed = project_all();

  ASSERT_TRUE(changed);
  EXPECT_TRUE(changed->empty());
  EXPECT_EQ(image_->order_count(), 0U);
  EXPECT_EQ(store_->position(shard).value(), 4U);
}

TEST_F(order_projector_test, one_commit_takes_an_order_through_all_that_happened_to_it) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.reserve(story_sale, 78, 9, {{sku_id{1}, 1}});
  told_.add(reservation_confirmed{reservation_id{77}, pay("p"), {}, false});

  const auto changed = project_all();

  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->size(), 2U);
  EXPECT_EQ(script_->count(storage_call::commit), 1U);
  EXPECT_EQ(count(order_status::paid), 1U);
  EXPECT_EQ(count(order_status::pending_payment), 1U);
}

TEST_F(order_projector_test, delivery_again_changes_nothing) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_confirmed{reservation_id{77}, pay("p"), {}, false});
  ASSERT_TRUE(project_all());
  restart();

  const auto again = project_all();

  ASSERT_TRUE(again) << again.error().text;
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(image_->order_count(), 1U);
  EXPECT_EQ(count(order_status::paid), 1U);
}

TEST_F(order_projector_test, delivery_that_overlaps_is_worked_in_from_where_it_is_new) {
  told_.reserve(story_sale, 77, 9, two_lines);
  ASSERT_TRUE(project_all());
  told_.reserve(story_sale, 78, 9, two_lines);
  told_.add(reservation_cancelled{reservation_id{77}});

  const auto changed = project_all();

  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->size(), 2U);
  EXPECT_EQ(image_->order_count(), 2U);
  EXPECT_EQ(count(order_status::cancelled), 1U);
}

TEST_F(order_projector_test, a_commit_of_which_nobody_knows_whether_it_happened_is_tried_again) {
  told_.reserve(story_sale, 77, 9, two_lines);
  script_->plan({.call = storage_call::commit, .code = errc::storage_failed, .done_before = 1});
  EXPECT_EQ(project_all().error().code, errc::storage_failed);

  const auto again = project_all();

  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(image_->order_count(), 1U);
  EXPECT_EQ(count(order_status::pending_payment), 1U);
  EXPECT_EQ(store_->position(shard).value(), told_.last());
}

TEST_F(order_projector_test, a_commit_that_failed_leaves_nothing_and_can_be_tried_again) {
  told_.reserve(story_sale, 77, 9, two_lines);
  script_->fail_next(storage_call::commit, errc::storage_full);
  EXPECT_EQ(project_all().error().code, errc::storage_full);
  EXPECT_EQ(image_->order_count(), 0U);

  ASSERT_TRUE(project_all());
  EXPECT_EQ(image_->order_count(), 1U);
}

TEST_F(order_projector_test, a_gap_is_refused_and_nothing_is_committed) {
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.reserve(story_sale, 78, 9, two_lines);
  told_.events.erase(told_.events.begin() + 1);

  const auto refused = project_all();

  EXPECT_EQ(refused.error().code, errc::missing_data);
  EXPECT_NE(refused.error().text.find("from 2 on"), std::string::npos) << refused.error().text;
  EXPECT_EQ(image_->order_count(), 0U);
  EXPECT_EQ(store_->position(shard).value(), 0U);
}

TEST_F(order_projector_test, events_of_another_journal_are_found_out) {
  told_.reserve(story_sale, 77, 9, two_lines);
  ASSERT_TRUE(project_all());
  story other = started_story();
  other.reserve(story_sale, 55, 9, two_lines);

  EXPECT_EQ(project(other.events).error().code, errc::corrupt_data);
}

TEST_F(order_projector_test, a_sale_that_is_not_published_yet_is_known_from_its_event) {
  sale_is_published_ = false;
  told_.reserve(story_sale, 77, 9, two_lines);
  ASSERT_TRUE(project(std::span(told_.events).first(1)));

  ASSERT_TRUE(project(std::span(told_.events).subspan(1)));

  EXPECT_EQ(stored(77).amount_minor, 950);
}

TEST_F(order_projector_test, an_order_of_an_unknown_sale_is_refused) {
  sale_is_published_ = false;
  told_.reserve(sale_id{6}, 77, 9, two_lines);
  EXPECT_EQ(project_all().error().code, errc::missing_data);
}

TEST_F(order_projector_test, facts_that_contradict_the_orders_are_refused) {
  const std::vector<std::pair<event_body, errc>> impossible = {
      {units_reserved{story_sale, reservation_id{77}, buyer_id{8}, req(1), two_lines}, errc::corrupt_data},
      {reservation_confirmed{reservation_id{77}, pay("p"), {}, false}, errc::corrupt_data},
      {reservation_confirmed{reservation_id{77}, pay("p"), {}, true}, errc::corrupt_data},
      {reservation_expired{reservation_id{77}}, errc::corrupt_data},
      {payment_unfulfilled{reservation_id{77}, pay("p")}, errc::corrupt_data},
      {reservation_cancelled{reservation_id{404}}, errc::missing_data},
      {units_reserved{story_sale, reservation_id{78}, buyer_id{8}, req(1), {{sku_id{3}, 1}}},
       errc::corrupt_data},
  };
  told_.reserve(story_sale, 77, 9, two_lines);
  told_.add(reservation_cancelled{reservation_id{77}});
  ASSERT_TRUE(project_all());
  for (const auto& [body, code] : impossible) {
    const event fact{told_.last() + 1, opens, body};
    EXPECT_EQ(project(std::span(&fact, 1)).error().code, code) << body.index();
    EXPECT_EQ(store_->position(shard).value(), told_.last());
  }
}

TEST_F(order_projector_test, an_amount_that_does_not_fit_is_refused_and_never_wraps) {
  published_.items[0].price_minor = std::numeric_limits<std::int64_t>::max() / 2;
  told_.reserve(story_sale, 77, 9, {{sku_id{1}, 3}});
  EXPECT_EQ(project_all().error().code, errc::corrupt_data);
  EXPECT_EQ(image_->order_count(), 0U);
}

TEST_F(order_projector_test, no_ledger_accepts_a_price_with_which_an_amount_could_overflow) {
  shop books;
  sale_definition sale = story_definition();
  sale.items[0].price_minor = price_minor_max + 1;
  EXPECT_EQ(to_integer(books.open_sale(sale)), 0U);
  sale.items[0].price_minor = price_minor_max;
  EXPECT_NE(to_integer(books.open_sale(sale)), 0U);
}

TEST_F(order_projector_test, what_a_ledger_says_becomes_orders_that_agree_with_it) {
  shop books;
  const sale_id sale = books.open_sale(story_definition());
  const auto kept = books.reserve(sale, 1, two_lines).reservation;
  const auto lapsed = books.reserve(sale, 2, two_lines).reservation;
  const auto late = books.reserve(sale, 3, {{sku_id{1}, 1}}).reservation;
  const auto undone = books.reserve(sale, 4, {{sku_id{1}, 1}}).reservation;
  ASSERT_EQ(books.confirm(kept, "p-1", {{sku_id{2}, 2}}).code, outcome::confirmed);
  ASSERT_EQ(books.cancel(undone).code, outcome::cancelled);
  books.now += ttl;
  ASSERT_EQ(books.confirm(late, "p-3").code, outcome::confirmed_late);
  books.expire();
  event_reader reader(books.journal.bytes(), 1, opens);
  std::vector<event> events;
  while (!reader.done()) ASSERT_TRUE(reader.next(events.emplace_back()));

  const auto changed = project(events);

  ASSERT_TRUE(changed) << changed.error().text;
  EXPECT_EQ(image_->order_count(), 4U);
  EXPECT_EQ(stored(to_integer(kept)).amount_minor, 500);
  EXPECT_EQ(stored(to_integer(lapsed)).status, order_status::expired);
  EXPECT_EQ(stored(to_integer(late)).status, order_status::paid);
  EXPECT_EQ(stored(to_integer(undone)).status, order_status::cancelled);
}

}  // namespace
}  // namespace seckill::testing
