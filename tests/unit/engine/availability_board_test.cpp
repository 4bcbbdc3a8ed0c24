#include "engine/changes.hpp"
#include "tests/support/shop.hpp"
#include <seckill/availability_board.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <thread>

namespace seckill {
namespace {

using namespace testing;

constexpr sku_id a{1};
constexpr sku_id b{2};
const basket one_a{{a, 1}};

ledger_params small() {
  ledger_params bounds;
  bounds.stock_max = 60;
  bounds.remembered_max = 20;
  bounds.tombstones_max = 5;
  bounds.operator_requests_max = 30;
  bounds.sales_max = 8;
  bounds.items_per_sale_max = 8;
  bounds.quantity_max = 50;
  return bounds;
}

/// A ledger and a board that is told everything at once, as an engine tells it when things are durable.
struct shown_shop {
  explicit shown_shop(const ledger_params& bounds = small()) : sale(bounds), board(bounds) {}

  sale_id open_sale(sale_definition definition) {
    const sale_id id = sale.open_sale(std::move(definition));
    show();
    return id;
  }
  answer reserve(sale_id id, std::uint64_t buyer, basket lines, request_id request) {
    const answer reply = sale.reserve(id, buyer, lines, request);
    if (reply.code == outcome::reserved && !reply.replayed) board.accept(request, id, buyer_id{buyer});
    show();
    return reply;
  }
  answer reserve(sale_id id, std::uint64_t buyer, basket lines) {
    return reserve(id, buyer, lines, req(++next_request));
  }
  std::optional<answer> refuse(sale_id id, std::uint64_t buyer, basket lines, request_id request) const {
    return board.refuse({request, id, buyer_id{buyer}, lines}, sale.now);
  }
  std::optional<answer> refuse(sale_id id, std::uint64_t buyer, basket lines) const {
    return refuse(id, buyer, lines, req(555'555'555));
  }
  void show(bool settles = false) {
    std::vector<availability_board::change> changes;
    collect_changes(sale.books, changes);
    board.observe(sale.books.now_ms());
    board.maintain(sale.books);
    board.publish(changes, settles);
  }

  shop sale;
  availability_board board;
  std::uint64_t next_request = 10'000;
};

outcome code_of(const std::optional<answer>& refusal) { return refusal ? refusal->code : outcome{}; }
constexpr outcome silent{};

TEST(board, refuses_nothing_that_may_be_had) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 2}}));

  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a)), silent);
  EXPECT_EQ(code_of(s.refuse(sale, 1, {{a, 2}})), silent);
  EXPECT_EQ(code_of(s.refuse(sale, 1, {{a, 3}})), outcome::insufficient);
}

TEST(board, says_sold_out_only_when_nothing_is_held) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  const answer held = s.reserve(sale, 1, one_a);

  const auto refusal = s.refuse(sale, 2, one_a);
  EXPECT_EQ(code_of(refusal), outcome::all_held);
  EXPECT_EQ(refusal->at_ms, held.at_ms) << "the earliest time at which a hold may lapse";

  s.sale.confirm(held.reservation, "paid");
  s.show();
  EXPECT_EQ(code_of(s.refuse(sale, 2, one_a)), outcome::sold_out);
}

TEST(board, the_refusal_ends_when_stock_comes_back) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  s.sale.confirm(s.reserve(sale, 1, one_a).reservation, "paid");
  s.show();
  ASSERT_EQ(code_of(s.refuse(sale, 2, one_a)), outcome::sold_out);

  s.sale.restock(sale, 1, 1);
  s.show();
  EXPECT_EQ(code_of(s.refuse(sale, 2, one_a)), silent);
}

TEST(board, is_silent_from_the_moment_that_a_hold_is_due) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}, {2, 1}}));
  s.reserve(sale, 1, {{a, 1}, {b, 1}});
  s.sale.now += ttl - 1;
  EXPECT_EQ(code_of(s.refuse(sale, 2, one_a)), outcome::all_held);

  s.sale.now += 1;
  EXPECT_EQ(code_of(s.refuse(sale, 2, one_a)), silent) << "the sweep may come before the board hears of it";
}

