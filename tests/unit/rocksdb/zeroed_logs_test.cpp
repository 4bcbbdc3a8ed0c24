#include "zeroed_logs.hpp"

#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

class zeroed_logs_test : public ::testing::Test {
 protected:
  std::unique_ptr<rocksdb::FSWritableFile> open(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(logs_.NewWritableFile(root_ / name, {}, &file, nullptr).ok());
    return file;
  }
  std::string content(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(root_ / name, std::ios::binary).rdbuf();
    return text.str();
  }
  /// What is read of a log with these bytes.
  std::string read(const std::string& bytes) {
    std::ofstream(root_ / "2.log", std::ios::binary) << bytes;
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    EXPECT_TRUE(logs_.NewSequentialFile(root_ / "2.log", {}, &file, nullptr).ok());
    std::string scratch(bytes.size() + 1, '\0');
    rocksdb::Slice found;
    EXPECT_TRUE(file->Read(scratch.size(), {}, &found, scratch.data(), nullptr).ok());
    EXPECT_EQ(content("2.log"), bytes) << "nothing is changed";
    return found.ToString();
  }

  temporary_directory root_;
  zeroed_logs logs_{rocksdb::FileSystem::Default()};
};

TEST_F(zeroed_logs_test, a_log_is_written_over_zeros_and_ends_with_its_last_record_when_it_is_closed) {
  const auto log = open("1.log");
  ASSERT_TRUE(log->Append("abc", {}, nullptr).ok());
  EXPECT_EQ(content("1.log"), "abc" + zeros(zeroed_logs::step_bytes - 3));
  ASSERT_TRUE(log->Append("de", {}, nullptr).ok());
  EXPECT_EQ(content("1.log"), "abcde" + zeros(zeroed_logs::step_bytes - 5)) << "the file has not grown";
  EXPECT_EQ(log->GetFileSize({}, nullptr), 5U);
  EXPECT_TRUE(log->IsSyncThreadSafe());
  EXPECT_TRUE(log->Sync({}, nullptr).ok());
  ASSERT_TRUE(log->Close({}, nullptr).ok());
  EXPECT_EQ(content("1.log"), "abcde");
}

TEST_F(zeroed_logs_test, a_log_grows_step_by_step) {
  const auto log = open("1.log");
  const std::string piece(50'000, 'x');
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(log->Append(piece, {}, nullptr).ok());
  EXPECT_EQ(fs::file_size(root_ / "1.log"), 2 * zeroed_logs::step_bytes);
  ASSERT_TRUE(log->Close({}, nullptr).ok());
  EXPECT_EQ(content("1.log"), std::string(300'000, 'x'));
}

TEST_F(zeroed_logs_test, a_large_write_is_appended) {
  const auto log = open("1.log");
  ASSERT_TRUE(log->Append(std::string(zeroed_logs::step_bytes, 'x'), {}, nullptr).ok());
  EXPECT_EQ(fs::file_size(root_ / "1.log"), zeroed_logs::step_bytes);
}

TEST_F(zeroed_logs_test, other_files_are_left_alone) {
  const auto table = open("1.sst");
  ASSERT_TRUE(table->Append("abc", {}, nullptr).ok());
  ASSERT_TRUE(table->Flush({}, nullptr).ok());
  EXPECT_EQ(content("1.sst"), "abc");
}

// --- reading ---

std::string record(std::size_t bytes) {
  std::string head = "crc!";
  head += static_cast<char>(bytes & 0xffU);
  head += static_cast<char>(bytes >> 8U);
  return head + '\1' + std::string(bytes, 'x');
}

TEST_F(zeroed_logs_test, a_log_is_read_up_to_its_last_record) {
  const std::string log = record(100) + record(0) + record(3'000);
  EXPECT_EQ(read(log + zeros(5'000)), log);
  EXPECT_EQ(read(log), log);
  EXPECT_EQ(read(zeros(100'000)), "");
  EXPECT_EQ(read(""), "");
}

TEST_F(zeroed_logs_test, no_record_is_read_behind_one_that_never_reached_the_disk) {
  EXPECT_EQ(read(record(50) + zeros(57) + record(50)), record(50));
  const std::string block = record(32'768 - 7);
  EXPECT_EQ(read(block + zeros(32'768) + block), block);
}

TEST_F(zeroed_logs_test, the_filled_end_of_a_block_is_no_end) {
  for (std::size_t filled = 0; filled < 7; ++filled) {
    const std::string log = record(32'768 - 7 - filled) + zeros(filled) + record(10);
    EXPECT_EQ(read(log), log) << filled;
    EXPECT_EQ(read(log + zeros(50)), log) << filled;
  }
}

TEST_F(zeroed_logs_test, a_damaged_record_is_left_to_be_found) {
  const std::string log = record(60'000).substr(0, 32'768) + record(10);
  EXPECT_EQ(read(log), log);
}

}  // namespace
}  // namespace seckill::testing
