// The engine with its threads, on a journal in memory.
#include "tests/support/house.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr sku_id a{1};
const basket one_a{{a, 1}};

// --- selling ---

TEST(engine, sells_one_and_refuses_the_next) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 1}}));

  const answer held = h.reserve(sale, 1);
  EXPECT_EQ(held.code, outcome::reserved);
  EXPECT_EQ(held.at_ms, opens + ttl);
  EXPECT_EQ(h.reserve(sale, 2).code, outcome::all_held);
  EXPECT_EQ(h.works->execute(confirm_command{held.reservation, pay("p"), {}}).code, outcome::confirmed);
  EXPECT_EQ(h.reserve(sale, 3).code, outcome::sold_out);
  EXPECT_EQ(h.stock(sale), (item_stock{1, 0, 0, 1}));
}

/// M buyers for N units from several threads: exactly N get one, at every level.
class crowd : public ::testing::TestWithParam<durability> {};

TEST_P(crowd, gets_exactly_what_there_is) {
  constexpr std::uint32_t units = 500;
  constexpr std::uint64_t threads = 4;
  constexpr std::uint64_t each_asks = 2'000;
  house h(small_engine(GetParam()));
  const sale_id sale = h.open_sale(sale_of({{1, units}}, 1));

  struct result_of_thread {
    std::atomic<std::uint64_t> reserved{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> other{0};
    static void done(void* context, const answer& reply) noexcept {
      auto& self = *static_cast<result_of_thread*>(context);
      if (reply.code == outcome::reserved)
        ++self.reserved;
      else if (reply.code == outcome::all_held)
        ++self.refused;
      else
        ++self.other;
    }
  };
  std::vector<result_of_thread> results(threads);
  std::vector<std::thread> askers;
  for (std::uint64_t t = 0; t < threads; ++t) {
    askers.emplace_back([&, t] {
      std::vector<submission> run;
      for (std::uint64_t i = 0; i < each_asks; ++i) {
        const std::uint64_t buyer = 1 + t * each_asks + i;
        run.push_back({reserve_command{req(buyer), sale, buyer_id{buyer}, one_a},
                       {&result_of_thread::done, &results[t]},
                       {}});
        if (run.size() < 1 + i % 40) continue;
        h.works->submit(run);
        run.clear();
      }
      h.works->submit(run);
    });
  }
  for (std::thread& each : askers) each.join();
  h.works->stop();

  std::uint64_t reserved = 0;
  std::uint64_t refused = 0;
  std::uint64_t other = 0;
  for (const auto& each : results) {
    reserved += each.reserved;
    refused += each.refused;
    other += each.other;
  }
  EXPECT_EQ(reserved, units);
  EXPECT_EQ(reserved + refused + other, threads * each_asks) << "every submission is answered once";
  EXPECT_EQ(h.stock(sale), (item_stock{units, 0, units, 0}));

  h.reopen();
  EXPECT_EQ(h.stock(sale), (item_stock{units, 0, units, 0}));
}

INSTANTIATE_TEST_SUITE_P(levels, crowd,
                         ::testing::Values(durability::memory, durability::written, durability::synced));

TEST(engine, the_last_buyer_who_lost_the_reply_gets_it_again) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 1}}));
  const answer first = h.reserve(sale, 1, one_a, req(42));
  ASSERT_EQ(h.works->execute(confirm_command{first.reservation, pay("p"), {}}).code, outcome::confirmed);
  ASSERT_EQ(h.reserve(sale, 2).code, outcome::sold_out);

  const answer again = h.reserve(sale, 1, one_a, req(42));
  EXPECT_EQ(again.code, outcome::reserved);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.reservation, first.reservation);

  h.reopen();
  EXPECT_EQ(h.reserve(sale, 1, one_a, req(42)).reservation, first.reservation) << "after a restart as well";
}

