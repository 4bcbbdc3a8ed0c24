// What a journal gives back: snapshots, frames, torn tails, damage, strangers.
#include "engine/recovery.hpp"

#include "engine/snapshots.hpp"
#include "tests/support/open_recovered.hpp"
#include "tests/support/shop.hpp"
#include <seckill/frame.hpp>
#include <seckill/memory/memory_journal.hpp>
#include <seckill/testing/faulty_journal.hpp>

#include <gtest/gtest.h>

#include <string>

namespace seckill {
namespace {

using namespace testing;

constexpr sku_id a{1};
const std::atomic<bool> go_on{false};

ledger_params small() {
  ledger_params bounds;
  bounds.stock_max = 1'000;
  bounds.remembered_max = 200;
  bounds.tombstones_max = 20;
  bounds.operator_requests_max = 20;
  bounds.sales_max = 4;
  bounds.items_per_sale_max = 4;
  return bounds;
}

/// A ledger whose history is written as frames of three events each, and what it was after each of them.
struct past {
  explicit past(int frames, ledger_params how = small()) : bounds(how), market(bounds) {
    params.ledger = bounds;
    params.events_kept = 0;
    storage = open_memory_journal(image).value();
    for (int i = 0; i < frames; ++i) add_frame();
  }

  void add_frame() {
    market.journal.clear();
    const std::uint64_t first = market.books.last_sequence() + 1;
    if (first == 1) {
      sale = market.open_sale(sale_of({{1, 900}}));
      market.reserve(sale, 1, {{a, 1}});
    } else {
      last = market.reserve(sale, 1 + first % 7, {{a, 2}}).reservation;
      market.confirm(last, "paid");
    }
    market.reserve(sale, 2 + first % 5, {{a, 1}});
    ASSERT_EQ(market.journal.count(), 3U);
    std::vector<std::byte> bytes;
    link.checksum = encode_frame(market.journal, head(first), bytes);
    store(first, bytes);
    hashes.push_back(market.books.state_hash());
  }

  [[nodiscard]] frame_header head(std::uint64_t first) const {
    return {.identity = {test_fleet, bounds.shard, bounds.shard_count},
            .term = link.term,
            .first_sequence = first,
            .at_ms = market.now,
            .wall_ms = market.now,
            .previous_checksum = link.checksum};
  }

  void store(std::uint64_t first, const std::vector<std::byte>& bytes) {
    const stored_frame one{first, bytes};
    ASSERT_TRUE(storage->append({&one, 1}));
    ASSERT_TRUE(storage->sync());
  }

  /// Puts another good frame in the place of the last one; what comes later follows the one that was there.
  void replace_last_frame(void (*change)(frame_header&) = [](frame_header&) {}) {
    const std::uint64_t first = market.books.last_sequence() - 2;
    auto reader = storage->read_from(first).value();
    const auto stored = reader->next().value();
    frame_header other = decode_frame(stored->bytes).value().header;
    other.wall_ms += 1;
    change(other);
    std::vector<std::byte> bytes;
    encode_frame(market.journal, other, bytes);
    ASSERT_TRUE(storage->cut(first));
    store(first, bytes);
  }

  /// Reopens the journal, for nobody else may use the image meanwhile.
  void reopen() {
    storage.reset();
    storage = open_memory_journal(image).value();
  }
  [[nodiscard]] result<recovered> recover_all() {
    return open_recovered(*storage, {.bounds = bounds, .torn_frames_max = 2});
  }
  [[nodiscard]] error fault() {
    auto state = recover_all();
    EXPECT_FALSE(state.has_value());
    return state ? error{} : state.error();
  }

