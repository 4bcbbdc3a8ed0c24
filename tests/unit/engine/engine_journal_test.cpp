// The engine and its journals: restarts, feeds, snapshots, failures, shards.
#include "tests/support/house.hpp"
#include "tests/support/malformed_commands.hpp"
#include <seckill/frame.hpp>

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace seckill {
namespace {

using namespace testing;
using namespace std::chrono_literals;

std::vector<event> poll_all(event_feed& feed) {
  std::vector<event> all;
  for (std::size_t before = 1; before != all.size();) {
    before = all.size();
    EXPECT_TRUE(feed.poll(all, 7));
  }
  return all;
}

void sell(house& h, sale_id sale, std::uint64_t count) {
  for (std::uint64_t i = 1; i <= count; ++i) ASSERT_EQ(h.reserve(sale, i).code, outcome::reserved);
}

// --- restarts ---

TEST(engine_recovery, comes_back_with_the_same_state) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 100}}));
  sell(h, sale, 40);
  const answer paid = h.reserve(sale, 99);
  ASSERT_EQ(h.works->execute(confirm_command{paid.reservation, pay("p"), {}}).code, outcome::confirmed);
  const std::uint64_t before = h.hash();

  h.reopen();
  EXPECT_EQ(h.hash(), before);
  EXPECT_EQ(h.stock(sale), (item_stock{100, 59, 40, 1}));
  EXPECT_EQ(h.works->find(paid.reservation).value()->state, reservation_state::confirmed);
  EXPECT_EQ(h.works->stats().shards[0].durable_sequence, 43U);

  h.works->stop();
  h.reopen();
  EXPECT_EQ(h.hash(), before) << "stopping added nothing";
}

TEST(engine_recovery, refuses_damage_and_cuts_a_torn_tail) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 100}}));
  sell(h, sale, 5);
  h.works.reset();
  h.images[0]->tear_last_frame(20);
  h.open();
  EXPECT_EQ(h.stock(sale).held, 4U);

  h.works.reset();
  h.images[0]->damage_frame(2, 50);
  const auto opened = h.try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::corrupt_data);
}

TEST(engine_recovery, what_was_only_written_is_synced_before_it_counts) {
  house h(small_engine(durability::written));
  h.open_sale(sale_of({{1, 100}}));
  h.script->fail_next(storage_call::sync, errc::storage_failed, 1'000);
  h.works.reset();
  ASSERT_FALSE(h.try_open()) << "the sync of what was found is part of opening";
  h.script->clear();
  EXPECT_TRUE(h.try_open());
}

TEST(engine_recovery, params_are_checked) {
  manual_time_source time;
  const auto fault = [&](auto change) {
    engine_params params = small_engine();
    change(params);
    std::vector<std::unique_ptr<journal>> journals;
    journals.push_back(open_memory_journal().value());
    const auto opened = engine::open(params, std::move(journals), time);
    EXPECT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::invalid_argument);
    return opened ? std::string() : opened.error().text;
  };
  EXPECT_NE(fault([](engine_params& p) { p.ring_capacity = 100; }).find("ring_capacity"), std::string::npos);
  EXPECT_NE(fault([](engine_params& p) { p.batch_max = 0; }).find("batch_max"), std::string::npos);
  EXPECT_NE(fault([](engine_params& p) { p.batches_in_flight_max = 0; }).find("batches_in_flight"),
            std::string::npos);
  EXPECT_NE(fault([](engine_params& p) { p.expire_batch_max = 0; }).find("expire_batch_max"),
            std::string::npos);
  EXPECT_NE(fault([](engine_params& p) { p.sync_every_ms = 0; }).find("sync_every_ms"), std::string::npos);
  EXPECT_NE(fault([](engine_params& p) { p.snapshots_kept = 0; }).find("snapshots_kept"), std::string::npos);
  EXPECT_NE(fault([](engine_params& p) { p.ledger.quantity_max = 0; }).find("quantity_max"),
            std::string::npos);
  EXPECT_EQ(engine::open(small_engine(), {}, time).error().code, errc::invalid_argument);
}

// --- feeds ---

TEST(engine_feed, delivers_every_event_in_order) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 100}}));
  auto feed = h.works->open_feed(0, "orders").value();
  sell(h, sale, 20);

  const std::vector<event> all = poll_all(*feed);
  ASSERT_EQ(all.size(), 21U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].sequence, i + 1);
  EXPECT_TRUE(std::holds_alternative<sale_created>(all[0].body));
  EXPECT_EQ(std::get<units_reserved>(all[20].body).buyer, buyer_id{20});
  EXPECT_TRUE(poll_all(*feed).empty());
  sell(h, sale, 1);
  EXPECT_EQ(poll_all(*feed).size(), 1U);
}

