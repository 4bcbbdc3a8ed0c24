#include "logs_in_order.hpp"

#include "tests/support/crash_file_system.hpp"
#include "tests/support/temporary_directory.hpp"
#include "zeroed_logs.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace seckill::testing {
namespace {

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
    std::ostringstream text;
    text << std::ifstream(copy / name, std::ios::binary).rdbuf();
    return text.str();
  }

  logs_in_order_test() {
    std::filesystem::create_directories(root_ / "db");
    std::filesystem::create_directories(root_ / "after");
  }

  temporary_directory root_;
  int crashes_ = 0;
  std::shared_ptr<crash_file_system> disk_ = std::make_shared<crash_file_system>();
  logs_in_order logs_{disk_};
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
  logs_in_order logs(std::make_shared<zeroed_logs>(disk_));
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

}  // namespace
}  // namespace seckill::testing