  ledger_params bounds;
  engine_params params;
  shop market;
  std::shared_ptr<journal_image> image = std::make_shared<journal_image>();
  std::unique_ptr<journal> storage;
  sale_id sale{};
  reservation_id last{};
  frame_link link;                    // of the last frame
  std::vector<std::uint64_t> hashes;  // after each frame
};

bool says(const error& failed, std::string_view part) { return failed.text.find(part) != std::string::npos; }

TEST(recovery, of_nothing_is_an_empty_ledger) {
  past p(0);
  const auto state = p.recover_all();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->state.last_sequence(), 0U);
}

TEST(recovery, replays_to_the_same_state) {
  past p(10);
  const auto state = p.recover_all();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->state.state_hash(), p.hashes.back());
  EXPECT_EQ(state->events_replayed, 30U);
  EXPECT_EQ(state->snapshot_sequence, 0U);
}

TEST(recovery, stops_where_it_is_told) {
  past p(10);
  for (std::uint64_t frame = 0; frame < 10; ++frame) {
    const auto state = recover(*p.storage, {.bounds = p.bounds, .up_to = 3 * (frame + 1)});
    ASSERT_TRUE(state);
    EXPECT_EQ(state->state.state_hash(), p.hashes[frame]);
  }
  EXPECT_EQ(recover(*p.storage, {.bounds = p.bounds, .up_to = 31}).error().code, errc::missing_data);
  EXPECT_EQ(recover(*p.storage, {.bounds = p.bounds, .up_to = 29}).error().code, errc::missing_data)
      << "a frame is not cut through";
}

TEST(recovery, starts_at_the_newest_snapshot) {
  past p(4);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 12, go_on));
  for (int i = 0; i < 3; ++i) p.add_frame();

  const auto state = p.recover_all();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->snapshot_sequence, 12U);
  EXPECT_EQ(state->events_replayed, 9U);
  EXPECT_EQ(state->state.state_hash(), p.hashes.back());
}

TEST(recovery, a_snapshot_that_cannot_be_read_falls_back_to_the_older_one) {
  past p(4);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 12, go_on));
  p.add_frame();
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 15, go_on));
  p.add_frame();
  p.image->damage_snapshot(15, p.image->snapshot_bytes(15) / 2);

  const auto state = p.recover_all();
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_EQ(state->snapshot_sequence, 12U);
  EXPECT_EQ(state->state.state_hash(), p.hashes.back());
  EXPECT_EQ(p.storage->snapshots().value(), std::vector<std::uint64_t>{12})
      << "it would only mislead the next one";
}

TEST(recovery, without_any_readable_snapshot_all_frames_are_needed) {
  past p(4);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 12, go_on));
  p.add_frame();
  p.image->tear_snapshot(12, 100);
  EXPECT_EQ(recover(*p.storage, {.bounds = p.bounds})->state.state_hash(), p.hashes.back());

  ASSERT_TRUE(p.storage->trim(12));
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::missing_data);
  EXPECT_TRUE(says(failed, "events 1 to 9 are missing")) << failed.text;
  EXPECT_TRUE(says(failed, "snapshot 12 cannot be used")) << failed.text;
}

TEST(recovery, a_damaged_last_frame_is_cut) {
  past p(5);
  p.image->damage_frame(4, 100);
  const auto state = p.recover_all();
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_EQ(state->state.state_hash(), p.hashes[3]);
  EXPECT_EQ(state->torn->frames, 1U);
  EXPECT_EQ(p.image->frame_count(), 4U);
}

TEST(recovery, a_torn_last_frame_is_cut_wherever_it_tore) {
  for (const std::size_t kept : {0U, 1U, 47U, 48U, 87U, 88U, 100U}) {
    past p(3);
    p.image->tear_last_frame(kept);
    const auto state = p.recover_all();
    ASSERT_TRUE(state) << state.error().text;
    EXPECT_EQ(state->state.state_hash(), p.hashes[1]) << kept;
  }
}

TEST(recovery, changes_nothing_by_itself) {
  past p(5);
  p.image->damage_frame(4, 100);
  ASSERT_TRUE(recover(*p.storage, {.bounds = p.bounds}));
  EXPECT_EQ(p.image->frame_count(), 5U);
}

