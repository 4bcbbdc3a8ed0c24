// Every outcome of every command, and the rules of precedence between them.
#include "tests/support/shop.hpp"
#include <seckill/ledger.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace seckill {
namespace {

using namespace testing;

constexpr sku_id a{1};
constexpr sku_id b{2};
const basket one_a{{a, 1}};

item_stock stock_of(std::uint32_t total, std::uint32_t available, std::uint32_t held, std::uint32_t sold) {
  return {total, available, held, sold};
}

// --- reserve ---

TEST(reserve, holds_the_units_until_the_deadline) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 10}}));

  const answer reply = s.reserve(sale, 5, {{a, 3}});

  EXPECT_EQ(reply.code, outcome::reserved);
  EXPECT_FALSE(reply.replayed);
  EXPECT_EQ(reply.at_ms, opens + ttl);
  EXPECT_EQ(s.stock(sale), stock_of(10, 7, 3, 0));
  const auto found = s.books.find(reply.reservation);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->state, reservation_state::held);
  EXPECT_EQ(found->buyer, buyer_id{5});
  EXPECT_EQ(found->lines, (basket{{a, 3}}));
  EXPECT_EQ(s.books.units_of(sale, buyer_id{5}), 3U);
}

TEST(reserve, malformed_requests_are_invalid) {
  ledger_params params;
  params.quantity_max = 100;
  shop s(params);
  const sale_id sale = s.open_sale(sale_of({{1, 10}}));

  EXPECT_EQ(s.reserve(sale, 5, one_a, {}).code, outcome::invalid_request) << "zero request id";
  EXPECT_EQ(s.reserve(sale_id{0}, 5, one_a).code, outcome::invalid_request);
  EXPECT_EQ(s.reserve(sale, 0, one_a).code, outcome::invalid_request);
  EXPECT_EQ(s.reserve(sale, 5, {}).code, outcome::invalid_request);
  EXPECT_EQ(s.reserve(sale, 5, {{sku_id{0}, 1}}).code, outcome::invalid_request);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 0}}).code, outcome::invalid_request);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 101}}).code, outcome::invalid_request);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 1}, {a, 1}}).code, outcome::invalid_request);
  EXPECT_EQ(s.stock(sale), stock_of(10, 10, 0, 0));
}

TEST(reserve, a_repetition_gets_the_original_answer_even_when_sold_out_or_closed) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}, {2, 1}}));
  const answer first = s.reserve(sale, 5, {{a, 1}, {b, 1}}, req(1));

  s.now = closes;
  const answer again = s.reserve(sale, 5, {{b, 1}, {a, 1}}, req(1));

  EXPECT_EQ(again.code, outcome::reserved);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.reservation, first.reservation);
  EXPECT_EQ(again.at_ms, first.at_ms);
  EXPECT_EQ(s.stock(sale), stock_of(1, 0, 1, 0));
}

TEST(reserve, the_same_request_id_for_something_else_is_a_mismatch) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 9}, {2, 9}}));
  const sale_id other = s.open_sale(sale_of({{1, 9}}));
  ASSERT_EQ(s.reserve(sale, 5, one_a, req(1)).code, outcome::reserved);

  EXPECT_EQ(s.reserve(other, 5, one_a, req(1)).code, outcome::request_mismatch);
  EXPECT_EQ(s.reserve(sale, 6, one_a, req(1)).code, outcome::request_mismatch);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 2}}, req(1)).code, outcome::request_mismatch);
  EXPECT_EQ(s.reserve(sale, 5, {{b, 1}}, req(1)).code, outcome::request_mismatch);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 1}, {b, 1}}, req(1)).code, outcome::request_mismatch);
}

TEST(reserve, unknown_sales_and_skus_are_not_found) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 9}}));

  EXPECT_EQ(s.reserve(sale_id{99}, 5, one_a).code, outcome::sale_not_found);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 1}, {b, 1}}).code, outcome::sku_not_found);
  EXPECT_EQ(s.stock(sale), stock_of(9, 9, 0, 0)) << "all or nothing";
}

