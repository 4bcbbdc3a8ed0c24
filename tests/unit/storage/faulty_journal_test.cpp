#include "tests/conformance/journal_suite.hpp"
#include <seckill/memory/memory_journal.hpp>
#include <seckill/testing/faulty_journal.hpp>

#include <gmock/gmock.h>

#include <array>

namespace seckill::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class faulty_journal_test : public ::testing::Test {
 protected:
  faulty_journal_test() { reopen(); }
  void reopen() {
    journal_.reset();
    journal_ = make_faulty_journal(open_memory_journal(image_).value(), script_);
  }
  result<void> append(std::uint64_t first, std::size_t count = 1) {
    std::vector<std::vector<std::byte>> bytes;
    std::vector<stored_frame> frames;
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(bytes_of(first + i, 10));
    for (std::size_t i = 0; i < count; ++i) frames.push_back({first + i, bytes[i]});
    return journal_->append(frames);
  }

  std::shared_ptr<journal_image> image_ = std::make_shared<journal_image>();
  std::shared_ptr<fault_script> script_ = std::make_shared<fault_script>();
  std::unique_ptr<journal> journal_;
};

TEST_F(faulty_journal_test, the_nth_append_fails_and_stores_nothing) {
  script_->plan({.call = storage_call::append, .nth = 2, .code = errc::storage_full});
  ASSERT_TRUE(append(1));
  EXPECT_EQ(append(2).error().code, errc::storage_full);
  EXPECT_EQ(image_->frame_count(), 1U);
}

TEST_F(faulty_journal_test, a_failed_append_may_have_stored_a_prefix) {
  script_->plan({.call = storage_call::append, .code = errc::storage_failed, .done_before = 2});
  EXPECT_EQ(append(1, 5).error().code, errc::storage_failed);
  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(1, 2));
}

TEST_F(faulty_journal_test, after_a_failed_append_everything_fails_until_it_is_opened_again) {
  script_->plan({.call = storage_call::append, .code = errc::storage_full});
  ASSERT_FALSE(append(1));
  EXPECT_EQ(append(2).error().code, errc::storage_full);
  EXPECT_EQ(journal_->sync().error().code, errc::storage_full);
  reopen();
  EXPECT_TRUE(append(1));
  EXPECT_TRUE(journal_->sync());
}

TEST_F(faulty_journal_test, a_refused_argument_is_no_failure) {
  ASSERT_TRUE(append(5));
  EXPECT_EQ(append(5).error().code, errc::invalid_argument);
  EXPECT_TRUE(append(6));
}

TEST_F(faulty_journal_test, a_sync_fails_before_or_after_it_happened) {
  ASSERT_TRUE(append(1));
  script_->plan({.call = storage_call::sync, .nth = 1, .code = errc::storage_failed});
  script_->plan({.call = storage_call::sync, .nth = 2, .code = errc::storage_failed, .done_before = 1});
  EXPECT_FALSE(journal_->sync());
  EXPECT_EQ(image_->synced_frame_count(), 0U);
  reopen();
  EXPECT_FALSE(journal_->sync());
  EXPECT_EQ(image_->synced_frame_count(), 1U);
}

TEST_F(faulty_journal_test, a_failed_read_is_repeated_without_a_loss) {
  ASSERT_TRUE(append(1, 3));
  auto reader = journal_->read_from(1);
  ASSERT_TRUE(reader && (*reader)->next());
  script_->fail_next(storage_call::read, errc::read_failed, 2);
  EXPECT_EQ((*reader)->next().error().code, errc::read_failed);
  EXPECT_EQ((*reader)->next().error().code, errc::read_failed);
  EXPECT_EQ(rest_of(**reader).size(), 2U);
}

TEST_F(faulty_journal_test, a_snapshot_fails_at_every_step) {
  auto writer = journal_->write_snapshot(7);
  ASSERT_TRUE(writer);
  const auto chunk = bytes_of(1, 10);
  script_->fail_next(storage_call::write_snapshot);
  EXPECT_EQ((*writer)->write(chunk).error().code, errc::injected);
  ASSERT_TRUE((*writer)->write(chunk));
  script_->fail_next(storage_call::commit_snapshot);
  EXPECT_FALSE((*writer)->commit());
  EXPECT_THAT(journal_->snapshots().value(), IsEmpty());
  ASSERT_TRUE((*writer)->commit());
  auto source = journal_->read_snapshot(7);
  ASSERT_TRUE(source);
  script_->fail_next(storage_call::read_snapshot);
  EXPECT_FALSE((*source)->read());
  EXPECT_TRUE((*source)->read());
}

TEST_F(faulty_journal_test, cursors_cuts_and_trims_fail_on_demand) {
  for (const auto call :
       {storage_call::save_cursor, storage_call::read_cursor, storage_call::cut, storage_call::trim})
    script_->fail_next(call);
  EXPECT_FALSE(journal_->save_cursor("a", 1));
  EXPECT_FALSE(journal_->cursor("a"));
  EXPECT_FALSE(journal_->cut(1));
  EXPECT_FALSE(journal_->trim(1));
  EXPECT_TRUE(journal_->save_cursor("a", 1));
  EXPECT_TRUE(journal_->cursors());
}

TEST(fault_script, it_counts_calls_by_kind_and_shows_them_before_they_happen) {
  fault_script script;
  std::vector<std::pair<storage_call, std::uint64_t>> seen;
  script.before_each([&](storage_call call, std::uint64_t nth) { seen.emplace_back(call, nth); });
  EXPECT_FALSE(script.enter(storage_call::append));
  EXPECT_FALSE(script.enter(storage_call::append));
  EXPECT_FALSE(script.enter(storage_call::find));
  EXPECT_EQ(script.count(storage_call::append), 2U);
  EXPECT_EQ(script.count(storage_call::sync), 0U);
  EXPECT_EQ(seen, (std::vector<std::pair<storage_call, std::uint64_t>>{
                      {storage_call::append, 1}, {storage_call::append, 2}, {storage_call::find, 1}}));
}

TEST(fault_script, a_fault_lasts_as_long_as_planned_and_clear_forgets_it) {
  fault_script script;
  script.plan({.call = storage_call::commit, .nth = 2, .times = 2});
  std::array<bool, 4> failed{};
  for (bool& each : failed) each = script.enter(storage_call::commit).has_value();
  EXPECT_THAT(failed, ElementsAre(false, true, true, false));
  script.fail_next(storage_call::commit);
  script.clear();
  EXPECT_FALSE(script.enter(storage_call::commit));
  EXPECT_NE(fault_script::told({.call = storage_call::commit, .nth = 2}).text.find("commit"),
            std::string::npos);
}

}  // namespace
}  // namespace seckill::testing
