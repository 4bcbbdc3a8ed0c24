// Whatever a ledger accepts, its replay and its snapshot accept too.
#include "tests/support/malformed_commands.hpp"

#include "tests/support/bytes_snapshot.hpp"
#include "tests/support/shop.hpp"

#include <gtest/gtest.h>

namespace seckill::testing {
namespace {

ledger_params small(std::uint8_t shard, std::uint8_t shard_count) {
  ledger_params params;
  params.shard = shard;
  params.shard_count = shard_count;
  params.stock_max = 200;
  params.remembered_max = 20;
  params.tombstones_max = 5;
  params.operator_requests_max = 10;
  params.sales_max = 12;
  params.items_per_sale_max = 10;
  params.quantity_max = 65'535;
  return params;
}

// Replays what the last command emitted, from its stored form.
void replay(const event_buffer& emitted, time_ms at_ms, ledger& copy) {
  event_reader reader(emitted.bytes(), copy.last_sequence() + 1, at_ms);
  while (!reader.done()) {
    event fact;
    const auto read = reader.next(fact);
    ASSERT_TRUE(read) << read.error().text;
    const auto applied = copy.apply(fact);
    ASSERT_TRUE(applied) << applied.error().text;
  }
}

std::size_t live(std::uint64_t seed, int steps, const ledger_params& params) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  malformed_commands any(seed);
  ledger books(params);
  ledger copy(params);
  time_ms now = opens;
  std::size_t accepted = 0;
  for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
    event_buffer emitted;
    now = any.time(std::min(now, closes));
    const answer reply = books.execute(any.next(), now, emitted);
    if (any.chance(20)) books.expire(now, 3, emitted);
    if (reply.code == outcome::reserved) any.remember(reply.reservation);
    accepted += emitted.count();
    replay(emitted, books.now_ms(), copy);
  }
  EXPECT_EQ(copy.state_hash(), books.state_hash());
  EXPECT_EQ(books.audit(), std::vector<std::string>{});
  bytes_snapshot snapshot;
  EXPECT_TRUE(books.save(snapshot));
  bytes_snapshot::source source(snapshot);
  const auto loaded = ledger::load(params, source);
  EXPECT_TRUE(loaded) << loaded.error().text;
  EXPECT_TRUE(loaded && loaded->state_hash() == books.state_hash());
  return accepted;
}

TEST(malformed_commands, what_is_accepted_replays_and_loads) {
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) accepted += live(seed, 300, small(0, 1));
  EXPECT_GT(accepted, 2'000U);
}

TEST(malformed_commands, what_a_shard_accepts_replays_and_loads) {
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) accepted += live(seed, 300, small(1, 2));
  EXPECT_GT(accepted, 1'000U);
}

TEST(malformed_commands, ids_at_the_end_of_their_range_leave_room_for_chosen_ones) {
  for (std::uint8_t shard = 0; shard < 3; ++shard) {
    shop s(small(shard, 3));
    std::vector<sale_id> ids;
    for (std::uint64_t last = ~std::uint64_t{0}; ids.empty(); --last) {
      const answer given = s.books.create_sale({req(1), sale_id{last}, sale_of({{1, 1}})}, s.now, s.journal);
      if (given.code == outcome::applied) ids.push_back(given.sale);
    }
    for (int i = 0; i < 5; ++i) ids.push_back(s.open_sale(sale_of({{1, 1}})));
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
    EXPECT_EQ(s.books.sales(), ids);
    for (const sale_id each : ids) EXPECT_EQ((to_integer(each) - 1) % 3, shard);
  }
}

TEST(malformed_commands, the_caller_may_use_its_definition_for_the_next_sale) {
  shop s;
  sale_definition mine = sale_of({{1, 5}});
  const answer first = s.books.create_sale({req(1), {}, mine}, s.now, s.journal);
  const event fact{1, s.now, sale_created{req(1), sale_id{1}, mine}};
  ledger replayed({});
  ASSERT_TRUE(replayed.apply(fact));

  mine.title = "another";
  mine.items[0].sku = sku_id{9};
  mine.items[0].price_minor = 1;
  mine.reservation_ttl_ms = 1;

  for (const ledger* books : {&s.books, &replayed}) {
    const sale_view seen = books->find_sale(first.sale).value();
    EXPECT_EQ(seen.definition->title, "drop");
    EXPECT_EQ(seen.definition->items[0].sku, sku_id{1});
    EXPECT_EQ(seen.definition->reservation_ttl_ms, ttl);
  }
}

// --- what validate() says ---

std::string fault(auto&& spoil) {
  create_sale_command made{req(1), {}, sale_of({{1, 5}, {2, 5}})};
  spoil(made);
  const auto checked = validate(made, small(0, 2));
  return checked ? "" : checked.error().text;
}

TEST(validate_creation, names_the_field_and_its_rule) {
  using create = create_sale_command;
  EXPECT_EQ(fault([](create&) {}), "");
  EXPECT_EQ(fault([](create& c) { c.request = {}; }), "request: must not be zero");
  EXPECT_EQ(fault([](create& c) { c.sale = sale_id{2}; }), "sale: id 2 belongs to another shard");
  EXPECT_EQ(fault([](create& c) { c.definition.title.clear(); }), "title: must be 1 to 800 bytes, not 0");
  EXPECT_EQ(fault([](create& c) { c.definition.title = "\xff"; }), "title: must be UTF-8");
  EXPECT_EQ(fault([](create& c) { c.definition.opens_at_ms = 0; }), "opens_at_ms: must be above 0");
  EXPECT_EQ(fault([](create& c) { c.definition.closes_at_ms = opens; }),
            "closes_at_ms: must be later than opens_at_ms");
  EXPECT_EQ(fault([](create& c) { c.definition.reservation_ttl_ms = 0; }),
            "reservation_ttl_ms: must be 1 to 2305843009213693951");
  EXPECT_EQ(fault([](create& c) { c.definition.late = static_cast<late_payment>(2); }),
            "late: must be late_payment::resell or late_payment::refuse");
  EXPECT_EQ(fault([](create& c) {
              c.definition.currency = {'e', 'u', 'r'};
            }),
            "currency: must be an ISO 4217 code of three capital letters");
  EXPECT_EQ(fault([](create& c) { c.definition.items.clear(); }),
            "items: must be 1 to 10 (ledger_params.items_per_sale_max), not 0");
  EXPECT_EQ(fault([](create& c) { c.definition.items[1].sku = {}; }), "items[1].sku: must not be 0");
  EXPECT_EQ(fault([](create& c) { c.definition.items[1].sku = sku_id{1}; }),
            "items[1].sku: must differ from items[0].sku");
  EXPECT_EQ(fault([](create& c) { c.definition.items[1].title.assign(801, 'x'); }),
            "items[1].title: must be 0 to 800 bytes, not 801");
  EXPECT_EQ(fault([](create& c) { c.definition.items[1].title = "\xed\xa0\x80"; }),
            "items[1].title: must be UTF-8");
  EXPECT_EQ(fault([](create& c) { c.definition.items[0].price_minor = -1; }),
            "items[0].price_minor: must be 0 to " + std::to_string(price_minor_max));
}

TEST(validate_creation, titles_may_be_any_utf_8) {
  for (const char* title :
       {"秒杀", "\x7f", "\xc2\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(fault([&](create_sale_command& c) { c.definition.title = title; }), "") << title;
  for (const char* title :
       {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80", "\xe7\xa7"})
    EXPECT_EQ(fault([&](create_sale_command& c) { c.definition.title = title; }), "title: must be UTF-8");
}

}  // namespace
}  // namespace seckill::testing