TEST(reserve, a_sale_sells_only_within_its_window_and_when_switched_on) {
  shop s;
  s.now = opens - 1;
  const sale_id sale = s.open_sale(sale_of({{1, 9}}));

  const answer early = s.reserve(sale, 5, one_a);
  EXPECT_EQ(early.code, outcome::sale_not_open);
  EXPECT_EQ(early.at_ms, opens);
  s.now = opens;
  EXPECT_EQ(s.reserve(sale, 5, one_a).code, outcome::reserved);
  ASSERT_EQ(s.turn(sale, sale_switch::paused).code, outcome::applied);
  EXPECT_EQ(s.reserve(sale, 5, one_a).code, outcome::sale_paused);
  ASSERT_EQ(s.turn(sale, sale_switch::running).code, outcome::applied);
  s.now = closes - 1;
  EXPECT_EQ(s.reserve(sale, 5, one_a).code, outcome::reserved);
  s.now = closes;
  EXPECT_EQ(s.reserve(sale, 5, one_a).code, outcome::sale_closed);
}

TEST(reserve, the_limit_counts_units_over_the_whole_sale) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 9}, {2, 9}}, 3));

  EXPECT_EQ(s.reserve(sale, 5, {{a, 4}}).code, outcome::limit_exceeded);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 2}}).code, outcome::reserved);
  EXPECT_EQ(s.reserve(sale, 5, {{a, 1}, {b, 1}}).code, outcome::limit_exceeded);
  EXPECT_EQ(s.reserve(sale, 5, {{b, 1}}).code, outcome::reserved);
  EXPECT_EQ(s.reserve(sale, 5, {{b, 1}}).code, outcome::limit_exceeded);
  EXPECT_EQ(s.reserve(sale, 6, {{b, 3}}).code, outcome::reserved) << "another buyer's limit is another";
}

TEST(reserve, limit_comes_before_stock_and_sku_before_limit) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}, 1));
  ASSERT_EQ(s.reserve(sale, 5, one_a).code, outcome::reserved);

  EXPECT_EQ(s.reserve(sale, 5, one_a).code, outcome::limit_exceeded);
  EXPECT_EQ(s.reserve(sale, 6, one_a).code, outcome::all_held);
  EXPECT_EQ(s.reserve(sale, 5, {{b, 1}}).code, outcome::sku_not_found);
}

TEST(reserve, shortage_tells_what_may_come_back) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 2}}));
  const answer first = s.reserve(sale, 5, one_a);

  EXPECT_EQ(s.reserve(sale, 6, {{a, 2}}).code, outcome::insufficient);
  s.now += 100;
  const answer second = s.reserve(sale, 6, one_a);
  const answer held = s.reserve(sale, 7, one_a);
  EXPECT_EQ(held.code, outcome::all_held);
  EXPECT_EQ(held.at_ms, first.at_ms) << "the oldest hold lapses first";
  s.confirm(first.reservation, "p1");
  s.confirm(second.reservation, "p2");
  EXPECT_EQ(s.reserve(sale, 7, one_a).code, outcome::sold_out);
  s.restock(sale, 1, 1);
  EXPECT_EQ(s.reserve(sale, 7, one_a).code, outcome::reserved) << "no sticky sold-out";
}

TEST(reserve, a_basket_is_taken_wholly_or_not_at_all) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}, {2, 1}}));

  EXPECT_EQ(s.reserve(sale, 5, {{a, 2}, {b, 2}}).code, outcome::insufficient);
  EXPECT_EQ(s.stock(sale, 0), stock_of(5, 5, 0, 0));
  EXPECT_EQ(s.reserve(sale, 5, {{a, 2}, {b, 1}}).code, outcome::reserved);
  EXPECT_EQ(s.stock(sale, 0), stock_of(5, 3, 2, 0));
  EXPECT_EQ(s.stock(sale, 1), stock_of(1, 0, 1, 0));
}

TEST(reserve, baskets_of_eight_lines_come_back_whole) {
  shop s;
  std::vector<testing::item> items;
  basket lines;
  for (std::uint32_t i = 1; i <= 8; ++i) {
    items.push_back({i, 100});
    lines.push_back({sku_id{i}, i});
  }
  const sale_id sale = s.open_sale(sale_of(items));

  const answer reply = s.reserve(sale, 5, lines);
  EXPECT_EQ(s.books.find(reply.reservation)->lines, lines);
  s.cancel(reply.reservation);

  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(s.stock(sale, i), stock_of(100, 100, 0, 0));
}