TEST(board, never_answers_a_repetition) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  const answer held = s.reserve(sale, 1, one_a, req(77));
  s.sale.confirm(held.reservation, "paid");
  s.show();

  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a, req(77))), silent);
  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a, req(78))), outcome::sold_out);

  s.sale.now = closes;
  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a, req(77))), silent);
  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a, req(78))), outcome::sale_closed);
}

TEST(board, leaves_buyers_who_may_be_at_the_limit_to_the_ledger) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}, 1));
  s.sale.confirm(s.reserve(sale, 1, one_a).reservation, "paid");
  s.show();

  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a)), silent) << "limit_exceeded comes before sold_out";
  EXPECT_EQ(code_of(s.refuse(sale, 2, one_a)), outcome::sold_out);
  EXPECT_EQ(code_of(s.refuse(sale, 2, {{a, 2}})), outcome::limit_exceeded) << "nobody may have two";
}

TEST(board, knows_the_window_and_the_switch) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));
  s.sale.now = opens;

  const auto early = s.board.refuse({req(1), sale, buyer_id{1}, one_a}, opens - 1);
  EXPECT_EQ(code_of(early), silent) << "the ledger has seen the opening: time does not go back";

  s.sale.turn(sale, sale_switch::paused);
  s.show();
  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a)), outcome::sale_paused);
  s.sale.turn(sale, sale_switch::running);
  s.show();
  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a)), silent);
  s.sale.turn(sale, sale_switch::closed);
  s.show();
  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a)), outcome::sale_closed);
}

TEST(board, tells_when_a_sale_opens) {
  shown_shop s;
  s.sale.now = opens - 500;
  const sale_id sale = s.open_sale(sale_of({{1, 5}}));

  const auto refusal = s.refuse(sale, 1, one_a);
  EXPECT_EQ(code_of(refusal), outcome::sale_not_open);
  EXPECT_EQ(refusal->at_ms, opens);
  s.sale.now = opens;
  EXPECT_EQ(code_of(s.refuse(sale, 1, one_a)), silent);
}

TEST(board, refuses_the_malformed_and_the_unknown) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 5}, {2, 5}}));

  EXPECT_EQ(code_of(s.refuse(sale, 1, {})), outcome::invalid_request);
  EXPECT_EQ(code_of(s.refuse(sale, 1, {{a, 51}})), outcome::invalid_request);
  EXPECT_EQ(code_of(s.refuse(sale, 1, {{a, 1}, {a, 1}})), outcome::invalid_request);
  EXPECT_EQ(code_of(s.refuse(sale_id{}, 1, one_a)), outcome::invalid_request);
  basket nine;
  for (std::uint32_t i = 1; i <= 9; ++i) nine.push_back({sku_id{i}, 1});
  EXPECT_EQ(code_of(s.refuse(sale, 1, nine)), outcome::invalid_request);
  EXPECT_EQ(code_of(s.refuse(sale_id{99}, 1, one_a)), outcome::sale_not_found);
  EXPECT_EQ(code_of(s.refuse(sale, 1, {{a, 1}, {sku_id{3}, 1}})), outcome::sku_not_found);
}

TEST(board, is_silent_while_an_answer_is_out_whose_change_is_not_shown) {
  shown_shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 1}}));
  s.reserve(sale, 1, one_a);
  ASSERT_EQ(code_of(s.refuse(sale, 2, one_a)), outcome::all_held);

  s.board.unsettle(sale);
  EXPECT_EQ(code_of(s.refuse(sale, 2, one_a)), silent);
  s.sale.restock(sale, 1, 1);
  s.show(true);
  EXPECT_EQ(code_of(s.refuse(sale, 2, {{a, 2}})), outcome::insufficient) << "settled";

  s.board.unsettle(sale_id{2});
  EXPECT_EQ(code_of(s.refuse(sale_id{2}, 2, one_a)), silent) << "a sale may just have been created";
}