TEST(engine_feed, goes_on_behind_its_cursor_after_a_restart) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 100}}));
  sell(h, sale, 9);
  auto feed = h.works->open_feed(0, "orders").value();
  EXPECT_EQ(poll_all(*feed).size(), 10U);
  ASSERT_TRUE(feed->commit(4));
  EXPECT_EQ(feed->cursor(), 4U);
  feed.reset();

  h.reopen();
  feed = h.works->open_feed(0, "orders").value();
  EXPECT_EQ(feed->cursor(), 4U);
  const std::vector<event> again = poll_all(*feed);
  ASSERT_EQ(again.size(), 6U);
  EXPECT_EQ(again[0].sequence, 5U);
}

TEST(engine_feed, commits_only_what_was_delivered) {
  house h;
  sell(h, h.open_sale(sale_of({{1, 100}})), 4);
  auto feed = h.works->open_feed(0, "orders").value();
  std::vector<event> some;
  ASSERT_TRUE(feed->poll(some, 3));
  EXPECT_EQ(feed->commit(4).error().code, errc::invalid_argument);
  ASSERT_TRUE(feed->commit(3));
  ASSERT_TRUE(feed->commit(3));
  EXPECT_EQ(feed->commit(2).error().code, errc::invalid_argument);
}

TEST(engine_feed, has_one_consumer) {
  house h;
  auto feed = h.works->open_feed(0, "orders").value();
  EXPECT_EQ(h.works->open_feed(0, "orders").error().code, errc::already_open);
  EXPECT_EQ(h.works->drop_feed(0, "orders").error().code, errc::already_open);
  EXPECT_TRUE(h.works->open_feed(0, "search"));
  EXPECT_EQ(h.works->open_feed(0, "Not a name").error().code, errc::invalid_argument);
  EXPECT_EQ(h.works->open_feed(1, "orders").error().code, errc::invalid_argument);
  feed.reset();
  EXPECT_TRUE(h.works->open_feed(0, "orders"));
}

TEST(engine_feed, sees_only_what_is_synced) {
  house h(small_engine(durability::written));
  h.params.sync_every_ms = 1'000'000;
  h.reopen();
  const sale_id sale = h.open_sale(sale_of({{1, 100}}));
  auto feed = h.works->open_feed(0, "orders").value();
  sell(h, sale, 3);
  EXPECT_TRUE(poll_all(*feed).empty()) << "a crash of the machine could take these back";

  const answer synced =
      h.works->execute(reserve_command{req(1), sale, buyer_id{9}, {{sku_id{1}, 1}}}, durability::synced);
  ASSERT_EQ(synced.code, outcome::reserved);
  EXPECT_EQ(poll_all(*feed).size(), 5U);
}

TEST(engine_feed, a_level_below_synced_is_synced_soon) {
  house h(small_engine(durability::memory));
  auto feed = h.works->open_feed(0, "orders").value();
  h.open_sale(sale_of({{1, 100}}));
  std::vector<event> seen;
  while (seen.empty()) {
    feed->wait(1s);
    ASSERT_TRUE(feed->poll(seen, 10));
  }
  EXPECT_EQ(h.images[0]->synced_frame_count(), 1U);
}

TEST(engine_feed, waits_until_there_is_more) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 20'000}}));
  std::atomic<bool> done{false};
  std::uint64_t seen = 0;
  std::thread consumer([&] {
    auto feed = h.works->open_feed(0, "orders").value();
    std::vector<event> some;
    while (seen < 2'001) {
      some.clear();
      EXPECT_TRUE(feed->poll(some, 100));
      for (const event& each : some) EXPECT_EQ(each.sequence, ++seen);
      if (some.empty())
        feed->wait(1h);
      else
        ASSERT_TRUE(feed->commit(seen));
    }
    done = true;
  });
  std::vector<std::future<answer>> replies;
  for (std::uint64_t i = 0; i < 2'000; ++i)
    replies.push_back(h.works->post(reserve_command{req(1 + i), sale, buyer_id{1}, {{sku_id{1}, 1}}}));
  consumer.join();
  EXPECT_TRUE(done);
}