TEST(engine, every_buyer_of_a_sold_out_sale_who_asks_again_gets_the_first_answer) {
  constexpr std::uint32_t buyers = 1'000;
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, buyers}}));
  std::vector<answer> first;
  for (std::uint32_t buyer = 1; buyer <= buyers; ++buyer)
    first.push_back(h.reserve(sale, buyer, one_a, req(buyer)));
  ASSERT_EQ(h.reserve(sale, buyers + 1).code, outcome::all_held);

  for (std::uint32_t buyer = 1; buyer <= buyers; ++buyer) {
    const answer again = h.reserve(sale, buyer, one_a, req(buyer));
    ASSERT_EQ(again.code, outcome::reserved) << "buyer " << buyer;
    ASSERT_TRUE(again.replayed);
    ASSERT_EQ(again.reservation, first[buyer - 1].reservation);
  }
}

TEST(engine, the_refusal_ends_when_stock_comes_back) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 1}}));
  const answer held = h.reserve(sale, 1);
  ASSERT_EQ(h.reserve(sale, 2).code, outcome::all_held);

  ASSERT_EQ(h.works->execute(cancel_command{held.reservation}).code, outcome::cancelled);
  EXPECT_EQ(h.reserve(sale, 2).code, outcome::reserved);
}

TEST(engine, stock_comes_back_at_the_deadline) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 1}}));
  const answer held = h.reserve(sale, 1);

  h.time.set(opens + ttl - 1);
  h.works->tick();
  EXPECT_EQ(h.reserve(sale, 2).code, outcome::all_held);
  EXPECT_EQ(h.works->find(held.reservation).value()->state, reservation_state::held);

  h.time.set(opens + ttl);
  h.works->tick();
  EXPECT_EQ(h.reserve(sale, 2).code, outcome::reserved);
  EXPECT_EQ(h.works->find(held.reservation).value()->state, reservation_state::expired);
}

TEST(engine, an_idle_engine_expires_by_itself) {
  house h;
  const system_time_source time;
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(open_memory_journal().value());
  const auto works = engine::open(small_engine(), std::move(journals), time).value();
  auto definition = sale_of({{1, 1}});
  definition.closes_at_ms = works->now_ms() + 1'000'000;
  definition.reservation_ttl_ms = 20;
  const sale_id sale = works->execute(create_sale_command{req(1), {}, definition}).sale;
  ASSERT_EQ(works->execute(reserve_command{req(2), sale, buyer_id{1}, one_a}).code, outcome::reserved);

  const auto feed = works->open_feed(0, "watcher").value();
  std::vector<event> seen;
  while (seen.size() < 3) {
    feed->wait(1s);
    ASSERT_TRUE(feed->poll(seen, 100));
  }
  EXPECT_TRUE(std::holds_alternative<reservation_expired>(seen[2].body));
  EXPECT_EQ(works->find_sale(sale)->items[0].available, 1U);
}

TEST(engine, answers_at_every_level_of_a_request) {
  house h(small_engine(durability::written));
  const sale_id sale = h.open_sale(sale_of({{1, 10}}));
  std::uint64_t number = 50;
  for (const durability level : {durability::memory, durability::written, durability::synced}) {
    const answer reply = h.works->execute(reserve_command{req(++number), sale, buyer_id{1}, one_a}, level);
    EXPECT_EQ(reply.code, outcome::reserved);
  }
  EXPECT_GE(h.images[0]->synced_frame_count(), 4U)
      << "the one that asked for synced is synced, and all before it";
}

TEST(engine, its_own_writes_are_read_by_who_asked_for_less) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 1}}));
  for (std::uint64_t i = 0; i < 200; ++i) {
    const answer held =
        h.works->execute(reserve_command{req(100 + i), sale, buyer_id{1}, one_a}, durability::memory);
    ASSERT_EQ(held.code, outcome::reserved)
        << "the board must not refuse with the stock of before the cancel";
    ASSERT_EQ(h.works->execute(cancel_command{held.reservation}, durability::memory).code,
              outcome::cancelled);
  }
}

// --- reading ---