TEST(reserve, refusals_leave_no_trace) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}, 1));
  ASSERT_EQ(s.reserve(sale, 5, one_a).code, outcome::reserved);
  const std::uint64_t before = s.books.state_hash();
  const std::size_t journal_before = s.journal.bytes().size();

  for (std::uint64_t i = 0; i < 100'000; ++i) ASSERT_FALSE(is_success(s.reserve(sale, i + 6, one_a).code));
  ASSERT_EQ(s.reserve(sale_id{99}, 5, one_a).code, outcome::sale_not_found);

  EXPECT_EQ(s.books.state_hash(), before);
  EXPECT_EQ(s.journal.bytes().size(), journal_before);
}

// --- confirm ---

TEST(confirm, sells_the_units) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  const answer held = s.reserve(sale, 5, {{a, 2}});

  const answer reply = s.confirm(held.reservation, "p1");

  EXPECT_EQ(reply.code, outcome::confirmed);
  EXPECT_EQ(reply.reservation, held.reservation);
  EXPECT_EQ(s.stock(sale), stock_of(5, 3, 0, 2));
  EXPECT_EQ(s.state_of(held.reservation), reservation_state::confirmed);
  s.now += ttl;
  EXPECT_EQ(s.expire(), 0U) << "what is paid does not expire";
}

TEST(confirm, the_same_payment_again_is_a_replay_another_is_a_mismatch) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  const answer held = s.reserve(sale, 5, one_a);
  s.confirm(held.reservation, "p1");

  s.now += 10 * ttl;
  const answer again = s.confirm(held.reservation, "p1");
  EXPECT_EQ(again.code, outcome::confirmed);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(s.confirm(held.reservation, "p2").code, outcome::payment_mismatch);
  EXPECT_EQ(s.stock(sale), stock_of(5, 4, 0, 1));
}

TEST(confirm, malformed_and_unknown_are_refused) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  const answer held = s.reserve(sale, 5, {{a, 2}});

  EXPECT_EQ(s.books.confirm({held.reservation, {}, {}}, s.now, s.journal).code, outcome::invalid_request);
  EXPECT_EQ(s.confirm(held.reservation, "p", {{a, 3}}).code, outcome::invalid_request);
  EXPECT_EQ(s.confirm(held.reservation, "p", {{b, 1}}).code, outcome::invalid_request);
  EXPECT_EQ(s.confirm(held.reservation, "p", {{a, 0}}).code, outcome::invalid_request);
  EXPECT_EQ(s.confirm(reservation_id{}, "p").code, outcome::reservation_not_found);
  EXPECT_EQ(s.confirm(reservation_id{to_integer(held.reservation) + 1}, "p").code,
            outcome::reservation_not_found);
}

TEST(confirm, a_part_keeps_a_part_and_releases_the_rest) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}, {2, 5}}, 4));
  const answer held = s.reserve(sale, 5, {{a, 2}, {b, 2}}, req(1));

  EXPECT_EQ(s.confirm(held.reservation, "p1", {{b, 1}}).code, outcome::confirmed);

  EXPECT_EQ(s.stock(sale, 0), stock_of(5, 5, 0, 0));
  EXPECT_EQ(s.stock(sale, 1), stock_of(5, 4, 0, 1));
  EXPECT_EQ(s.books.units_of(sale, buyer_id{5}), 1U) << "the limit is given back";
  EXPECT_EQ(s.books.find(held.reservation)->lines, (basket{{b, 1}}));
  EXPECT_TRUE(s.reserve(sale, 5, {{a, 2}, {b, 2}}, req(1)).replayed) << "the original content still replays";
}

TEST(confirm, after_a_cancel_is_refused) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  const answer held = s.reserve(sale, 5, one_a);
  s.cancel(held.reservation);

  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::already_cancelled);
  EXPECT_EQ(s.stock(sale), stock_of(5, 5, 0, 0));
}

