#include "order_store_suite.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <limits>
#include <numeric>
#include <thread>

namespace seckill::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

order order_of(std::uint64_t reservation, std::uint64_t buyer = 1,
               order_status status = order_status::pending_payment) {
  order made;
  made.reservation = reservation_id{reservation};
  made.sale = sale_id{5};
  made.buyer = buyer_id{buyer};
  made.request = {reservation, 7};
  made.lines = {{sku_id{1}, 2}};
  made.amount_minor = 200;
  made.currency = {'C', 'N', 'Y'};
  made.status = status;
  made.created_at_ms = 1'000;
  made.updated_at_ms = 2'000;
  return made;
}

void expect_same(const order& found, const order& wanted) {
  EXPECT_EQ(found.reservation, wanted.reservation);
  EXPECT_EQ(found.sale, wanted.sale);
  EXPECT_EQ(found.buyer, wanted.buyer);
  EXPECT_EQ(found.request, wanted.request);
  EXPECT_EQ(found.lines, wanted.lines);
  EXPECT_EQ(found.amount_minor, wanted.amount_minor);
  EXPECT_EQ(found.currency, wanted.currency);
  EXPECT_EQ(found.status, wanted.status);
  EXPECT_EQ(found.payment, wanted.payment);
  EXPECT_EQ(found.created_at_ms, wanted.created_at_ms);
  EXPECT_EQ(found.updated_at_ms, wanted.updated_at_ms);
}

void commit(order_store& to, std::uint64_t position, const std::vector<order>& changed,
            std::uint8_t shard = 0) {
  const auto done = to.commit(shard, position, changed);
  ASSERT_TRUE(done) << done.error().text;
}

std::vector<std::uint64_t> of_buyer(order_store& from, std::uint64_t buyer, std::size_t count_max = 100,
                                    std::uint64_t before = 0) {
  const auto found = from.of_buyer(buyer_id{buyer}, count_max, reservation_id{before});
  EXPECT_TRUE(found);
  std::vector<std::uint64_t> ids;
  for (const order& each : *found) ids.push_back(to_integer(each.reservation));
  return ids;
}

std::uint64_t count(order_store& of, order_status status) {
  return of.counts().value()[static_cast<std::size_t>(status)];
}

TEST_P(order_store_conformance, a_new_store_is_empty) {
  EXPECT_EQ(store_->position(0).value(), 0U);
  EXPECT_EQ(store_->find(reservation_id{1}).value(), std::nullopt);
  EXPECT_THAT(of_buyer(*store_, 1), IsEmpty());
  EXPECT_EQ(store_->counts().value(), order_counts{});
}

TEST_P(order_store_conformance, an_order_reads_back_as_it_was_committed) {
  order full = order_of(std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max(),
                        order_status::unfulfilled);
  full.lines = {};
  for (std::uint32_t i = 1; i <= basket::lines_max; ++i) full.lines.push_back({sku_id{0xffffffffU - i}, i});
  full.payment = *payment_id::from(std::string(64, '\xff'));
  full.amount_minor = std::numeric_limits<std::int64_t>::max();
  full.request = {std::numeric_limits<std::uint64_t>::max(), 1};
  full.created_at_ms = -5;
  full.updated_at_ms = std::numeric_limits<time_ms>::max();
  order bare = order_of(1);
  bare.payment = *payment_id::from(std::string_view("\0", 1));
  commit(*store_, 1, {full, bare});

  expect_same(store_->find(full.reservation).value().value(), full);
  expect_same(store_->find(bare.reservation).value().value(), bare);
  reopen();
  expect_same(store_->find(full.reservation).value().value(), full);
  expect_same(store_->of_buyer(full.buyer, 1, {}).value().at(0), full);
}

TEST_P(order_store_conformance, an_order_is_replaced_and_counted_once) {
  commit(*store_, 1, {order_of(1), order_of(2)});
  commit(*store_, 2, {order_of(1, 1, order_status::paid)});

  EXPECT_EQ(store_->find(reservation_id{1}).value()->status, order_status::paid);
  EXPECT_EQ(count(*store_, order_status::pending_payment), 1U);
  EXPECT_EQ(count(*store_, order_status::paid), 1U);
  EXPECT_THAT(of_buyer(*store_, 1), ElementsAre(2, 1));
}