TEST(engine_feed, stopping_ends_the_wait) {
  house h;
  auto feed = h.works->open_feed(0, "orders").value();
  std::thread consumer([&] { feed->wait(1h); });
  h.works->stop();
  consumer.join();
  feed.reset();
}

// --- snapshots ---

TEST(engine_snapshot, shortens_the_restart_and_trims) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 1'000}}));
  sell(h, sale, 50);
  ASSERT_TRUE(h.works->snapshot(0));
  sell(h, sale, 50);
  ASSERT_TRUE(h.works->snapshot(0));
  EXPECT_EQ(h.works->stats().shards[0].snapshot_sequence, 101U);
  sell(h, sale, 10);
  const std::uint64_t before = h.hash();
  EXPECT_LT(h.images[0]->frame_count(), 70U) << "what lies behind the older snapshot is gone";

  h.reopen();
  EXPECT_EQ(h.hash(), before);
  EXPECT_EQ(h.works->stats().shards[0].snapshot_sequence, 101U);
}

TEST(engine_snapshot, keeps_what_a_feed_has_not_seen) {
  house h;
  h.params.snapshots_kept = 1;
  h.reopen();
  const sale_id sale = h.open_sale(sale_of({{1, 1'000}}));
  auto feed = h.works->open_feed(0, "orders").value();
  sell(h, sale, 50);
  EXPECT_EQ(poll_all(*feed).size(), 51U);
  ASSERT_TRUE(feed->commit(20));
  feed.reset();
  ASSERT_TRUE(h.works->snapshot(0));

  feed = h.works->open_feed(0, "orders").value();
  EXPECT_EQ(poll_all(*feed).size(), 31U);
  feed.reset();
  EXPECT_EQ(h.works->open_feed(0, "late").value()->cursor(), 20U) << "a new name starts at the oldest event";

  ASSERT_TRUE(h.works->drop_feed(0, "orders"));
  ASSERT_TRUE(h.works->drop_feed(0, "late"));
  ASSERT_TRUE(h.works->snapshot(0));
  EXPECT_EQ(h.images[0]->frame_count(), 1U);
}

TEST(engine_snapshot, is_taken_by_itself_beside_the_traffic) {
  house h;
  h.params.snapshot_every_events = 500;
  h.reopen();
  const sale_id sale = h.open_sale(sale_of({{1, 20'000}}));
  for (int round = 0; round < 40; ++round) {
    std::vector<std::future<answer>> replies;
    for (std::uint64_t i = 1; i <= 200; ++i)
      replies.push_back(
          h.works->post(reserve_command{h.next_request(), sale, buyer_id{i}, {{sku_id{1}, 1}}}));
    for (auto& each : replies) ASSERT_EQ(each.get().code, outcome::reserved);
  }
  while (h.works->stats().shards[0].snapshot_sequence < 7'500) {
    ASSERT_EQ(h.works->stats().shards[0].snapshot_failure, "");
    std::this_thread::yield();
  }
  const std::uint64_t before = h.hash();
  h.works.reset();
  h.params.snapshot_every_events = 0;
  h.open();
  EXPECT_EQ(h.hash(), before);
}

TEST(engine_snapshot, a_failure_is_told_and_harms_nothing) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 100}}));
  h.script->fail_next(storage_call::commit_snapshot, errc::storage_full);
  EXPECT_EQ(h.works->snapshot(0).error().code, errc::storage_full);
  EXPECT_NE(h.works->stats().shards[0].snapshot_failure, "");
  EXPECT_EQ(h.works->stats().state, engine_state::serving);
  sell(h, sale, 3);
  EXPECT_TRUE(h.works->snapshot(0));
  EXPECT_EQ(h.works->stats().shards[0].snapshot_failure, "");
  EXPECT_EQ(h.works->snapshot(7).error().code, errc::invalid_argument);
}

// --- failure ---

TEST(engine_failure, a_journal_that_fails_stops_accepting_and_goes_on_reading) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 1}}));
  const answer held = h.reserve(sale, 1, {{sku_id{1}, 1}}, req(7));
  h.script->fail_next(storage_call::append, errc::storage_full);

  EXPECT_EQ(h.works->execute(cancel_command{held.reservation}).code, outcome::unavailable);
  EXPECT_EQ(h.reserve(sale, 2).code, outcome::unavailable) << "not: all_held";
  const engine_stats seen = h.works->stats();
  EXPECT_EQ(seen.state, engine_state::failed);
  EXPECT_NE(seen.failure.find("shard 0: "), std::string::npos) << seen.failure;
  EXPECT_FALSE(h.works->snapshot(0));

  while (!h.works->find(held.reservation)) std::this_thread::yield();
  EXPECT_EQ(h.works->find(held.reservation).value()->state, reservation_state::held);
  EXPECT_EQ(h.stock(sale), (item_stock{1, 0, 1, 0}));

  h.reopen();
  EXPECT_EQ(h.works->stats().state, engine_state::serving);
  const answer replay = h.reserve(sale, 1, {{sku_id{1}, 1}}, req(7));
  EXPECT_TRUE(replay.replayed);
  EXPECT_EQ(replay.reservation, held.reservation);
}