TEST(confirm, works_while_the_sale_is_paused_or_closed) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  const answer first = s.reserve(sale, 5, one_a);
  const answer second = s.reserve(sale, 6, one_a);
  const answer third = s.reserve(sale, 7, one_a);

  s.turn(sale, sale_switch::paused);
  EXPECT_EQ(s.confirm(first.reservation, "p1").code, outcome::confirmed);
  s.turn(sale, sale_switch::closed);
  EXPECT_EQ(s.confirm(second.reservation, "p2").code, outcome::confirmed);
  EXPECT_EQ(s.cancel(third.reservation).code, outcome::cancelled);
}

// --- late payment: at the deadline the hold is dead, whether or not the sweep has come by ---

TEST(late_confirm, one_millisecond_before_the_deadline_is_in_time) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  const answer held = s.reserve(sale, 5, one_a);
  s.now = held.at_ms - 1;
  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::confirmed);
}

TEST(late_confirm, before_the_sweep_takes_the_units_again) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  const answer held = s.reserve(sale, 5, one_a);
  s.now = held.at_ms;

  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::confirmed_late);
  EXPECT_EQ(s.stock(sale), stock_of(1, 0, 0, 1));
  EXPECT_TRUE(s.confirm(held.reservation, "p1").replayed);
  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::confirmed_late);
  EXPECT_EQ(s.expire(), 0U);
}

TEST(late_confirm, after_the_sweep_takes_the_units_again_if_they_are_there) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  const answer held = s.reserve(sale, 5, one_a);
  s.now = held.at_ms;
  ASSERT_EQ(s.expire(), 1U);

  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::confirmed_late);
  EXPECT_EQ(s.stock(sale), stock_of(1, 0, 0, 1));
}

TEST(late_confirm, after_resale_is_unfulfilled) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  const answer held = s.reserve(sale, 5, one_a);
  s.now = held.at_ms;
  s.expire();
  ASSERT_EQ(s.reserve(sale, 6, one_a).code, outcome::reserved);

  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::unfulfilled);
  EXPECT_TRUE(s.confirm(held.reservation, "p1").replayed);
  EXPECT_EQ(s.confirm(held.reservation, "p2").code, outcome::payment_mismatch);
  EXPECT_EQ(s.state_of(held.reservation), reservation_state::unfulfilled);
  EXPECT_EQ(s.stock(sale), stock_of(1, 0, 1, 0));
}

TEST(late_confirm, beyond_the_limit_is_unfulfilled) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}, 1));
  const answer held = s.reserve(sale, 5, one_a);
  s.now = held.at_ms;
  s.expire();
  ASSERT_EQ(s.reserve(sale, 5, one_a).code, outcome::reserved) << "the expiry gave the limit back";

  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::unfulfilled);
}

TEST(late_confirm, a_sale_that_refuses_late_payments_gives_the_units_back) {
  shop s;
  sale_definition strict = sale_of({{1, 1}});
  strict.late = late_payment::refuse;
  const sale_id sale = s.open_sale(strict);
  const answer held = s.reserve(sale, 5, one_a);
  s.now = held.at_ms;

  EXPECT_EQ(s.confirm(held.reservation, "p1").code, outcome::unfulfilled);
  EXPECT_EQ(s.stock(sale), stock_of(1, 1, 0, 0));
}

TEST(late_confirm, after_the_window_still_sells_but_not_when_the_operator_stopped) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 2}}));
  s.now = closes - 1;
  const answer first = s.reserve(sale, 5, one_a);
  const answer second = s.reserve(sale, 6, one_a);
  s.now = first.at_ms;

  EXPECT_EQ(s.confirm(first.reservation, "p1").code, outcome::confirmed_late);
  s.turn(sale, sale_switch::closed);
  EXPECT_EQ(s.confirm(second.reservation, "p2").code, outcome::unfulfilled);
}

TEST(late_confirm, a_part_may_still_be_there) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 2}, {2, 1}}));
  const answer held = s.reserve(sale, 5, {{a, 2}, {b, 1}});
  s.now = held.at_ms;
  s.expire();
  ASSERT_EQ(s.reserve(sale, 6, {{b, 1}}).code, outcome::reserved);

  EXPECT_EQ(s.confirm(held.reservation, "p1", one_a).code, outcome::confirmed_late);
  EXPECT_EQ(s.stock(sale, 0), stock_of(2, 1, 0, 1));
  EXPECT_EQ(s.books.units_of(sale, buyer_id{5}), 1U);
}

