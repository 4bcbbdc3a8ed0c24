#include "tests/conformance/journal_suite.hpp"
#include <seckill/memory/memory_journal.hpp>

#include <gmock/gmock.h>

namespace seckill::testing {
namespace {

using ::testing::ElementsAre;

class journal_image_test : public ::testing::Test {
 protected:
  // Frames 1 to 3 synced, 4 to 6 not.
  void SetUp() override {
    for (std::uint64_t first = 1; first <= 3; ++first) append_frame(*journal_, first, 50);
    ASSERT_TRUE(journal_->sync());
    for (std::uint64_t first = 4; first <= 6; ++first) append_frame(*journal_, first, 50);
  }
  static std::vector<std::uint64_t> sequences_of(std::shared_ptr<journal_image> image) {
    return sequences_from(*open_memory_journal(std::move(image)).value(), 0);
  }

  std::shared_ptr<journal_image> image_ = std::make_shared<journal_image>();
  std::unique_ptr<journal> journal_ = open_memory_journal(image_).value();
};

TEST_F(journal_image_test, it_tells_what_is_synced_from_what_is_written) {
  EXPECT_EQ(image_->frame_count(), 6U);
  EXPECT_EQ(image_->synced_frame_count(), 3U);
  EXPECT_EQ(image_->frame_bytes(), 300U);
}

TEST_F(journal_image_test, what_is_not_there_cannot_be_damaged) {
  EXPECT_THROW(image_->damage_frame(6, 0), std::out_of_range);
  EXPECT_THROW(image_->damage_frame(5, 50), std::out_of_range);
  EXPECT_THROW(image_->tear_last_frame(51), std::out_of_range);
  EXPECT_THROW(image_->lose_frame(6), std::out_of_range);
  EXPECT_THROW(image_->damage_snapshot(1, 0), std::out_of_range);
  EXPECT_THROW(image_->tear_snapshot(1, 0), std::out_of_range);
  EXPECT_THROW(journal_image().tear_last_frame(0), std::out_of_range);
}

TEST_F(journal_image_test, a_crash_of_the_process_takes_nothing) {
  EXPECT_THAT(sequences_of(image_->after_process_crash()), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(journal_image_test, a_crash_of_the_machine_takes_what_is_not_synced_or_some_of_it) {
  EXPECT_THAT(sequences_of(image_->after_machine_crash()), ElementsAre(1, 2, 3));
  EXPECT_THAT(sequences_of(image_->after_machine_crash(2)), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(sequences_of(image_->after_machine_crash(100)), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(journal_image_test, a_copy_does_not_change_with_the_original) {
  const auto copy = image_->after_process_crash();
  append_frame(*journal_, 7, 50);
  image_->damage_frame(0, 0);
  EXPECT_EQ(copy->frame_count(), 6U);
  EXPECT_EQ(frames_from(*open_memory_journal(copy).value(), 1)[0].bytes, bytes_of(1, 50));
}

TEST_F(journal_image_test, a_frame_is_damaged_torn_or_lost_on_demand) {
  image_->damage_frame(1, 7, std::byte{0xff});
  image_->tear_last_frame(20);
  image_->lose_frame(3);

  const auto found = frames_from(*journal_, 0);

  ASSERT_EQ(found.size(), 5U);
  auto damaged = bytes_of(2, 50);
  damaged[7] ^= std::byte{0xff};
  EXPECT_EQ(found[1].bytes, damaged);
  EXPECT_EQ(found[3].first_sequence, 5U);
  EXPECT_EQ(found[4].bytes.size(), 20U);
}

}  // namespace
}  // namespace seckill::testing