TEST(recovery, a_group_of_frames_may_be_torn_but_not_more) {
  past p(6);
  p.image->damage_frame(4, 100);
  p.image->damage_frame(5, 100);
  past q(6);
  for (std::size_t i = 3; i < 6; ++i) q.image->damage_frame(i, 100);

  const auto state = p.recover_all();
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_EQ(state->state.state_hash(), p.hashes[3]);
  EXPECT_EQ(state->torn->frames, 2U);

  const error failed = q.fault();
  EXPECT_EQ(failed.code, errc::corrupt_data);
  EXPECT_TRUE(says(failed, "from event 10 on")) << failed.text;
  EXPECT_EQ(q.image->frame_count(), 6U) << "nothing is cut then";
}

TEST(recovery, damage_in_the_middle_names_what_is_lost) {
  past p(6);
  p.image->damage_frame(2, 100);
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::corrupt_data);
  EXPECT_TRUE(says(failed, "events 7 to 9 are damaged")) << failed.text;
  EXPECT_EQ(p.image->frame_count(), 6U);
}

TEST(recovery, a_missing_frame_names_what_is_lost) {
  past p(6);
  p.image->lose_frame(3);
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::missing_data);
  EXPECT_TRUE(says(failed, "events 10 to 12 are missing")) << failed.text;
}

TEST(recovery, damage_below_the_snapshot_does_not_matter) {
  past p(4);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 12, go_on));
  p.add_frame();
  p.image->damage_frame(1, 100);
  p.image->damage_frame(3, 100);
  const auto state = p.recover_all();
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_EQ(state->state.state_hash(), p.hashes.back());
}

TEST(recovery, a_tail_that_a_feed_has_seen_is_not_cut) {
  past p(5);
  ASSERT_TRUE(p.storage->save_cursor("orders", 15));
  p.image->damage_frame(4, 100);
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::missing_data);
  EXPECT_TRUE(says(failed, "ends at event 12, but the feed orders has seen event 15")) << failed.text;
  EXPECT_EQ(p.image->frame_count(), 5U);
}

TEST(recovery, a_journal_that_ends_before_a_snapshot_is_refused) {
  past p(5);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 15, go_on));
  p.image->damage_snapshot(15, 100);
  p.image->damage_frame(4, 100);
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::missing_data);
  EXPECT_TRUE(says(failed, "a snapshot has seen event 15")) << failed.text;
}

TEST(recovery, a_journal_of_another_shard_or_another_count_is_refused) {
  ledger_params second = small();
  second.shard = 1;
  second.shard_count = 3;
  past p(2, second);
  p.bounds.shard = 2;
  EXPECT_EQ(p.fault().code, errc::invalid_argument);
  EXPECT_TRUE(says(p.fault(), "belongs to shard 1 of 3, not to shard 2 of 3")) << p.fault().text;

  p.bounds = second;
  p.bounds.shard_count = 4;
  EXPECT_TRUE(says(p.fault(), "belongs to shard 1 of 3, not to shard 1 of 4")) << p.fault().text;
}

TEST(recovery, a_journal_of_another_installation_is_refused) {
  past p(2);
  const auto state = recover(*p.storage, {.bounds = p.bounds, .fleet = {1, 2}});
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, errc::invalid_argument);
  EXPECT_TRUE(says(state.error(), "belongs to shard 0 of 1 of installation " + to_string(test_fleet)))
      << state.error().text;
}

TEST(recovery, a_snapshot_of_another_installation_is_refused) {
  past p(2);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 6, go_on));
  const auto state = recover(*p.storage, {.bounds = p.bounds, .fleet = {1, 2}, .up_to = 6});
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, errc::invalid_argument);
  EXPECT_TRUE(says(state.error(), "snapshot: belongs to")) << state.error().text;
}