// --- cancel ---

TEST(cancel, gives_units_and_limit_back_once) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}, 1));
  const answer held = s.reserve(sale, 5, one_a);

  EXPECT_EQ(s.cancel(held.reservation).code, outcome::cancelled);
  const answer again = s.cancel(held.reservation);
  EXPECT_EQ(again.code, outcome::cancelled);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(s.stock(sale), stock_of(1, 1, 0, 0));
  EXPECT_EQ(s.reserve(sale, 5, one_a).code, outcome::reserved);
}

TEST(cancel, what_has_ended_otherwise_says_so) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 3}}));
  const answer paid = s.reserve(sale, 5, one_a);
  const answer swept = s.reserve(sale, 6, one_a);
  s.confirm(paid.reservation, "p1");
  s.now = swept.at_ms;

  EXPECT_EQ(s.cancel(swept.reservation).code, outcome::already_expired) << "dead before the sweep";
  EXPECT_EQ(s.state_of(swept.reservation), reservation_state::expired);
  s.expire();
  EXPECT_EQ(s.cancel(swept.reservation).code, outcome::already_expired);
  EXPECT_EQ(s.cancel(paid.reservation).code, outcome::already_confirmed);
  EXPECT_EQ(s.cancel(reservation_id{12345}).code, outcome::reservation_not_found);
}

TEST(cancel_request, cancels_without_knowing_the_reservation_id) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  const sale_id other = s.open_sale(sale_of({{1, 1}}));
  s.reserve(sale, 5, one_a, req(1));

  EXPECT_EQ(s.cancel_request(sale_id{99}, req(1)).code, outcome::sale_not_found);
  EXPECT_EQ(s.cancel_request(other, req(1)).code, outcome::request_mismatch);
  EXPECT_EQ(s.cancel_request(sale, {}).code, outcome::invalid_request);
  EXPECT_EQ(s.cancel_request(sale, req(1)).code, outcome::cancelled);
  EXPECT_TRUE(s.cancel_request(sale, req(1)).replayed);
  EXPECT_EQ(s.stock(sale), stock_of(1, 1, 0, 0));
}

TEST(cancel_request, that_overtakes_its_reserve_refuses_it) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));

  EXPECT_EQ(s.cancel_request(sale, req(1)).code, outcome::cancelled);
  EXPECT_TRUE(s.cancel_request(sale, req(1)).replayed);
  EXPECT_EQ(s.reserve(sale, 5, one_a, req(1)).code, outcome::already_cancelled);
  EXPECT_EQ(s.stock(sale), stock_of(1, 1, 0, 0));
}

TEST(cancel_request, tombstones_lapse) {
  ledger_params params;
  params.tombstone_ttl_ms = 100;
  shop s(params);
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  s.cancel_request(sale, req(1));

  s.now += 99;
  EXPECT_EQ(s.reserve(sale, 5, one_a, req(1)).code, outcome::already_cancelled);
  s.now += 1;
  EXPECT_EQ(s.reserve(sale, 5, one_a, req(1)).code, outcome::reserved);
}

TEST(cancel_request, tombstones_are_bounded_and_the_oldest_goes_first) {
  ledger_params params;
  params.tombstones_max = 3;
  shop s(params);
  const sale_id sale = s.open_sale(sale_of({{1, 9}}));

  for (std::uint64_t i = 1; i <= 4; ++i) EXPECT_EQ(s.cancel_request(sale, req(i)).code, outcome::cancelled);

  EXPECT_EQ(s.reserve(sale, 5, one_a, req(1)).code, outcome::reserved) << "forgotten";
  EXPECT_EQ(s.reserve(sale, 5, one_a, req(2)).code, outcome::already_cancelled);
  EXPECT_TRUE(s.books.audit().empty());
}

// --- expire ---