TEST(engine_failure, everything_in_flight_is_answered) {
  for (const storage_call call : {storage_call::append, storage_call::sync}) {
    house h;
    const sale_id sale = h.open_sale(sale_of({{1, 20'000}}));
    h.script->plan(
        {.call = call, .nth = h.script->count(call) + 3, .code = errc::storage_failed, .done_before = 1});
    std::vector<std::future<answer>> replies;
    for (std::uint64_t i = 1; i <= 3'000; ++i) {
      replies.push_back(h.works->post(reserve_command{req(i), sale, buyer_id{i}, {{sku_id{1}, 1}}}));
      if (i % 500 == 0) replies.back().wait();  // so that there is more than one group
    }
    std::vector<std::uint64_t> acknowledged;
    std::uint64_t unavailable = 0;
    for (std::uint64_t i = 1; i <= 3'000; ++i) {
      const answer reply = replies[i - 1].get();
      if (reply.code == outcome::reserved)
        acknowledged.push_back(i);
      else
        unavailable += reply.code == outcome::unavailable;
    }
    EXPECT_EQ(acknowledged.size() + unavailable, 3'000U);
    EXPECT_GT(unavailable, 0U);

    h.images[0] = (h.works.reset(), h.images[0]->after_machine_crash());
    h.script->clear();
    h.open();
    for (const std::uint64_t each : acknowledged) {
      const answer replay = h.reserve(sale, each, {{sku_id{1}, 1}}, req(each));
      ASSERT_TRUE(replay.replayed) << each;
    }
  }
}

// --- several shards ---

TEST(engine_shards, sell_beside_each_other_and_come_back) {
  house h(small_engine(), 3);
  std::vector<sale_id> sales;
  for (int i = 0; i < 12; ++i) sales.push_back(h.open_sale(sale_of({{1, 10}})));
  sales.push_back(h.open_sale(sale_of({{1, 10}}), sale_id{1'000}));
  std::set<std::uint8_t> used;
  std::vector<reservation_id> held;
  for (const sale_id sale : sales) {
    used.insert(h.works->shard_of(sale));
    held.push_back(h.reserve(sale, 5).reservation);
    EXPECT_EQ(ledger_of(held.back()), h.works->shard_of(sale));
    EXPECT_EQ(h.stock(sale), (item_stock{10, 9, 1, 0}));
  }
  EXPECT_EQ(used.size(), 3U);
  EXPECT_EQ(std::set(sales.begin(), sales.end()).size(), sales.size());
  EXPECT_TRUE(std::ranges::is_sorted(h.works->sales()));
  EXPECT_EQ(h.works->sales().size(), sales.size());
  for (std::size_t i = 0; i < held.size(); ++i)
    EXPECT_EQ(h.works->execute(confirm_command{held[i], pay("p"), {}}).code, outcome::confirmed);
  EXPECT_EQ(h.works->execute(cancel_command{reservation_id{std::uint64_t{77} << 56U}}).code,
            outcome::reservation_not_found);

  h.reopen();
  for (const sale_id sale : sales) EXPECT_EQ(h.stock(sale), (item_stock{10, 9, 0, 1}));
}

TEST(engine_shards, a_run_of_submissions_finds_its_shards) {
  house h(small_engine(), 3);
  std::vector<sale_id> sales;
  for (int i = 0; i < 6; ++i) sales.push_back(h.open_sale(sale_of({{1, 1'000}})));
  std::atomic<int> reserved{0};
  const completion then{[](void* context, const answer& reply) noexcept {
                          *static_cast<std::atomic<int>*>(context) += reply.code == outcome::reserved;
                        },
                        &reserved};
  std::vector<submission> run;
  for (std::uint64_t i = 0; i < 600; ++i)
    run.push_back({reserve_command{h.next_request(), sales[i % 6], buyer_id{1}, {{sku_id{1}, 1}}}, then, {}});
  h.works->submit(run);
  h.works->stop();
  EXPECT_EQ(reserved.load(), 600);
  for (const sale_id sale : sales) EXPECT_EQ(h.stock(sale).held, 100U);
}

TEST(engine_shards, a_repeated_creation_finds_its_sale_after_a_restart) {
  house h(small_engine(), 3);
  const auto definition = sale_of({{1, 10}});
  std::vector<sale_id> first;
  for (std::uint64_t i = 1; i <= 10; ++i)
    first.push_back(h.works->execute(create_sale_command{req(i), {}, definition}).sale);
  h.reopen();
  for (std::uint64_t i = 1; i <= 10; ++i) {
    const answer again = h.works->execute(create_sale_command{req(i), {}, definition});
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.sale, first[i - 1]);
  }
}

TEST(engine_shards, another_number_or_order_of_journals_is_refused) {
  house h(small_engine(), 2);
  for (int i = 0; i < 6; ++i) h.open_sale(sale_of({{1, 10}}));
  h.works.reset();

  std::swap(h.images[0], h.images[1]);
  EXPECT_EQ(h.try_open().error().code, errc::invalid_argument);
  std::swap(h.images[0], h.images[1]);
  h.images.push_back(std::make_shared<journal_image>());
  EXPECT_EQ(h.try_open().error().code, errc::invalid_argument);
  h.images.resize(1);
  EXPECT_EQ(h.try_open().error().code, errc::invalid_argument);
}

TEST(engine_shards, one_that_failed_leaves_the_others_serving) {
  house h(small_engine(), 2);
  const sale_id one = h.open_sale(sale_of({{1, 10}}), sale_id{1});
  const sale_id two = h.open_sale(sale_of({{1, 10}}), sale_id{2});
  h.script->fail_next(storage_call::append, errc::storage_failed);
  EXPECT_EQ(h.reserve(one, 1).code, outcome::unavailable);
  EXPECT_EQ(h.reserve(two, 1).code, outcome::reserved);
  EXPECT_TRUE(h.works->stats().shards[0].failed);
  EXPECT_FALSE(h.works->stats().shards[1].failed);
}

TEST(engine_shards, chosen_sale_ids_never_come_twice_and_everything_reopens) {
  house h(small_engine(), 2);
  std::set<sale_id> ids;
  for (std::uint64_t last = ~std::uint64_t{0}; last > ~std::uint64_t{0} - 2; --last)
    ids.insert(h.open_sale(sale_of({{1, 10}}), sale_id{last}));
  std::vector<std::future<answer>> creations;
  for (int i = 0; i < 12; ++i)
    creations.push_back(h.works->post(create_sale_command{h.next_request(), {}, sale_of({{1, 10}})}));
  for (auto& each : creations) ids.insert(each.get().sale);
  EXPECT_EQ(ids.size(), 14U);

  h.reopen();

  EXPECT_EQ(h.works->sales(), std::vector<sale_id>(ids.begin(), ids.end()));
}

TEST(engine_shards, whatever_is_accepted_of_malformed_commands_reopens) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    house h(small_engine(durability::written), 2);
    malformed_commands any(seed);
    for (int i = 0; i < 400; ++i) {
      const answer reply = h.works->execute(any.next());
      if (reply.code == outcome::reserved) any.remember(reply.reservation);
    }
    const std::uint64_t first = h.hash(0);
    const std::uint64_t second = h.hash(1);
    const bool snapshots = any.chance(50);
    for (std::uint8_t shard = 0; snapshots && shard < 2; ++shard) EXPECT_TRUE(h.works->snapshot(shard));

    h.reopen();
    EXPECT_EQ(h.hash(0), first) << seed;
    EXPECT_EQ(h.hash(1), second) << seed;
  }
}

TEST(engine, a_submission_can_be_changed_as_soon_as_it_is_submitted) {
  house h;
  create_sale_command mine{req(1), {}, sale_of({{1, 5}})};
  auto created = h.works->post(mine);
  mine.definition.title = "another";
  mine.definition.items[0].sku = sku_id{9};
  const sale_id sale = created.get().sale;

  const board_sale shown = h.works->find_sale(sale).value();
  EXPECT_EQ(shown.definition->title, "drop");
  EXPECT_EQ(shown.definition->items[0].sku, sku_id{1});
  h.reopen();
  EXPECT_EQ(h.works->find_sale(sale)->definition->title, "drop");
}

}  // namespace
}  // namespace seckill
