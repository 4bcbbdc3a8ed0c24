// A shard stepped by hand: what leaves when, and what a failing journal does to it.
#include "engine/shard.hpp"

#include "stepped_shard.hpp"

#include <gtest/gtest.h>

namespace seckill {
namespace {

using namespace testing;

const basket one_a{{sku_id{1}, 1}};

bool told(const std::optional<answer>& reply, outcome code) { return reply && reply->code == code; }

// --- when answers leave ---

TEST(shard, nothing_is_acknowledged_before_it_is_synced) {
  stepped_shard b;
  b.open_sale(10);
  const auto& reply = b.reserve(1);
  const std::uint64_t synced = b.image->synced_frame_count();

  b.apply();
  EXPECT_FALSE(reply);
  EXPECT_EQ(b.work->board().find_sale(b.sale)->items[0].available, 10U) << "nor shown";

  b.script->before_each([&](storage_call, std::uint64_t) { EXPECT_FALSE(reply); });
  b.commit();
  EXPECT_TRUE(told(reply, outcome::reserved));
  EXPECT_EQ(b.image->synced_frame_count(), synced + 1);
  EXPECT_EQ(b.work->board().find_sale(b.sale)->items[0].available, 9U);
}

TEST(shard, written_answers_leave_after_the_append_and_before_the_sync) {
  stepped_shard b;
  b.open_sale(10);
  const auto& synced = b.reserve(1);
  const auto& written = b.reserve(2, durability::written);
  const auto& memory = b.reserve(3, durability::memory);

  b.apply();
  EXPECT_TRUE(memory);
  EXPECT_FALSE(written);
  b.script->before_each([&](storage_call call, std::uint64_t) {
    EXPECT_EQ(written.has_value(), call == storage_call::sync);
    EXPECT_FALSE(synced);
  });
  b.commit();
  EXPECT_TRUE(synced);
}

TEST(shard, a_level_below_synced_syncs_when_asked_and_when_told) {
  stepped_shard b(durability::written);
  b.open_sale(10);
  b.work->sync_turn();
  const std::uint64_t before = b.count(storage_call::sync);

  const auto& first = b.reserve(1);
  b.settle();
  EXPECT_TRUE(told(first, outcome::reserved));
  EXPECT_EQ(b.count(storage_call::sync), before);
  EXPECT_TRUE(b.work->has_unsynced());

  const auto& second = b.reserve(2, durability::synced);
  b.settle();
  EXPECT_TRUE(told(second, outcome::reserved));
  EXPECT_EQ(b.count(storage_call::sync), before + 1);
  EXPECT_FALSE(b.work->has_unsynced());

  b.reserve(3);
  b.settle();
  b.work->sync_turn();
  b.work->sync_turn();
  EXPECT_EQ(b.count(storage_call::sync), before + 2) << "and not when there is nothing";
}

TEST(shard, a_memory_engine_answers_at_once_and_shows_it) {
  stepped_shard b(durability::memory);
  b.open_sale(10);
  const auto& reply = b.reserve(1);
  b.apply();

  EXPECT_TRUE(told(reply, outcome::reserved));
  EXPECT_EQ(b.work->board().find_sale(b.sale)->items[0].available, 9U);
  EXPECT_GT(b.work->committable(), 0U) << "and is journaled soon after";
}

TEST(shard, a_group_is_one_append_and_one_sync) {
  stepped_shard b;
  b.open_sale(100);
  const std::uint64_t appends = b.count(storage_call::append);
  const std::uint64_t syncs = b.count(storage_call::sync);
  const std::size_t frames = b.image->frame_count();
  for (std::uint64_t i = 0; i < 3; ++i) {
    b.reserve(i + 1);
    b.apply();
  }
  b.commit();

  EXPECT_EQ(b.left, (std::vector{1, 2, 3}));
  EXPECT_EQ(b.count(storage_call::append), appends + 1);
  EXPECT_EQ(b.count(storage_call::sync), syncs + 1);
  EXPECT_EQ(b.image->frame_count(), frames + 3);
}

TEST(shard, a_small_batch_that_somebody_waits_for_is_lone) {
  stepped_shard b;
  b.open_sale(100);
  b.reserve(1);
  EXPECT_TRUE(b.work->apply_turn(b.now).lone);
  b.reserve(2);
  EXPECT_FALSE(b.work->apply_turn(b.now).lone) << "one is in flight before it";
  b.commit();
  b.reserve(3, durability::memory);
  EXPECT_FALSE(b.work->apply_turn(b.now).lone) << "answered already";
  b.commit();
  EXPECT_FALSE(b.work->apply_turn(b.now).lone) << "nothing at all";
}

TEST(shard, a_batch_that_takes_long_to_decide_is_not_lone) {
  stepped_shard b(durability::synced,
                  [](engine_params& params) { params.ring_capacity = params.batch_max = 128; });
  b.open_sale(200);
  for (std::uint64_t i = 0; i < 100; ++i) b.reserve(i + 1);
  EXPECT_FALSE(b.work->apply_turn(b.now).lone) << "others are decided while it is being synced";
}

TEST(shard, answers_leave_in_order_of_decision) {
  stepped_shard b;
  b.open_sale(4);
  for (std::uint64_t i = 0; i < 16; ++i) b.reserve(i + 1);
  b.apply();
  b.apply();
  EXPECT_TRUE(b.left.empty()) << "refusals wait as well: they tell of holds that are not durable yet";
  b.commit();
  std::vector<int> all;
  for (int i = 1; i <= 16; ++i) all.push_back(i);
  EXPECT_EQ(b.left, all);
  EXPECT_TRUE(told(b.answers[4].reply, outcome::reserved));
  EXPECT_TRUE(told(b.answers[5].reply, outcome::all_held));
}

TEST(shard, what_a_refusal_or_a_replay_reveals_is_durable_first) {
  stepped_shard b;
  b.open_sale(1, 1);
  const auto& first = b.reserve(1, req(7));
  b.apply();
  const auto& all_held = b.reserve(2);
  const auto& replay = b.reserve(1, req(7));
  const auto& limit = b.reserve(1);
  b.apply();
  for (const auto* each : {&first, &all_held, &replay, &limit}) EXPECT_FALSE(*each);

  b.commit();
  EXPECT_TRUE(told(first, outcome::reserved));
  EXPECT_TRUE(told(all_held, outcome::all_held));
  EXPECT_TRUE(told(replay, outcome::reserved) && replay->replayed);
  EXPECT_TRUE(told(limit, outcome::limit_exceeded));
}

TEST(shard, refusals_leave_at_once_when_nothing_is_in_flight) {
  stepped_shard b;
  b.open_sale(1);
  b.reserve(1);
  b.settle();
  const std::uint64_t appends = b.count(storage_call::append);

  const auto& refused = b.reserve(2);
  b.apply();
  EXPECT_TRUE(told(refused, outcome::all_held));
  EXPECT_EQ(b.work->committable(), 0U);
  EXPECT_EQ(b.count(storage_call::append), appends);
}

TEST(shard, a_synced_refusal_waits_for_the_sync_of_what_is_only_written) {
  stepped_shard b(durability::written);
  b.open_sale(1);
  b.reserve(1);
  b.settle();
  const auto& refused = b.reserve(2, durability::synced);
  b.apply();
  EXPECT_FALSE(refused) << "the hold that it tells of may vanish with the machine";
  b.commit();
  EXPECT_TRUE(told(refused, outcome::all_held));
  EXPECT_FALSE(b.work->has_unsynced());
}

TEST(shard, reads_wait_for_what_they_saw) {
  stepped_shard b;
  b.open_sale(5);
  b.reserve(1);
  std::uint32_t seen = 99;
  std::optional<outcome> then;
  auto question = std::make_unique<read_request>(
      read_request{[&](const ledger& books) { seen = books.find_sale(b.sale)->items[0].held; },
                   [&](outcome code) { then = code; }});
  ASSERT_TRUE(b.work->submit(question));

  b.apply();
  EXPECT_EQ(seen, 1U);
  EXPECT_FALSE(then);
  b.commit();
  EXPECT_EQ(then, outcome::applied);
}

TEST(shard, a_full_ring_answers_overloaded_and_the_rest_is_decided) {
  stepped_shard b;
  b.open_sale(100);
  int overloaded = 0;
  for (std::uint64_t i = 0; i < 20; ++i) overloaded += told(b.reserve(i + 1), outcome::overloaded);
  EXPECT_EQ(overloaded, 4);
  b.settle();
  EXPECT_EQ(b.work->stats().live, 16U);
}

TEST(shard, lets_a_caller_decide_what_comes_next_and_is_its_own) {
  stepped_shard b;
  b.open_sale(100);
  const auto& first = b.reserve(1, durability::memory);
  const shard::claim of_first = b.last_claim;
  const auto& second = b.reserve(2, durability::memory);
  EXPECT_FALSE(b.work->apply_turn_of(b.last_claim, b.now)) << "another command comes first";
  EXPECT_FALSE(second);

  const auto done = b.work->apply_turn_of(of_first, b.now);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->wake_at_ms, b.now + ttl);
  EXPECT_TRUE(told(first, outcome::reserved));
  EXPECT_FALSE(second) << "the first alone was asked for";
  EXPECT_FALSE(b.work->apply_turn_of(of_first, b.now)) << "that is decided";
  EXPECT_TRUE(b.work->apply_turn_of(b.last_claim, b.now));
  EXPECT_TRUE(told(second, outcome::reserved));
}

TEST(shard, leaves_what_is_more_than_a_command_to_the_deciding_thread) {
  stepped_shard b;
  b.open_sale(100);
  b.reserve(1);
  b.settle();
  b.now = opens + ttl;
  const auto& late = b.reserve(2, durability::memory);
  EXPECT_FALSE(b.work->apply_turn_of(b.last_claim, b.now)) << "a hold is due";
  EXPECT_FALSE(late);
  b.settle();

  b.now += 1;
  for (std::uint64_t i = 0; i < 3; ++i) {
    b.reserve(i + 10);
    b.apply();
  }
  b.reserve(20);
  EXPECT_FALSE(b.work->apply_turn_of(b.last_claim, b.now)) << "all batches are in flight";
}

TEST(shard, decides_no_further_than_the_batches_in_flight_allow) {
  stepped_shard b;
  b.open_sale(100);
  for (std::uint64_t i = 0; i < 4; ++i) {
    b.reserve(i + 1);
    b.apply();
  }
  EXPECT_EQ(b.work->stats().batches_in_flight, 3U);
  EXPECT_EQ(b.work->stats().queued, 1U);
  EXPECT_FALSE(b.work->can_apply());
  b.commit();
  EXPECT_TRUE(b.work->can_apply());
}

TEST(shard, ends_holds_in_bounded_turns_and_says_when_the_next_is_due) {
  stepped_shard b;
  b.open_sale(100);
  for (std::uint64_t i = 0; i < 6; ++i) b.reserve(i + 1);
  b.settle();
  EXPECT_EQ(b.work->apply_turn(opens).wake_at_ms, opens + ttl);

  b.now = opens + ttl;
  const shard::turn first = b.work->apply_turn(b.now);
  EXPECT_TRUE(first.worked);
  EXPECT_EQ(b.work->stats().live, 2U);
  b.apply();
  EXPECT_EQ(b.work->stats().live, 0U);
  b.settle();
  EXPECT_FALSE(b.work->apply_turn(b.now).wake_at_ms);
  EXPECT_EQ(b.work->board().find_sale(b.sale)->items[0].available, 100U);
}

TEST(shard, after_closing_it_decides_what_it_had_taken) {
  stepped_shard b;
  b.open_sale(10);
  const auto& reply = b.reserve(1);
  b.work->close();
  EXPECT_FALSE(b.work->finished());
  EXPECT_TRUE(told(b.reserve(2), outcome::overloaded)) << "submit() took nothing";
  b.settle();
  EXPECT_TRUE(b.work->finished());
  EXPECT_TRUE(told(reply, outcome::reserved));
}

// --- the board while answers run ahead of it ---

TEST(shard, the_board_is_silent_while_a_lower_level_has_left) {
  stepped_shard b;
  b.open_sale(1);
  const auto& held = b.reserve(1);
  b.settle();
  const reserve_command other{req(5), b.sale, buyer_id{2}, one_a};
  ASSERT_TRUE(told(b.work->board().refuse(other, opens), outcome::all_held));

  b.submit(cancel_command{held->reservation}, durability::memory);
  b.apply();
  EXPECT_FALSE(b.work->board().refuse(other, opens)) << "the cancel is known, the board is not told yet";
  b.commit();
  EXPECT_FALSE(b.work->board().refuse(other, opens)) << "now there is one";
  b.reserve(3);
  b.settle();
  EXPECT_TRUE(told(b.work->board().refuse(other, opens), outcome::all_held)) << "settled";
}

// --- failure ---

class failing_call : public ::testing::TestWithParam<storage_call> {};

TEST_P(failing_call, is_never_acknowledged) {
  stepped_shard b;
  b.open_sale(5);
  const auto& before = b.reserve(1);
  b.settle();
  b.script->fail_next(GetParam(), errc::storage_failed);
  const auto& lost = b.reserve(2);
  const auto& refused = b.submit(cancel_command{before->reservation});
  b.apply();
  const auto& behind = b.reserve(3);
  b.apply();
  const auto& queued = b.reserve(4);
  b.commit();

  EXPECT_TRUE(b.work->failed());
  EXPECT_TRUE(told(lost, outcome::unavailable));
  EXPECT_TRUE(told(refused, outcome::unavailable));
  EXPECT_TRUE(told(behind, outcome::unavailable));
  EXPECT_FALSE(queued);
  b.settle();
  EXPECT_TRUE(told(queued, outcome::unavailable));
  EXPECT_FALSE(b.work->failure().empty());
  EXPECT_TRUE(b.work->stats().failed);
}

TEST_P(failing_call, leaves_reads_of_the_durable_state) {
  stepped_shard b;
  b.open_sale(5);
  const auto& durable = b.reserve(1);
  b.settle();
  b.script->fail_next(GetParam(), errc::storage_failed);
  b.reserve(2);
  b.settle();
  ASSERT_TRUE(b.work->failed());

  std::optional<reservation_view> found;
  std::optional<item_stock> stock;
  std::optional<outcome> then;
  auto question = std::make_unique<read_request>(read_request{[&](const ledger& books) {
                                                                found = books.find(durable->reservation);
                                                                stock = books.find_sale(b.sale)->items[0];
                                                              },
                                                              [&](outcome code) { then = code; }});
  ASSERT_TRUE(b.work->submit(question));
  b.settle();
  EXPECT_EQ(then, outcome::applied);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->buyer, buyer_id{1});
  EXPECT_EQ(stock, (item_stock{5, 4, 1, 0}));
  EXPECT_EQ(b.work->board().find_sale(b.sale)->items[0], (item_stock{5, 4, 1, 0}));
}