TEST(expire, returns_units_at_the_deadline_in_order_and_never_early) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 3}}));
  std::vector<reservation_id> ids;
  for (std::uint64_t i = 0; i < 3; ++i, s.now += 10) ids.push_back(s.reserve(sale, i + 1, one_a).reservation);
  s.journal.clear();

  s.now = opens + ttl - 1;
  EXPECT_EQ(s.expire(), 0U);
  s.now = opens + ttl + 10;
  EXPECT_EQ(s.expire(1), 1U) << "bounded";
  EXPECT_EQ(s.expire(), 1U);
  EXPECT_EQ(s.state_of(ids[0]), reservation_state::expired);
  EXPECT_EQ(s.state_of(ids[1]), reservation_state::expired);
  EXPECT_EQ(s.state_of(ids[2]), reservation_state::held);
  EXPECT_EQ(s.stock(sale), stock_of(3, 2, 1, 0));
  EXPECT_EQ(s.books.next_expiry(), opens + ttl + 20);

  event fact;
  event_reader reader(s.journal.bytes(), 1, 0);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(reader.next(fact).has_value());
    EXPECT_EQ(std::get<reservation_expired>(fact.body).reservation, ids[static_cast<std::size_t>(i)]);
  }
}

TEST(expire, goes_by_deadline_over_all_sales) {
  shop s;
  sale_definition slow = sale_of({{1, 5}});
  slow.reservation_ttl_ms = 1'000;
  const sale_id first = s.open_sale(slow);
  const sale_id second = s.open_sale(sale_of({{1, 5}}));
  const answer late = s.reserve(first, 1, one_a);
  s.now += 100;
  const answer soon = s.reserve(second, 2, one_a);

  s.now = late.at_ms;
  s.journal.clear();
  EXPECT_EQ(s.expire(), 2U);

  event fact;
  event_reader reader(s.journal.bytes(), 1, 0);
  ASSERT_TRUE(reader.next(fact).has_value());
  EXPECT_EQ(std::get<reservation_expired>(fact.body).reservation, soon.reservation);
}

TEST(expire, a_clock_that_goes_back_changes_nothing) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  s.now = opens + 400;
  const answer held = s.reserve(sale, 5, one_a);
  s.now = opens;

  EXPECT_EQ(s.reserve(sale, 6, one_a).code, outcome::all_held);
  EXPECT_EQ(held.at_ms, opens + 400 + ttl);
  EXPECT_EQ(s.expire(), 0U);
}

// --- the operator ---

TEST(create_sale, is_made_once_and_numbered) {
  shop s;
  const auto definition = sale_of({{1, 5}});

  const answer first = s.books.create_sale({req(1), {}, definition}, s.now, s.journal);
  const answer again = s.books.create_sale({req(1), {}, definition}, s.now, s.journal);
  const answer second = s.books.create_sale({req(2), {}, definition}, s.now, s.journal);
  const answer chosen = s.books.create_sale({req(3), sale_id{77}, definition}, s.now, s.journal);

  EXPECT_EQ(first.code, outcome::applied);
  EXPECT_EQ(first.sale, sale_id{1});
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.sale, first.sale);
  EXPECT_EQ(second.sale, sale_id{2});
  EXPECT_EQ(chosen.sale, sale_id{77});
  EXPECT_EQ(s.books.create_sale({req(4), sale_id{77}, definition}, s.now, s.journal).code,
            outcome::sale_exists);
  EXPECT_EQ(s.books.sales(), (std::vector<sale_id>{sale_id{1}, sale_id{2}, sale_id{77}}));
}

TEST(create_sale, a_request_id_used_for_anything_else_is_a_mismatch) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  s.reserve(sale, 5, one_a, req(1));
  s.cancel_request(sale, req(2));
  const auto create = [&](request_id request, sale_definition definition) {
    return s.books.create_sale({request, {}, definition}, s.now, s.journal).code;
  };

  EXPECT_EQ(create(req(1), sale_of({{1, 5}})), outcome::request_mismatch);
  EXPECT_EQ(create(req(2), sale_of({{1, 5}})), outcome::request_mismatch);
  EXPECT_EQ(create(req(3), sale_of({{1, 5}})), outcome::applied);
  EXPECT_EQ(create(req(3), sale_of({{1, 6}})), outcome::request_mismatch);
  EXPECT_EQ(s.reserve(sale, 5, one_a, req(3)).code, outcome::request_mismatch);
  EXPECT_EQ(s.cancel_request(sale, req(3)).code, outcome::request_mismatch);
}