// --- the chain ---

TEST(recovery, a_frame_that_another_good_one_replaced_is_damage_in_the_middle) {
  past p(3);
  p.replace_last_frame();
  ASSERT_TRUE(p.recover_all()) << "nothing follows it yet that could tell";
  p.add_frame();
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::corrupt_data);
  EXPECT_TRUE(says(failed, "the frame that starts at event 10 does not follow the one before it"))
      << failed.text;
}

TEST(recovery, the_first_frame_of_all_follows_none) {
  past p(1);
  p.replace_last_frame([](frame_header& head) { head.previous_checksum = 5; });
  EXPECT_TRUE(says(p.fault(), "event 1 does not follow")) << p.fault().text;
}

TEST(recovery, a_frame_of_a_term_that_has_ended_is_refused) {
  past p(2);
  p.link.term = 3;
  p.add_frame();
  p.link.term = 2;
  p.add_frame();
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::corrupt_data);
  EXPECT_TRUE(says(failed, "event 10 is of a term that has ended")) << failed.text;
}

TEST(recovery, a_snapshot_names_the_frame_that_it_was_made_of) {
  past p(3);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 9, go_on));
  p.replace_last_frame();
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::corrupt_data);
  EXPECT_TRUE(says(failed, "the frame that ends at event 9 is not the one")) << failed.text;
}

TEST(recovery, what_follows_a_trimmed_frame_is_checked_against_the_snapshot) {
  past p(3);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 9, go_on));
  p.add_frame();
  p.image->lose_frame(2);
  EXPECT_TRUE(p.recover_all());

  past q(3);
  ASSERT_TRUE(write_snapshot(*q.storage, q.params, test_fleet, 9, go_on));
  q.link.checksum += 1;
  q.add_frame();
  q.image->lose_frame(2);
  EXPECT_TRUE(says(q.fault(), "event 10 does not follow")) << q.fault().text;
}

TEST(recovery, tells_what_the_next_frame_has_to_follow) {
  past p(3);
  p.market.now += 1'000;
  p.add_frame();
  const auto replayed = p.recover_all();
  EXPECT_EQ(replayed->last, p.link);
  EXPECT_EQ(replayed->wall_ms, p.market.now);

  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 12, go_on));
  const auto loaded = p.recover_all();
  EXPECT_EQ(loaded->snapshot_sequence, 12U);
  EXPECT_EQ(loaded->last, p.link);
  EXPECT_EQ(loaded->wall_ms, p.market.now);
}

TEST(recovery, a_state_that_does_not_fit_says_which_bound) {
  past p(2);
  p.bounds.stock_max = 100;
  const error failed = p.fault();
  EXPECT_EQ(failed.code, errc::capacity_exceeded);
  EXPECT_TRUE(says(failed, "stock_max")) << failed.text;
  EXPECT_TRUE(says(failed, "event 1:")) << failed.text;
}

TEST(recovery, an_event_that_does_not_fit_is_named_once) {
  past p(1);
  event_buffer events;
  events.append(reservation_cancelled{reservation_id{999}});
  std::vector<std::byte> bytes;
  encode_frame(events, p.head(4), bytes);
  p.store(4, bytes);

  const std::string text = p.fault().text;
  EXPECT_TRUE(text.starts_with("event 4: ")) << text;
  EXPECT_EQ(text.find("event 4", 1), std::string::npos) << text;
}

TEST(recovery, read_errors_are_not_taken_for_damage) {
  past p(3);
  const auto script = std::make_shared<fault_script>();
  p.storage.reset();
  p.storage = make_faulty_journal(open_memory_journal(p.image).value(), script);
  script->plan({.call = storage_call::read, .nth = 2, .code = errc::read_failed});
  EXPECT_EQ(p.fault().code, errc::read_failed);
  EXPECT_EQ(p.image->frame_count(), 3U);
}

// --- snapshots ---