TEST_P(order_store_conformance, an_order_whose_buyer_changes_leaves_the_list_of_the_other) {
  commit(*store_, 1, {order_of(1, 10)});
  commit(*store_, 2, {order_of(1, 20)});
  EXPECT_THAT(of_buyer(*store_, 10), IsEmpty());
  EXPECT_THAT(of_buyer(*store_, 20), ElementsAre(1));
}

TEST_P(order_store_conformance, the_counts_are_exact_in_every_status) {
  std::vector<order> orders;
  for (std::uint64_t i = 1; i <= 100; ++i)
    orders.push_back(order_of(i, i % 7, static_cast<order_status>(1 + i % 5)));
  commit(*store_, 1, orders);
  for (std::uint64_t i = 1; i <= 100; i += 3)
    commit(*store_, i + 1, {order_of(i, i % 7, order_status::cancelled)});
  reopen();

  order_counts expected{};
  for (std::uint64_t i = 1; i <= 100; ++i)
    ++expected[static_cast<std::size_t>(store_->find(reservation_id{i}).value()->status)];
  EXPECT_EQ(store_->counts().value(), expected);
  EXPECT_EQ(std::accumulate(expected.begin(), expected.end(), std::uint64_t{0}), 100U);
}

TEST_P(order_store_conformance, ids_of_many_ledgers_come_in_any_order_and_are_found_again) {
  const auto of_ledger = [](std::uint64_t ledger, std::uint64_t number) { return (ledger << 56U) + number; };
  const std::vector<std::uint64_t> ids = {of_ledger(255, 9), of_ledger(0, 7),   of_ledger(3, 5),
                                          of_ledger(0, 2),   of_ledger(255, 1), of_ledger(3, 8)};
  std::uint64_t position = 0;
  for (const std::uint64_t id : ids) commit(*store_, ++position, {order_of(id)});
  const auto expect_all = [&](order_status status) {
    EXPECT_EQ(count(*store_, status), ids.size());
    for (const std::uint64_t id : ids) EXPECT_EQ(store_->find(reservation_id{id}).value()->status, status);
  };
  expect_all(order_status::pending_payment);
  reopen();
  expect_all(order_status::pending_payment);
  for (const std::uint64_t id : ids) commit(*store_, ++position, {order_of(id, 1, order_status::paid)});
  expect_all(order_status::paid);
  EXPECT_EQ(count(*store_, order_status::pending_payment), 0U);
  EXPECT_EQ(store_->find(reservation_id{of_ledger(1, 1)}).value(), std::nullopt);
}

TEST_P(order_store_conformance, every_shard_has_its_position_and_a_commit_without_orders_moves_it) {
  commit(*store_, 5, {}, 0);
  commit(*store_, 1'000'000'000'000, {order_of(1)}, 255);
  EXPECT_EQ(store_->position(0).value(), 5U);
  EXPECT_EQ(store_->position(255).value(), 1'000'000'000'000U);
  EXPECT_EQ(store_->position(1).value(), 0U);
  reopen();
  EXPECT_EQ(store_->position(0).value(), 5U);
  EXPECT_EQ(store_->position(255).value(), 1'000'000'000'000U);
}

TEST_P(order_store_conformance, a_position_that_does_not_ascend_is_refused_and_nothing_is_stored) {
  commit(*store_, 5, {order_of(1)});
  for (const std::uint64_t position : {5U, 4U, 0U}) {
    const std::vector<order> changed = {order_of(2)};
    EXPECT_EQ(store_->commit(0, position, changed).error().code, errc::invalid_argument);
  }
  EXPECT_EQ(store_->position(0).value(), 5U);
  EXPECT_EQ(store_->find(reservation_id{2}).value(), std::nullopt);
  EXPECT_EQ(count(*store_, order_status::pending_payment), 1U);
}

TEST_P(order_store_conformance, an_order_without_a_valid_status_is_refused_and_nothing_is_stored) {
  for (const int status : {0, 6, 255}) {
    const std::vector<order> changed = {order_of(1), order_of(2, 1, static_cast<order_status>(status))};
    EXPECT_EQ(store_->commit(0, 1, changed).error().code, errc::invalid_argument);
  }
  EXPECT_EQ(store_->position(0).value(), 0U);
  EXPECT_EQ(store_->find(reservation_id{1}).value(), std::nullopt);
}