TEST(engine, finds_reservations) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 5}}));
  const answer held = h.reserve(sale, 7, {{a, 2}});

  const auto found = h.works->find(held.reservation);
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->buyer, buyer_id{7});
  EXPECT_EQ((*found)->lines, (basket{{a, 2}}));
  EXPECT_FALSE(*h.works->find(reservation_id{12'345}));
  EXPECT_FALSE(*h.works->find(reservation_id{std::uint64_t{9} << 56U})) << "a shard that there is not";
}

TEST(engine, reads_are_not_counted_as_answers) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 5}}));
  const answer held = h.reserve(sale, 5);
  ASSERT_TRUE(h.works->find(held.reservation).has_value());
  h.hash();

  const engine_stats seen = h.works->stats();
  EXPECT_EQ(seen.answers[static_cast<std::size_t>(outcome::applied)], 1U) << "the sale";
  EXPECT_EQ(seen.answers[static_cast<std::size_t>(outcome::reserved)], 1U);
}

TEST(engine, posts_and_counts) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 2}}));
  auto first = h.works->post(reserve_command{req(1), sale, buyer_id{1}, one_a});
  auto second = h.works->post(reserve_command{req(1), sale, buyer_id{1}, one_a});
  EXPECT_EQ(first.get().code, outcome::reserved);
  EXPECT_TRUE(second.get().replayed);
  h.reserve(sale_id{99}, 1);

  const engine_stats seen = h.works->stats();
  EXPECT_EQ(seen.state, engine_state::serving);
  EXPECT_EQ(seen.answers[static_cast<std::size_t>(outcome::reserved)], 2U);
  EXPECT_EQ(seen.answers[static_cast<std::size_t>(outcome::sale_not_found)], 1U);
  EXPECT_EQ(seen.replays, 1U);
  EXPECT_EQ(seen.board_refusals, 1U);
  ASSERT_EQ(seen.shards.size(), 1U);
  EXPECT_EQ(seen.shards[0].last_sequence, 2U);
  EXPECT_EQ(seen.shards[0].durable_sequence, 2U);
  EXPECT_EQ(seen.shards[0].live, 1U);
}

// --- stopping ---

TEST(engine, stop_answers_everything_and_then_nothing_is_taken) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 2'000}}));
  std::vector<std::future<answer>> replies;
  for (std::uint64_t i = 1; i <= 1'000; ++i)
    replies.push_back(h.works->post(reserve_command{req(i), sale, buyer_id{i}, one_a}));
  h.works->stop();

  for (auto& each : replies) {
    ASSERT_EQ(each.wait_for(0s), std::future_status::ready);
    ASSERT_EQ(each.get().code, outcome::reserved);
  }
  EXPECT_EQ(h.reserve(sale, 1).code, outcome::unavailable);
  EXPECT_FALSE(h.works->find(reservation_id{1}));
  EXPECT_TRUE(h.works->find(reservation_id{1}).error().code == failure::retryable);
  EXPECT_EQ(h.works->stats().state, engine_state::stopped);
  h.works->stop();

  h.reopen();
  EXPECT_EQ(h.stock(sale), (item_stock{2'000, 1'000, 1'000, 0}));
}

TEST(engine, stopping_beside_submitters_answers_every_one) {
  for (int round = 0; round < 20; ++round) {
    house h;
    const sale_id sale = h.open_sale(sale_of({{1, 20'000}}));
    std::atomic<std::uint64_t> asked{0};
    std::atomic<std::uint64_t> answered{0};
    std::atomic<std::uint64_t> reserved{0};
    struct counting {
      std::atomic<std::uint64_t>& answered;
      std::atomic<std::uint64_t>& reserved;
    } counts{answered, reserved};
    const completion then{[](void* context, const answer& reply) noexcept {
                            auto& self = *static_cast<counting*>(context);
                            if (reply.code == outcome::reserved) ++self.reserved;
                            ++self.answered;
                          },
                          &counts};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < 500; ++i) {
          ++asked;
          h.works->submit({reserve_command{req(1 + t * 1'000 + i), sale, buyer_id{1}, one_a}, then, {}});
        }
      });
    }
    while (answered < 50) std::this_thread::yield();
    h.works->stop();
    for (std::thread& each : threads) each.join();
    ASSERT_EQ(asked.load(), answered.load());
    const std::uint64_t before = reserved;

    h.reopen();
    ASSERT_EQ(h.stock(sale).held, before) << "what was acknowledged is there, and nothing else";
  }
}

}  // namespace
}  // namespace seckill