TEST(board, shows_sales_as_the_ledger_has_them) {
  shown_shop s;
  const sale_id second = s.open_sale(sale_of({{1, 5}, {2, 6}}));
  const sale_id first = s.open_sale(sale_of({{9, 7}}));
  const std::uint64_t epoch = s.board.epoch();
  const answer held = s.reserve(second, 1, {{a, 2}, {b, 1}});

  EXPECT_GT(s.board.epoch(), epoch);
  const auto shown = s.board.find_sale(second);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->items, (std::vector<item_stock>{{5, 3, 2, 0}, {6, 5, 1, 0}}));
  EXPECT_EQ(shown->next_expiry_ms, held.at_ms);
  EXPECT_EQ(shown->definition->items.size(), 2U);
  EXPECT_EQ(s.board.definition(first)->items[0].sku, sku_id{9});
  EXPECT_EQ(s.board.sales(), (std::vector{second, first}));

  EXPECT_FALSE(s.board.find_sale(sale_id{77}));
  EXPECT_FALSE(s.board.find_sale(sale_id{}));
  EXPECT_EQ(s.board.definition(sale_id{77}), nullptr);
}

TEST(board, reset_shows_and_remembers_exactly_that_ledger) {
  shown_shop before;
  const sale_id kept = before.open_sale(sale_of({{1, 1}}, 1));
  before.reserve(kept, 1, one_a, req(5));
  availability_board board(small());
  board.reset(before.sale.books);

  EXPECT_EQ(board.find_sale(kept)->items, (std::vector<item_stock>{{1, 0, 1, 0}}));
  EXPECT_EQ(code_of(board.refuse({req(5), kept, buyer_id{1}, one_a}, opens)), silent);
  EXPECT_EQ(code_of(board.refuse({req(6), kept, buyer_id{1}, one_a}, opens)), silent);
  EXPECT_EQ(code_of(board.refuse({req(6), kept, buyer_id{2}, one_a}, opens)), outcome::all_held);

  const ledger empty(small());
  board.reset(empty);
  EXPECT_EQ(board.sales(), std::vector<sale_id>{});
  EXPECT_FALSE(board.find_sale(kept));
  EXPECT_EQ(code_of(board.refuse({req(7), kept, buyer_id{2}, one_a}, opens)), outcome::sale_not_found);
}

// --- the board and the ledger agree ---

/// Random commands on few units and few ids, and after each a random reserve: where the board speaks, it says
/// what the ledger says.
class agreement {
 public:
  explicit agreement(std::uint64_t seed) : random_(seed) { s_.sale.now = opens - 200; }

  void run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
      if (below(4) == 0) s_.sale.now += static_cast<time_ms>(below(150));
      s_.sale.expire();
      change();
      s_.show();
      compare({request(), sale(), buyer_id{below(9)}, lines()});
    }
  }
  std::map<outcome, int> board_said;
  std::map<outcome, int> ledger_said;

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  request_id request() { return below(2) == 0 ? req(1 + below(200)) : req(random_() >> 8U); }
  sale_id sale() { return sale_id{below(30) == 0 ? below(9) : 1 + below(3)}; }
  basket lines() {
    basket some;
    for (std::uint64_t count = below(4) != 0 ? 1 : below(4); count > 0; --count)
      some.push_back({sku_id{static_cast<std::uint32_t>(1 + below(below(20) == 0 ? 5 : 3))},
                      static_cast<std::uint32_t>(below(10) != 0 ? 1 + below(2) : below(60))});
    return some;
  }
  reservation_id known() { return held_.empty() ? reservation_id{9} : held_[below(held_.size())]; }

  void change() {
    const std::uint64_t kind = below(100);
    if (created_ < 3 || (created_ < 8 && below(200) == 0)) {
      auto definition = sale_of({{1, 6}, {2, 4}, {3, 2}}, created_ % 2 == 0 ? 0 : 3);
      definition.closes_at_ms = opens + 60'000;
      s_.sale.open_sale(definition);
      ++created_;
    } else if (kind < 50) {
      const request_id id = request();
      const sale_id where = sale();
      const buyer_id who{below(9)};
      const answer reply = s_.sale.reserve(where, to_integer(who), lines(), id);
      if (reply.code != outcome::reserved || reply.replayed) return;
      s_.board.accept(id, where, who);
      held_.push_back(reply.reservation);
    } else if (kind < 70) {
      s_.sale.confirm(known(), "p", below(4) == 0 ? lines() : basket{});
    } else if (kind < 85) {
      s_.sale.cancel(known());
    } else if (kind < 90) {
      const request_id id = request();
      const answer reply = s_.sale.cancel_request(sale(), id);
      if (reply.code == outcome::cancelled && !reply.replayed) s_.board.accept(id);
    } else if (kind < 97) {
      const request_id id = request();
      const restock_command what{id, sale(), sku_id{static_cast<std::uint32_t>(1 + below(3))},
                                 static_cast<std::int64_t>(below(3)) - 1};
      if (s_.sale.books.restock(what, s_.sale.now, s_.sale.journal).code == outcome::applied)
        s_.board.accept(id);
    } else {
      const request_id id = request();
      const switch_sale_command what{id, sale(), static_cast<sale_switch>(below(30) == 0 ? 2 : below(2))};
      if (s_.sale.books.switch_sale(what, s_.sale.now, s_.sale.journal).code == outcome::applied)
        s_.board.accept(id);
    }
  }

  void compare(const reserve_command& what) {
    const auto refusal = s_.board.refuse(what, s_.sale.now);
    if (refusal) ++board_said[refusal->code];
    const answer decided = s_.sale.books.reserve(what, s_.sale.now, s_.sale.journal);
    if (!refusal) {
      if (!is_success(decided.code)) ++ledger_said[decided.code];
      if (decided.code != outcome::reserved || decided.replayed) return;
      s_.board.accept(what.request, what.sale, what.buyer);
      held_.push_back(decided.reservation);
      return;
    }
    ASSERT_EQ(to_string(refusal->code), to_string(decided.code));
    ASSERT_EQ(refusal->at_ms, decided.at_ms);
    ASSERT_FALSE(decided.replayed);
    ASSERT_EQ(decided.reservation, refusal->reservation);
  }

  std::mt19937_64 random_;
  shown_shop s_;
  std::vector<reservation_id> held_;
  int created_ = 0;
};