TEST(create_sale, nonsense_is_invalid) {
  shop s;
  const auto refused = [&](auto&& spoil) {
    sale_definition sale = sale_of({{1, 5}, {2, 5}});
    spoil(sale);
    return s.books.create_sale({req(1), {}, sale}, s.now, s.journal).code;
  };
  using def = sale_definition;
  EXPECT_EQ(refused([](def& d) { d.title.clear(); }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.title.assign(801, 'x'); }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.closes_at_ms = d.opens_at_ms; }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.opens_at_ms = 0; }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.reservation_ttl_ms = 0; }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.currency = {'e', 'u', 'r'}; }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.items.clear(); }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.items[1].sku = d.items[0].sku; }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.items[0].sku = {}; }), outcome::invalid_request);
  EXPECT_EQ(refused([](def& d) { d.items[0].price_minor = -1; }), outcome::invalid_request);
  EXPECT_EQ(refused([](def&) {}), outcome::applied) << "a refusal does not use the request id up";
}

TEST(create_sale, bounds_are_kept_so_that_a_reserve_never_lacks_room) {
  ledger_params params;
  params.stock_max = 10;
  params.sales_max = 2;
  shop s(params);

  EXPECT_EQ(to_integer(s.open_sale(sale_of({{1, 11}}))), 0U);
  EXPECT_EQ(s.open_sale(sale_of({{1, 6}})), sale_id{1});
  const auto more = sale_of({{1, 5}});
  EXPECT_EQ(s.books.create_sale({req(1), {}, more}, s.now, s.journal).code, outcome::capacity_exceeded);
  EXPECT_EQ(s.restock(sale_id{1}, 1, 5).code, outcome::capacity_exceeded);
  EXPECT_EQ(s.restock(sale_id{1}, 1, 4).code, outcome::applied);
  EXPECT_EQ(s.open_sale(sale_of({{1, 0}})), sale_id{2});
  const auto empty = sale_of({{1, 0}});
  EXPECT_EQ(s.books.create_sale({req(2), {}, empty}, s.now, s.journal).code, outcome::capacity_exceeded);
}

TEST(create_sale, shards_choose_ids_that_lead_back_to_them) {
  ledger_params params;
  params.shard = 1;
  params.shard_count = 3;
  shop s(params);
  const auto definition = sale_of({{1, 5}});

  EXPECT_EQ(s.open_sale(sale_of({{1, 5}})), sale_id{2});
  EXPECT_EQ(s.open_sale(sale_of({{1, 5}})), sale_id{5});
  EXPECT_EQ(s.books.create_sale({req(1), sale_id{3}, definition}, s.now, s.journal).code,
            outcome::invalid_request);
  EXPECT_EQ(ledger_of(s.reserve(sale_id{2}, 5, one_a).reservation), 1U);
}

TEST(restock, moves_the_total_up_and_down_but_takes_only_what_is_available) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  s.reserve(sale, 5, {{a, 2}});

  EXPECT_EQ(s.restock(sale, 1, -4).code, outcome::insufficient);
  EXPECT_EQ(s.restock(sale, 1, -3).code, outcome::applied);
  EXPECT_EQ(s.stock(sale), stock_of(2, 0, 2, 0));
  EXPECT_EQ(s.restock(sale, 1, 7).code, outcome::applied);
  EXPECT_EQ(s.stock(sale), stock_of(9, 7, 2, 0));
  EXPECT_EQ(s.restock(sale, 1, 0).code, outcome::invalid_request);
  EXPECT_EQ(s.restock(sale, 2, 1).code, outcome::sku_not_found);
  EXPECT_EQ(s.restock(sale_id{99}, 1, 1).code, outcome::sale_not_found);
}

TEST(restock, a_repetition_changes_nothing) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  const auto restock = [&](std::int64_t delta) {
    return s.books.restock({req(1), sale, a, delta}, s.now, s.journal);
  };

  EXPECT_EQ(restock(3).code, outcome::applied);
  EXPECT_TRUE(restock(3).replayed);
  EXPECT_EQ(restock(4).code, outcome::request_mismatch);
  EXPECT_EQ(s.stock(sale), stock_of(8, 8, 0, 0));
}