INSTANTIATE_TEST_SUITE_P(calls, failing_call, ::testing::Values(storage_call::append, storage_call::sync));

TEST(shard, a_refusal_decided_while_the_journal_fails_does_not_leave) {
  stepped_shard b;
  b.open_sale(1);
  b.script->fail_next(storage_call::append, errc::storage_full);
  const auto& lost = b.reserve(1, req(7));
  b.apply();
  b.commit();
  ASSERT_TRUE(told(lost, outcome::unavailable));

  const auto& replay = b.reserve(1, req(7));
  const auto& other = b.reserve(2);
  b.settle();
  EXPECT_TRUE(told(replay, outcome::unavailable)) << "not: reserved";
  EXPECT_TRUE(told(other, outcome::unavailable)) << "not: all_held";
}

TEST(shard, what_a_memory_engine_had_shown_is_taken_back_after_a_failure) {
  stepped_shard b(durability::memory);
  b.open_sale(5);
  b.script->fail_next(storage_call::append, errc::storage_full);
  b.submit(create_sale_command{req(500), {}, sale_of({{1, 5}})});
  b.reserve(1);
  b.apply();
  ASSERT_EQ(b.work->board().sales().size(), 2U);
  b.settle();

  EXPECT_EQ(b.work->board().sales(), (std::vector{b.sale}));
  EXPECT_EQ(b.work->board().find_sale(b.sale)->items[0].available, 5U);
}