TEST(board, says_what_the_ledger_would_say_on_random_histories) {
  std::map<outcome, int> board_said;
  std::map<outcome, int> ledger_said;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    agreement history(seed);
    history.run(1'500);
    if (HasFatalFailure()) return;
    for (const auto& [code, count] : history.board_said) board_said[code] += count;
    for (const auto& [code, count] : history.ledger_said) ledger_said[code] += count;
  }
  for (const outcome code :
       {outcome::invalid_request, outcome::sale_not_found, outcome::sale_not_open, outcome::sale_paused,
        outcome::sale_closed, outcome::sku_not_found, outcome::limit_exceeded, outcome::sold_out,
        outcome::all_held, outcome::insufficient})
    EXPECT_GT(board_said[code], 20) << to_string(code);
  EXPECT_EQ(board_said.size(), 10U) << "and nothing else";
  EXPECT_GT(board_said[outcome::sold_out], ledger_said[outcome::sold_out])
      << "what it could refuse, it mostly did";
}

// Stock moves between two items so that at every instant exactly one of them can be had: a basket of both can
// never, and of which one there is none is told in order. Any mixture of two instants would show.
TEST(board, judges_a_basket_against_one_instant) {
  ledger_params bounds = small();
  availability_board board(bounds);
  const auto definition = std::make_shared<const sale_definition>(sale_of({{1, 1}, {2, 1}}));
  const auto show = [&](bool first) {
    const item_stock there{1, 1, 0, 0};
    const item_stock gone{1, 0, 0, 1};
    const std::array changes{
        availability_board::change{sale_id{1}, 0, {}, first ? there : gone, 0, definition},
        availability_board::change{sale_id{1}, 1, {}, first ? gone : there, 0, definition}};
    board.publish(changes);
  };
  show(true);

  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> readers;
  for (int n = 0; n < 2; ++n) {
    readers.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
        const auto refusal = board.refuse({req(1), sale_id{1}, buyer_id{1}, {{a, 1}, {b, 1}}}, opens);
        if (refusal) {
          refused.fetch_add(1, std::memory_order_relaxed);
          wrong += refusal->code != outcome::sold_out;
        }
        const auto copy = board.find_sale(sale_id{1});
        wrong += copy->items[0].available + copy->items[1].available != 1;
        wrong += !copy->items[0].balanced() || !copy->items[1].balanced();
      }
    });
  }
  for (int i = 0; i < 20'000 || refused.load() < 100; ++i) {
    show(i % 2 == 0);
    if (i % 64 == 0) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace seckill
