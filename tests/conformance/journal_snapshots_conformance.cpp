#include "journal_suite.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace seckill::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using chunks = std::vector<std::vector<std::byte>>;

const chunks three = {bytes_of(1, 1), bytes_of(2, 40'000), bytes_of(3, snapshot_chunk_max)};

void write_snapshot(journal& to, std::uint64_t sequence, const chunks& content) {
  auto writer = to.write_snapshot(sequence);
  ASSERT_TRUE(writer) << writer.error().text;
  for (const auto& chunk : content) ASSERT_TRUE((*writer)->write(chunk));
  const auto done = (*writer)->commit();
  ASSERT_TRUE(done) << done.error().text;
}

result<chunks> read_whole(snapshot_source& from) {
  chunks found;
  while (true) {
    const auto chunk = from.read();
    if (!chunk) return chunk.error();
    if (chunk->empty()) return found;
    found.emplace_back(chunk->begin(), chunk->end());
  }
}

result<chunks> read_snapshot(journal& from, std::uint64_t sequence) {
  const auto source = from.read_snapshot(sequence);
  if (!source) return source.error();
  return read_whole(**source);
}

TEST_P(journal_conformance, a_snapshot_reads_back_chunk_by_chunk) {
  write_snapshot(*journal_, 5, three);
  write_snapshot(*journal_, 6, {});

  EXPECT_EQ(read_snapshot(*journal_, 5).value(), three);
  EXPECT_THAT(read_snapshot(*journal_, 6).value(), IsEmpty());
  crash_machine();
  EXPECT_EQ(read_snapshot(*journal_, 5).value(), three);
}

TEST_P(journal_conformance, a_source_that_was_read_to_its_end_stays_there) {
  write_snapshot(*journal_, 5, {bytes_of(1, 10)});
  const auto source = journal_->read_snapshot(5);
  ASSERT_TRUE(source && (*source)->read() && (*source)->read());
  const auto more = (*source)->read();
  ASSERT_TRUE(more);
  EXPECT_TRUE(more->empty());
}

TEST_P(journal_conformance, snapshots_are_listed_newest_first) {
  EXPECT_THAT(journal_->snapshots().value(), IsEmpty());
  for (const std::uint64_t sequence : {9U, 100U, 20U}) write_snapshot(*journal_, sequence, three);
  EXPECT_THAT(journal_->snapshots().value(), ElementsAre(100, 20, 9));
  reopen();
  EXPECT_THAT(journal_->snapshots().value(), ElementsAre(100, 20, 9));
}

TEST_P(journal_conformance, a_snapshot_that_was_not_committed_leaves_nothing) {
  {
    auto writer = journal_->write_snapshot(7);
    ASSERT_TRUE(writer && (*writer)->write(three[1]));
    EXPECT_THAT(journal_->snapshots().value(), IsEmpty());
    EXPECT_EQ(journal_->read_snapshot(7).error().code, errc::not_found);
  }
  EXPECT_THAT(journal_->snapshots().value(), IsEmpty());
  reopen();
  EXPECT_THAT(journal_->snapshots().value(), IsEmpty());
}

TEST_P(journal_conformance, a_crash_while_a_snapshot_is_written_leaves_nothing_of_it) {
  write_snapshot(*journal_, 3, three);
  auto writer = journal_->write_snapshot(7);
  ASSERT_TRUE(writer && (*writer)->write(three[1]));

  backend_->crash_process();
  writer->reset();
  reopen();

  EXPECT_THAT(journal_->snapshots().value(), ElementsAre(3));
  write_snapshot(*journal_, 7, three);
  EXPECT_EQ(read_snapshot(*journal_, 7).value(), three);
}

TEST_P(journal_conformance, a_snapshot_replaces_an_older_one_of_the_same_sequence) {
  write_snapshot(*journal_, 5, three);
  write_snapshot(*journal_, 5, {three[0]});
  EXPECT_EQ(read_snapshot(*journal_, 5).value(), chunks{three[0]});
  EXPECT_THAT(journal_->snapshots().value(), ElementsAre(5));
}

TEST_P(journal_conformance, two_snapshots_are_written_at_once) {
  auto one = journal_->write_snapshot(5);
  auto other = journal_->write_snapshot(5);
  ASSERT_TRUE(one && other);
  ASSERT_TRUE((*one)->write(three[0]));
  ASSERT_TRUE((*other)->write(three[1]));
  ASSERT_TRUE((*one)->commit());
  EXPECT_EQ(read_snapshot(*journal_, 5).value(), chunks{three[0]});
  ASSERT_TRUE((*other)->commit());
  EXPECT_EQ(read_snapshot(*journal_, 5).value(), chunks{three[1]});
}

TEST_P(journal_conformance, chunks_out_of_bounds_are_refused) {
  auto writer = journal_->write_snapshot(5);
  ASSERT_TRUE(writer);
  EXPECT_EQ((*writer)->write({}).error().code, errc::invalid_argument);
  EXPECT_EQ((*writer)->write(bytes_of(1, snapshot_chunk_max + 1)).error().code, errc::invalid_argument);
}

TEST_P(journal_conformance, a_dropped_snapshot_is_gone_but_may_be_read_to_its_end) {
  write_snapshot(*journal_, 5, three);
  const auto source = journal_->read_snapshot(5);
  ASSERT_TRUE(source);

  ASSERT_TRUE(journal_->drop_snapshot(5));
  ASSERT_TRUE(journal_->drop_snapshot(5));

  EXPECT_THAT(journal_->snapshots().value(), IsEmpty());
  EXPECT_EQ(journal_->read_snapshot(5).error().code, errc::not_found);
  EXPECT_EQ(read_whole(**source).value(), three);
}

TEST_P(journal_conformance, a_flipped_bit_anywhere_in_a_snapshot_is_noticed) {
  write_snapshot(*journal_, 5, {three[0], bytes_of(2, 100), bytes_of(3, 30)});
  const std::size_t size = backend_->snapshot_bytes(5);
  ASSERT_GT(size, 131U);
  for (std::size_t at = 0; at < size; ++at) {
    backend_->damage_snapshot(5, at);
    const auto found = read_snapshot(*journal_, 5);
    ASSERT_FALSE(found) << "byte " << at;
    EXPECT_TRUE(found.error().code == errc::corrupt_data || found.error().code == errc::version_unsupported);
    backend_->damage_snapshot(5, at);  // flips it back
  }
  EXPECT_TRUE(read_snapshot(*journal_, 5));
}

TEST_P(journal_conformance, a_torn_snapshot_is_noticed_wherever_it_ends) {
  write_snapshot(*journal_, 5, {three[0], bytes_of(2, 100)});
  for (std::size_t size = backend_->snapshot_bytes(5); size-- > 0;) {
    backend_->tear_snapshot(5, size);
    const auto found = read_snapshot(*journal_, 5);
    ASSERT_FALSE(found) << size << " bytes left";
    EXPECT_EQ(found.error().code, errc::corrupt_data);
  }
}

TEST_P(journal_conformance, a_snapshot_never_outlives_the_frames_below_it) {
  append_frame(*journal_, 1);
  append_frame(*journal_, 2);
  write_snapshot(*journal_, 2, three);

  crash_machine();

  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(1, 2));
}

TEST_P(journal_conformance, a_cursor_is_zero_until_it_is_saved_and_zero_again_when_dropped) {
  EXPECT_EQ(journal_->cursor("orders").value(), 0U);
  ASSERT_TRUE(journal_->save_cursor("orders", 42));
  EXPECT_EQ(journal_->cursor("orders").value(), 42U);
  ASSERT_TRUE(journal_->save_cursor("orders", 7));
  EXPECT_EQ(journal_->cursor("orders").value(), 7U);
  ASSERT_TRUE(journal_->drop_cursor("orders"));
  ASSERT_TRUE(journal_->drop_cursor("orders"));
  EXPECT_EQ(journal_->cursor("orders").value(), 0U);
  reopen();
  EXPECT_THAT(journal_->cursors().value(), IsEmpty());
}

TEST_P(journal_conformance, cursors_survive_the_machine_and_are_listed_by_name) {
  ASSERT_TRUE(journal_->save_cursor("orders", 1'000'000'000'000));
  ASSERT_TRUE(journal_->save_cursor("a-feed_2", 3));
  ASSERT_TRUE(journal_->save_cursor(std::string(64, 'z'), 4));

  crash_machine();

  const auto found = journal_->cursors().value();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].name, "a-feed_2");
  EXPECT_EQ(found[0].sequence, 3U);
  EXPECT_EQ(found[1].name, "orders");
  EXPECT_EQ(found[1].sequence, 1'000'000'000'000U);
  EXPECT_EQ(found[2].name, std::string(64, 'z'));
}

