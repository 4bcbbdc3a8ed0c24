#include "journal_suite.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace seckill::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(journal_conformance, a_new_journal_is_empty) { EXPECT_THAT(frames_from(*journal_, 0), IsEmpty()); }

TEST_P(journal_conformance, a_new_journal_states_no_identity) {
  EXPECT_EQ(journal_->identity().value(), std::nullopt);
  append_frame(*journal_, 1);
  reopen();
  EXPECT_EQ(journal_->identity().value(), std::nullopt);
}

TEST_P(journal_conformance, an_identity_that_was_adopted_is_kept) {
  const ledger_identity whose{{0xfedcba9876543210, 1}, 2, 5};
  ASSERT_TRUE(journal_->adopt(whose));
  EXPECT_EQ(journal_->identity().value(), whose);
  reopen();
  EXPECT_EQ(journal_->identity().value(), whose);
  EXPECT_TRUE(journal_->adopt(whose)) << "the same once more";
}

TEST_P(journal_conformance, another_identity_is_refused) {
  const ledger_identity whose{{1, 2}, 0, 2};
  ASSERT_TRUE(journal_->adopt(whose));
  for (const ledger_identity& other :
       {ledger_identity{{1, 3}, 0, 2}, ledger_identity{{1, 2}, 1, 2}, ledger_identity{{1, 2}, 0, 3}})
    EXPECT_EQ(journal_->adopt(other).error().code, errc::invalid_argument);
  reopen();
  EXPECT_EQ(journal_->identity().value(), whose);
}

TEST_P(journal_conformance, frames_read_back_byte_for_byte_in_order) {
  const std::array<std::size_t, 6> sizes = {1, 0, 48, 70'000, 3'000'000, 7};
  std::vector<read_frame> written;
  for (const std::size_t size : sizes) {
    const std::uint64_t first = written.empty() ? 1 : written.back().first_sequence + 1'000;
    append_frame(*journal_, first, size);
    written.push_back({first, bytes_of(first, size)});
  }

  EXPECT_EQ(frames_from(*journal_, 1), written);
  reopen();
  EXPECT_EQ(frames_from(*journal_, 1), written);
}

TEST_P(journal_conformance, many_frames_are_appended_in_one_call) {
  const auto one = bytes_of(1, 10);
  const auto two = bytes_of(2, 20);
  const std::array<stored_frame, 2> frames = {stored_frame{1, one}, stored_frame{5, two}};
  ASSERT_TRUE(journal_->append(frames));
  ASSERT_TRUE(journal_->append({}));

  EXPECT_EQ(frames_from(*journal_, 1), (std::vector<read_frame>{{1, one}, {5, two}}));
}

TEST_P(journal_conformance, a_sequence_that_does_not_ascend_is_refused_and_nothing_of_the_call_is_stored) {
  append_frame(*journal_, 10);
  const auto bytes = bytes_of(1, 10);
  const std::array<stored_frame, 1> same = {stored_frame{10, bytes}};
  const std::array<stored_frame, 1> lower = {stored_frame{9, bytes}};
  const std::array<stored_frame, 2> unsorted = {stored_frame{20, bytes}, stored_frame{20, bytes}};

  for (const std::span<const stored_frame> each :
       {std::span<const stored_frame>(same), std::span<const stored_frame>(lower),
        std::span<const stored_frame>(unsorted)})
    EXPECT_EQ(journal_->append(each).error().code, errc::invalid_argument);

  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(10));
  append_frame(*journal_, 20);
  reopen();
  const std::array<stored_frame, 1> again = {stored_frame{20, bytes}};
  EXPECT_EQ(journal_->append(again).error().code, errc::invalid_argument);
  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(10, 20));
}