TEST(snapshots, only_so_many_are_kept) {
  past p(2);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, p.market.books.last_sequence(), go_on));
    p.add_frame();
  }
  EXPECT_EQ(p.storage->snapshots().value(), (std::vector<std::uint64_t>{15, 12}));
}

TEST(snapshots, the_same_state_is_not_written_twice) {
  past p(2);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 6, go_on));
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 6, go_on));
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 0, go_on)) << "of nothing there is none";
  EXPECT_EQ(p.storage->snapshots().value(), std::vector<std::uint64_t>{6});
}

TEST(snapshots, a_failing_one_leaves_nothing_and_harms_nothing) {
  for (const storage_call call :
       {storage_call::read, storage_call::write_snapshot, storage_call::commit_snapshot}) {
    past p(3);
    const auto script = std::make_shared<fault_script>();
    p.storage.reset();
    p.storage = make_faulty_journal(open_memory_journal(p.image).value(), script);
    script->fail_next(call);
    EXPECT_FALSE(write_snapshot(*p.storage, p.params, test_fleet, 9, go_on));
    EXPECT_TRUE(p.storage->snapshots()->empty());
    EXPECT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 9, go_on));
    EXPECT_EQ(p.recover_all()->state.state_hash(), p.hashes.back());
  }
}

TEST(snapshots, a_cancelled_one_leaves_nothing) {
  past p(3);
  const std::atomic<bool> cancelled{true};
  EXPECT_EQ(write_snapshot(*p.storage, p.params, test_fleet, 9, cancelled).error().code, errc::unavailable);
  EXPECT_TRUE(p.storage->snapshots()->empty());
}

TEST(snapshots, frames_are_trimmed_behind_the_oldest_kept_one) {
  past p(3);
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 9, go_on));
  ASSERT_TRUE(trim_behind_snapshots(*p.storage, p.params));
  EXPECT_EQ(p.image->frame_count(), 3U) << "one snapshot is not yet two";

  p.add_frame();
  p.add_frame();
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 15, go_on));
  ASSERT_TRUE(trim_behind_snapshots(*p.storage, p.params));
  EXPECT_EQ(p.image->frame_count(), 2U);
  p.image->damage_snapshot(15, 50);
  EXPECT_EQ(p.recover_all()->state.state_hash(), p.hashes.back()) << "the older one and the frames behind it";
}

TEST(snapshots, the_newest_events_stay_for_consumers_that_come_back_with_an_older_copy) {
  past p(20);
  p.params.snapshots_kept = 1;
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 60, go_on));
  p.params.events_kept = 60;
  ASSERT_TRUE(trim_behind_snapshots(*p.storage, p.params));
  EXPECT_EQ(p.image->frame_count(), 20U);
  p.params.events_kept = 30;
  ASSERT_TRUE(trim_behind_snapshots(*p.storage, p.params));
  EXPECT_EQ(p.image->frame_count(), 10U);
  EXPECT_EQ(p.recover_all()->state.state_hash(), p.hashes.back());
}

TEST(snapshots, frames_that_a_feed_has_not_seen_stay) {
  past p(5);
  p.params.snapshots_kept = 1;
  ASSERT_TRUE(p.storage->save_cursor("orders", 4));
  ASSERT_TRUE(write_snapshot(*p.storage, p.params, test_fleet, 15, go_on));
  ASSERT_TRUE(trim_behind_snapshots(*p.storage, p.params));
  EXPECT_EQ(p.image->frame_count(), 4U);

  ASSERT_TRUE(p.storage->drop_cursor("orders"));
  ASSERT_TRUE(trim_behind_snapshots(*p.storage, p.params));
  EXPECT_EQ(p.image->frame_count(), 1U) << "the last frame always stays";
  EXPECT_EQ(p.recover_all()->state.state_hash(), p.hashes.back());
}

}  // namespace
}  // namespace seckill