TEST(shard, a_journal_that_cannot_even_be_read_leaves_reads_unavailable) {
  stepped_shard b;
  b.open_sale(5);
  b.script->fail_next(storage_call::append, errc::storage_failed);
  b.script->fail_next(storage_call::read, errc::read_failed, 1'000);
  b.reserve(1);
  b.settle();
  std::optional<outcome> then;
  auto question = std::make_unique<read_request>(
      read_request{[&](const ledger&) { ADD_FAILURE() << "there is nothing to look at"; },
                   [&](outcome code) { then = code; }});
  ASSERT_TRUE(b.work->submit(question));
  b.settle();
  EXPECT_EQ(then, outcome::unavailable);
  EXPECT_NE(b.work->failure().find("cannot be read"), std::string::npos) << b.work->failure();
}

TEST(shard, a_failed_sync_behind_the_answers_stops_the_shard_too) {
  stepped_shard b(durability::written);
  b.open_sale(5);
  const auto& written = b.reserve(1);
  b.settle();
  b.script->fail_next(storage_call::sync, errc::storage_failed);
  b.work->sync_turn();
  EXPECT_TRUE(b.work->failed());
  b.settle();
  EXPECT_TRUE(told(written, outcome::reserved));
  EXPECT_EQ(b.work->board().find_sale(b.sale)->items[0].available, 4U)
      << "what is written survives the process";
}

}  // namespace
}  // namespace seckill