TEST_P(journal_conformance, acknowledged_frames_survive_the_process) {
  for (std::uint64_t first = 1; first <= 100; ++first) append_frame(*journal_, first, 1'000);

  crash_process();

  const auto found = frames_from(*journal_, 0);
  ASSERT_EQ(found.size(), 100U);
  for (const read_frame& each : found) EXPECT_EQ(each.bytes, bytes_of(each.first_sequence, 1'000));
  append_frame(*journal_, 101);
}

TEST_P(journal_conformance, synced_frames_survive_the_machine_and_of_the_others_a_prefix) {
  for (std::uint64_t first = 1; first <= 10; ++first) append_frame(*journal_, first, 40'000);
  ASSERT_TRUE(journal_->sync());
  for (std::uint64_t first = 11; first <= 20; ++first) append_frame(*journal_, first, 40'000);

  crash_machine();

  const auto found = frames_from(*journal_, 0);
  ASSERT_GE(found.size(), 10U);
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(found[i], (read_frame{i + 1, bytes_of(i + 1, 40'000)}));
}

TEST_P(journal_conformance, what_one_crash_left_survives_the_next_one) {
  append_frame(*journal_, 1);
  crash_process();
  append_frame(*journal_, 2);
  ASSERT_TRUE(journal_->sync());

  crash_machine();

  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(1, 2));
}

TEST_P(journal_conformance, reading_starts_at_the_frame_that_contains_the_sequence) {
  for (const std::uint64_t first : {10U, 20U, 30U}) append_frame(*journal_, first);

  EXPECT_THAT(sequences_from(*journal_, 1), ElementsAre(10, 20, 30));
  EXPECT_THAT(sequences_from(*journal_, 10), ElementsAre(10, 20, 30));
  EXPECT_THAT(sequences_from(*journal_, 19), ElementsAre(10, 20, 30));
  EXPECT_THAT(sequences_from(*journal_, 20), ElementsAre(20, 30));
  EXPECT_THAT(sequences_from(*journal_, 1'000), ElementsAre(30));
}

TEST_P(journal_conformance, a_reader_at_the_end_goes_on_when_there_is_more) {
  append_frame(*journal_, 1);
  auto reader = journal_->read_from(1);
  ASSERT_TRUE(reader);
  EXPECT_EQ(rest_of(**reader).size(), 1U);
  EXPECT_THAT(rest_of(**reader), IsEmpty());

  append_frame(*journal_, 2);
  append_frame(*journal_, 3);

  const auto later = rest_of(**reader);
  ASSERT_EQ(later.size(), 2U);
  EXPECT_EQ(later[0].first_sequence, 2U);
}

TEST_P(journal_conformance, a_reader_opened_on_an_empty_journal_starts_with_its_first_frame) {
  auto reader = journal_->read_from(7);
  ASSERT_TRUE(reader);
  EXPECT_THAT(rest_of(**reader), IsEmpty());
  append_frame(*journal_, 10);
  EXPECT_EQ(rest_of(**reader).size(), 1U);
}

TEST_P(journal_conformance, the_bytes_of_a_frame_stay_until_the_next_call) {
  for (std::uint64_t first = 1; first <= 3; ++first) append_frame(*journal_, first, 5'000);
  auto reader = journal_->read_from(1);
  ASSERT_TRUE(reader);
  const auto frame = (*reader)->next();
  ASSERT_TRUE(frame && *frame);

  append_frame(*journal_, 4, 5'000);
  ASSERT_TRUE(journal_->trim(4));

  EXPECT_TRUE(std::ranges::equal((*frame)->bytes, bytes_of(1, 5'000)));
}

TEST_P(journal_conformance, a_reader_beside_the_writer_sees_every_frame_that_was_acknowledged) {
  constexpr std::uint64_t count = 2'000;
  std::atomic<std::uint64_t> acknowledged = 0;
  std::thread writer([&] {
    for (std::uint64_t first = 1; first <= count; ++first) {
      append_frame(*journal_, first, 300);
      acknowledged.store(first, std::memory_order_release);
    }
  });

  auto reader = journal_->read_from(1);
  std::uint64_t seen = 0;
  while (reader && seen < count && !HasFailure()) {
    const std::uint64_t known = acknowledged.load(std::memory_order_acquire);
    const auto next = (*reader)->next();
    ASSERT_TRUE(next);
    if (!*next) {
      EXPECT_GE(seen, known);
      continue;
    }
    EXPECT_EQ((*next)->first_sequence, ++seen);
    EXPECT_TRUE(std::ranges::equal((*next)->bytes, bytes_of(seen, 300)));
  }
  writer.join();
  EXPECT_EQ(seen, count);
}

TEST_P(journal_conformance, sync_runs_beside_append) {
  constexpr std::uint64_t count = 300;
  std::atomic<bool> done = false;
  std::thread syncer([&] {
    while (!done.load(std::memory_order_acquire)) ASSERT_TRUE(journal_->sync());
  });
  for (std::uint64_t first = 1; first <= count; ++first) append_frame(*journal_, first);
  done.store(true, std::memory_order_release);
  syncer.join();
  ASSERT_TRUE(journal_->sync());

  crash_machine();
  EXPECT_EQ(sequences_from(*journal_, 0).size(), count);
}

TEST_P(journal_conformance, cut_removes_what_starts_at_the_sequence_or_after_and_it_stays_removed) {
  for (const std::uint64_t first : {10U, 20U, 30U, 40U}) append_frame(*journal_, first);
  ASSERT_TRUE(journal_->sync());

  ASSERT_TRUE(journal_->cut(25));

  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(10, 20));
  crash_machine();
  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(10, 20));
}

TEST_P(journal_conformance, sequences_that_were_cut_are_written_anew) {
  for (const std::uint64_t first : {10U, 20U, 30U}) append_frame(*journal_, first);
  ASSERT_TRUE(journal_->cut(20));
  append_frame(*journal_, 20, 17);
  append_frame(*journal_, 25, 18);

  const auto found = frames_from(*journal_, 20);
  EXPECT_EQ(found, (std::vector<read_frame>{{20, bytes_of(20, 17)}, {25, bytes_of(25, 18)}}));
  reopen();
  EXPECT_EQ(frames_from(*journal_, 20), found);
}

TEST_P(journal_conformance, everything_can_be_cut_and_nothing) {
  append_frame(*journal_, 10);
  append_frame(*journal_, 20);
  ASSERT_TRUE(journal_->sync());
  ASSERT_TRUE(journal_->cut(21));
  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(10, 20));

  ASSERT_TRUE(journal_->cut(0));

  EXPECT_THAT(frames_from(*journal_, 0), IsEmpty());
  reopen();
  EXPECT_THAT(frames_from(*journal_, 0), IsEmpty());
  append_frame(*journal_, 1);
}

TEST_P(journal_conformance, trim_removes_nothing_that_reaches_up_to_the_sequence) {
  for (const std::uint64_t first : {10U, 20U, 30U, 40U}) append_frame(*journal_, first);

  ASSERT_TRUE(journal_->trim(35));

  const auto found = sequences_from(*journal_, 30);
  EXPECT_THAT(found, ElementsAre(30, 40));
  reopen();
  EXPECT_THAT(sequences_from(*journal_, 30), ElementsAre(30, 40));
}

TEST_P(journal_conformance, trim_keeps_the_last_frame) {
  for (const std::uint64_t first : {10U, 20U}) append_frame(*journal_, first);
  ASSERT_TRUE(journal_->sync());

  ASSERT_TRUE(journal_->trim(1'000'000));
  ASSERT_TRUE(journal_->trim(0));

  EXPECT_THAT(sequences_from(*journal_, 20), ElementsAre(20));
  reopen();
  EXPECT_THAT(sequences_from(*journal_, 20), ElementsAre(20));
  append_frame(*journal_, 30);
}

TEST_P(journal_conformance, a_reader_goes_on_across_a_trim) {
  for (std::uint64_t first = 1; first <= 5; ++first) append_frame(*journal_, first);
  auto reader = journal_->read_from(1);
  ASSERT_TRUE(reader && (*reader)->next());

  ASSERT_TRUE(journal_->trim(4));

  const auto rest = rest_of(**reader);
  ASSERT_GE(rest.size(), 2U);
  EXPECT_EQ(rest.back().first_sequence, 5U);
}

TEST_P(journal_conformance, a_second_user_is_refused_until_the_first_is_gone) {
  const auto second = backend_->open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::already_open);
  EXPECT_EQ(second.error().code, failure::retryable);
  EXPECT_NE(second.error().text, "");

  append_frame(*journal_, 1);
  reopen();
  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(1));
}

}  // namespace
}  // namespace seckill::testing
