#include "tests/support/bytes_snapshot.hpp"
#include "tests/support/shop.hpp"

#include <gtest/gtest.h>

namespace seckill::testing {
namespace {

bytes_snapshot saved(const ledger& books) {
  bytes_snapshot to;
  EXPECT_TRUE(books.save(to));
  return to;
}

result<ledger> loaded(const ledger_params& bounds, const bytes_snapshot& from) {
  bytes_snapshot::source source(from);
  return ledger::load(bounds, source);
}

TEST(ledger_store, an_operator_log_that_was_full_goes_on_under_a_wider_bound) {
  ledger_params narrow;
  narrow.operator_requests_max = 3;
  shop at(narrow);
  const sale_id sale = at.open_sale(sale_of({{1, 10}}));
  for (int i = 0; i < 5; ++i) at.restock(sale, 1, 1);
  const request_id last = req(1'000'005);

  ledger_params wide = narrow;
  wide.operator_requests_max = 8;
  auto grown = loaded(wide, saved(at.books));
  ASSERT_TRUE(grown) << grown.error().text;

  auto again = loaded(wide, saved(*grown));
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->state_hash(), grown->state_hash());
  event_buffer events;
  EXPECT_TRUE(again->restock({last, sale, sku_id{1}, 1}, at.now, events).replayed);
  for (std::uint64_t i = 0; i < 20; ++i)
    EXPECT_EQ(again->restock({req(i + 1), sale, sku_id{1}, 1}, at.now, events).code, outcome::applied);
  EXPECT_TRUE(loaded(wide, saved(*again)));
}

TEST(ledger_store, tombstones_beyond_their_bound_are_refused) {
  ledger_params wide;
  wide.tombstones_max = 4;
  shop at(wide);
  const sale_id sale = at.open_sale(sale_of({{1, 10}}));
  for (std::uint64_t i = 1; i <= 4; ++i) at.cancel_request(sale, req(i));

  ledger_params narrow = wide;
  narrow.tombstones_max = 3;
  narrow.stock_max += 1;  // as many slots together
  const auto shrunk = loaded(narrow, saved(at.books));

  ASSERT_FALSE(shrunk);
  EXPECT_EQ(shrunk.error().code, errc::capacity_exceeded);
  EXPECT_NE(shrunk.error().text.find("tombstones_max must be at least 4"), std::string::npos);
}

TEST(ledger_store, fewer_items_per_sale_are_refused_with_the_bound_s_name) {
  shop at;
  at.open_sale(sale_of({{1, 10}, {2, 10}, {3, 10}}));
  ledger_params narrow;
  narrow.items_per_sale_max = 2;

  const auto shrunk = loaded(narrow, saved(at.books));
  ledger fresh(narrow);
  const auto replayed =
      fresh.apply({1, opens, sale_created{req(1), sale_id{1}, sale_of({{1, 1}, {2, 1}, {3, 1}})}});

  ASSERT_FALSE(shrunk);
  EXPECT_EQ(shrunk.error().code, errc::capacity_exceeded);
  EXPECT_EQ(shrunk.error().text, "ledger_params.items_per_sale_max must be at least 3");
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().code, errc::capacity_exceeded);
}

}  // namespace
}  // namespace seckill::testing