TEST_P(journal_conformance, a_cursor_never_outlives_the_frames_below_it) {
  append_frame(*journal_, 1);
  append_frame(*journal_, 2);
  ASSERT_TRUE(journal_->save_cursor("orders", 2));

  crash_machine();

  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(1, 2));
}

TEST_P(journal_conformance, names_that_no_cursor_may_have_are_refused) {
  for (const std::string& name : {std::string(), std::string(65, 'a'), std::string("Orders"),
                                  std::string("a b"), std::string("a/b"), std::string("\0", 1)}) {
    EXPECT_EQ(journal_->cursor(name).error().code, errc::invalid_argument);
    EXPECT_EQ(journal_->save_cursor(name, 1).error().code, errc::invalid_argument);
    EXPECT_EQ(journal_->drop_cursor(name).error().code, errc::invalid_argument);
  }
}

TEST_P(journal_conformance, snapshots_and_cursors_are_used_beside_the_writer) {
  std::atomic<std::uint64_t> appended = 0;
  std::thread writer([&] {
    for (std::uint64_t first = 1; first <= 300; ++first) {
      append_frame(*journal_, first, 1'000);
      appended.store(first, std::memory_order_release);
    }
  });
  for (std::uint64_t round = 1; round <= 10; ++round) {
    const std::uint64_t sequence = appended.load(std::memory_order_acquire);
    ASSERT_TRUE(journal_->save_cursor("orders", sequence));
    write_snapshot(*journal_, sequence, {three[0]});
    ASSERT_TRUE(journal_->trim(sequence));
    EXPECT_EQ(journal_->cursors().value().size(), 1U);
    EXPECT_TRUE(read_snapshot(*journal_, journal_->snapshots().value().front()));
  }
  writer.join();
  EXPECT_EQ(sequences_from(*journal_, 300), std::vector<std::uint64_t>{300});
}

}  // namespace
}  // namespace seckill::testing