TEST(restock, repetitions_are_recognised_among_the_latest_commands) {
  ledger_params params;
  params.operator_requests_max = 4;
  shop s(params);
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  const auto restock = [&](std::uint64_t number) {
    return s.books.restock({req(number), sale, a, 1}, s.now, s.journal);
  };
  for (std::uint64_t i = 1; i <= 5; ++i) restock(i);

  EXPECT_TRUE(restock(2).replayed);
  EXPECT_FALSE(restock(1).replayed) << "forgotten, as the bound says";
}

TEST(switch_sale, closed_is_final) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));

  EXPECT_EQ(s.turn(sale, sale_switch::closed).code, outcome::applied);
  EXPECT_EQ(s.turn(sale, sale_switch::running).code, outcome::sale_closed);
  EXPECT_EQ(s.reserve(sale, 5, one_a).code, outcome::sale_closed);
  EXPECT_EQ(s.turn(sale_id{99}, sale_switch::paused).code, outcome::sale_not_found);
  EXPECT_EQ(s.turn(sale, static_cast<sale_switch>(3)).code, outcome::invalid_request);
}

// --- bounds ---

TEST(memory, is_bounded_by_stock_whatever_buyers_do) {
  ledger_params params;
  params.stock_max = 10;
  params.remembered_max = 5;
  params.tombstones_max = 2;
  shop s(params);
  sale_definition long_sale = sale_of({{1, 10}});
  long_sale.closes_at_ms = 10'000'000;
  const sale_id sale = s.open_sale(long_sale);

  reservation_id oldest{};
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    const answer held = s.reserve(sale, i, one_a, req(i));
    ASSERT_EQ(held.code, outcome::reserved);
    if (i == 1) oldest = held.reservation;
    if (i % 2 == 0)
      s.cancel(held.reservation);
    else
      s.now = held.at_ms, s.expire();
  }

  EXPECT_FALSE(s.books.find(oldest).has_value()) << "long forgotten";
  EXPECT_EQ(s.cancel(oldest).code, outcome::reservation_not_found) << "not another's reservation";
  EXPECT_TRUE(s.reserve(sale, 10'000, one_a, req(10'000)).replayed) << "the latest are remembered";
  EXPECT_TRUE(s.books.audit().empty());
}

TEST(params, nonsense_is_refused_by_name) {
  const auto refused = [](auto&& spoil) {
    ledger_params params;
    spoil(params);
    try {
      ledger broken(params);
    } catch (const std::invalid_argument& failed) {
      return std::string(failed.what());
    }
    return std::string();
  };
  EXPECT_NE(refused([](ledger_params& p) { p.stock_max = 0; }).find("stock_max"), std::string::npos);
  EXPECT_NE(refused([](ledger_params& p) { p.quantity_max = 65'536; }).find("quantity_max"),
            std::string::npos);
  EXPECT_NE(refused([](ledger_params& p) { p.shard = 1; }).find("shard"), std::string::npos);
  EXPECT_NE(refused([](ledger_params& p) { p.tombstones_max = 0; }).find("tombstones_max"),
            std::string::npos);
  EXPECT_NE(refused([](ledger_params& p) { p.sales_max = 0; }).find("sales_max"), std::string::npos);
}

TEST(changes, are_reported_once_each) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}, {2, 5}}));
  std::vector<std::pair<sale_id, int>> seen;
  const auto drain = [&] {
    seen.clear();
    s.books.drain_changes([&](sale_id where, std::uint16_t item) { seen.emplace_back(where, item); });
  };
  drain();
  EXPECT_EQ(seen.size(), 2U);

  s.reserve(sale, 5, {{b, 1}});
  s.reserve(sale, 6, {{b, 1}});
  drain();
  EXPECT_EQ(seen, (std::vector<std::pair<sale_id, int>>{{sale, 1}}));
  s.turn(sale, sale_switch::paused);
  drain();
  EXPECT_EQ(seen, (std::vector<std::pair<sale_id, int>>{{sale, 0}}));
  drain();
  EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace seckill