TEST_P(order_store_conformance, a_buyers_orders_come_newest_first_and_page_by_page) {
  std::vector<order> orders;
  for (const std::uint64_t id : {30U, 10U, 50U, 20U, 40U}) orders.push_back(order_of(id, 2));
  orders.push_back(order_of(45, 1));
  orders.push_back(order_of(46, 3));
  commit(*store_, 1, orders);

  EXPECT_THAT(of_buyer(*store_, 2), ElementsAre(50, 40, 30, 20, 10));
  EXPECT_THAT(of_buyer(*store_, 2, 2), ElementsAre(50, 40));
  EXPECT_THAT(of_buyer(*store_, 2, 2, 40), ElementsAre(30, 20));
  EXPECT_THAT(of_buyer(*store_, 2, 2, 21), ElementsAre(20, 10));
  EXPECT_THAT(of_buyer(*store_, 2, 2, 10), IsEmpty());
  EXPECT_THAT(of_buyer(*store_, 2, 2, 1), IsEmpty());
  EXPECT_THAT(of_buyer(*store_, 2, 0), IsEmpty());
  EXPECT_THAT(of_buyer(*store_, 4), IsEmpty());
}

TEST_P(order_store_conformance, committed_orders_survive_the_process) {
  for (std::uint64_t i = 1; i <= 50; ++i) commit(*store_, i, {order_of(i)});

  crash_process();

  EXPECT_EQ(store_->position(0).value(), 50U);
  EXPECT_EQ(count(*store_, order_status::pending_payment), 50U);
  EXPECT_EQ(of_buyer(*store_, 1).size(), 50U);
}

TEST_P(order_store_conformance,
       synced_orders_survive_the_machine_and_the_others_go_only_with_their_position) {
  for (std::uint64_t i = 1; i <= 10; ++i) commit(*store_, i, {order_of(i)});
  ASSERT_TRUE(store_->sync());
  for (std::uint64_t i = 11; i <= 20; ++i)
    commit(*store_, i, {order_of(i), order_of(i - 10, 1, order_status::paid)});

  crash_machine();

  const std::uint64_t position = store_->position(0).value();
  ASSERT_GE(position, 10U);
  for (std::uint64_t i = 1; i <= 20; ++i)
    EXPECT_EQ(store_->find(reservation_id{i}).value().has_value(), i <= position) << i;
  EXPECT_EQ(count(*store_, order_status::paid), position - 10);
  EXPECT_EQ(count(*store_, order_status::pending_payment), 10U);
  EXPECT_EQ(of_buyer(*store_, 1).size(), position);
  commit(*store_, 21, {order_of(21)});
}

TEST_P(order_store_conformance, what_one_crash_left_survives_the_next_one) {
  commit(*store_, 1, {order_of(1)});
  crash_process();
  commit(*store_, 2, {order_of(2)});
  ASSERT_TRUE(store_->sync());

  crash_machine();

  EXPECT_THAT(of_buyer(*store_, 1), ElementsAre(2, 1));
}

TEST_P(order_store_conformance, reads_beside_the_writer_see_whole_commits) {
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::uint64_t i = 1; i <= 300; ++i)
      commit(*store_, i, {order_of(2 * i), order_of(2 * i + 1, 1, order_status::paid)});
    done.store(true, std::memory_order_release);
  });
  while (!done.load(std::memory_order_acquire)) {
    const order_counts counts = store_->counts().value();
    EXPECT_EQ(counts[1], counts[2]);
    EXPECT_EQ(of_buyer(*store_, 1, 1'000).size() % 2, 0U);
    const std::uint64_t position = store_->position(0).value();
    EXPECT_TRUE(position == 0 || store_->find(reservation_id{2 * position}).value());
  }
  writer.join();
}

TEST_P(order_store_conformance, a_second_user_is_refused_until_the_first_is_gone) {
  const auto second = backend_->open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::already_open);
  reopen();
}

}  // namespace
}  // namespace seckill::testing
