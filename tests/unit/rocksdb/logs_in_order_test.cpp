#include "logs_in_order.hpp"

#include "rocksdb_journal_env.hpp"
#include "tests/conformance/journal_suite.hpp"
#include "tests/support/crash_file_system.hpp"
#include "tests/support/temporary_directory.hpp"
#include "zeroed_logs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace seckill::testing {
namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class logs_in_order_test : public ::testing::Test {
 protected:
  std::string path_of(const std::string& name) const { return root_ / ("db/" + name); }
  std::unique_ptr<rocksdb::FSWritableFile> begin(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> log;
    EXPECT_TRUE(logs_.NewWritableFile(path_of(name), {}, &log, nullptr).ok());
    return log;
  }
  /// What a crash of the machine leaves of a file.
  std::string left_of(const std::string& name) {
    const auto copy = std::filesystem::path(root_ / "after") / std::to_string(++crashes_);
    disk_->copy_after_crash(root_ / "db", copy, true);
    return content_of(copy / name);
  }

  logs_in_order_test() {
    std::filesystem::create_directories(root_ / "db");
    std::filesystem::create_directories(root_ / "after");
  }

  temporary_directory root_;
  int crashes_ = 0;
  std::shared_ptr<crash_file_system> disk_ = std::make_shared<crash_file_system>();
  std::unique_ptr<inventory> inventory_ = inventory::open(root_ / "inventory").value();
  logs_in_order logs_{disk_, *inventory_};
};

TEST_F(logs_in_order_test, a_log_is_on_the_disk_when_the_next_one_begins) {
  const auto first = begin("1.log");
  ASSERT_TRUE(first->Append("abc", {}, nullptr).ok());
  EXPECT_EQ(left_of("1.log"), "") << "nobody has asked for a sync";
  const auto second = begin("2.log");
  EXPECT_EQ(left_of("1.log"), "abc");
  ASSERT_TRUE(second->Append("def", {}, nullptr).ok());
  EXPECT_EQ(left_of("2.log"), "");
}

TEST_F(logs_in_order_test, over_zeros_too) {
  logs_in_order logs(std::make_shared<zeroed_logs>(disk_), *inventory_);
  std::unique_ptr<rocksdb::FSWritableFile> first;
  std::unique_ptr<rocksdb::FSWritableFile> second;
  ASSERT_TRUE(logs.NewWritableFile(path_of("1.log"), {}, &first, nullptr).ok());
  ASSERT_TRUE(first->Append("abc", {}, nullptr).ok());
  ASSERT_TRUE(logs.NewWritableFile(path_of("2.log"), {}, &second, nullptr).ok());
  EXPECT_TRUE(left_of("1.log").starts_with("abc"));
}

TEST_F(logs_in_order_test, no_log_begins_behind_one_that_cannot_be_synced) {
  const auto first = begin("1.log");
  ASSERT_TRUE(first->Append("abc", {}, nullptr).ok());
  disk_->sync_fails = true;
  std::unique_ptr<rocksdb::FSWritableFile> second;
  EXPECT_FALSE(logs_.NewWritableFile(path_of("2.log"), {}, &second, nullptr).ok());
}

TEST_F(logs_in_order_test, a_log_that_is_closed_is_not_asked_for) {
  auto first = begin("1.log");
  ASSERT_TRUE(first->Close({}, nullptr).ok());
  disk_->sync_fails = true;
  EXPECT_TRUE(begin("2.log"));
}

// The machine dies while a log's table is not written yet; of what was not synced the disk has kept the newer log alone.
TEST(logs_in_order_journal_test, a_crash_leaves_no_hole_between_two_logs) {
  const temporary_directory root;
  const auto disk = std::make_shared<crash_file_system>();
  const auto env = rocksdb::NewCompositeEnv(disk);
  const auto open = [&](const std::string& name) {
    return open_rocksdb_journal({.directory = root / name, .write_buffer_bytes = 64U << 10U}, env.get());
  };
  const auto logs_with_records = [&] {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(root / "before/db"))
      if (entry.path().extension() == ".log" &&
          content_of(entry).find_first_not_of('\0') != std::string::npos)
        found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
  };
  disk->holds_tables = true;
  auto before = open("before").value();
  std::uint64_t frames = 0;
  while (frames < 100 && logs_with_records().size() < 2) append_frame(*before, ++frames, 20'000);
  const auto logs = logs_with_records();
  ASSERT_EQ(logs.size(), 2U);

  disk->copy_after_crash(root / "before", root / "after", true,
                         [&](const std::filesystem::path& file, std::uint64_t most) {
                           return file.filename() == logs[1] ? most : 0;
                         });
  disk->holds_tables = false;
  disk->holds_tables.notify_all();
  before.reset();

  const auto after = open("after");
  ASSERT_TRUE(after) << after.error().text;
  const auto found = frames_from(**after, 0);
  ASSERT_EQ(found.size(), frames) << "the older log was synced when the newer one began";
  EXPECT_EQ(found.front().first_sequence, 1U);
}

}  // namespace
}  // namespace seckill::testing
