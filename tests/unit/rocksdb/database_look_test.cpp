// A directory that is damaged, or of which something is missing, is refused before RocksDB can delete what is healthy:
// every refusal leaves every byte as it was.
#include "rocksdb_journal_env.hpp"
#include "tests/conformance/journal_suite.hpp"
#include "tests/support/temporary_directory.hpp"
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::map<std::string, std::string> all_files(const fs::path& of) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(of))
    found[entry.path().string()] = entry.is_regular_file() ? content_of(entry.path()) : "";
  return found;
}

class database_look_test : public ::testing::Test {
 protected:
  // Frames 1 to 400 in tables, the rest in logs.
  void SetUp() override {
    start();
    append_all(1, 400);
    start();
    append_all(401, 410);
    ASSERT_TRUE(journal_->sync());
    journal_.reset();
    ASSERT_FALSE(files(".sst").empty());
  }
  result<std::unique_ptr<journal>> open() {
    return open_rocksdb_journal({.directory = path().string(), .write_buffer_bytes = 1U << 20U});
  }
  void start() {
    journal_.reset();
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().text;
    journal_ = std::move(*opened);
  }
  void append_all(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t first = from; first <= to; ++first) append_frame(*journal_, first, 20'000);
    ASSERT_TRUE(journal_->sync());
  }
  [[nodiscard]] fs::path path() const { return root_.path() / "journal"; }
  [[nodiscard]] std::vector<fs::path> files(std::string_view extension) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path() / "db"))
      if (entry.path().extension() == extension) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }
  [[nodiscard]] fs::path manifest() const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(path() / "db"))
      if (entry.path().filename().string().starts_with("MANIFEST")) found = std::max(found, entry.path());
    return found;
  }
  void expect_refused_and_unchanged(std::string_view what) {
    const auto before = all_files(path());
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto refused = open();
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, failure::permanent) << refused.error().text;
      EXPECT_THAT(refused.error().text, HasSubstr(path().string()));
      EXPECT_THAT(refused.error().text, HasSubstr(what));
      EXPECT_THAT(refused.error().text, HasSubstr("seckill salvage"));
      EXPECT_TRUE(all_files(path()) == before) << "something was changed by a start that was refused";
    }
  }

  temporary_directory root_;
  std::unique_ptr<journal> journal_;
};

TEST_F(database_look_test, a_healthy_one_opens) {
  start();
  EXPECT_EQ(sequences_from(*journal_, 0).size(), 410U);
}
TEST_F(database_look_test, current_is_missing) {
  fs::remove(path() / "db" / "CURRENT");
  expect_refused_and_unchanged("CURRENT is missing");
}
TEST_F(database_look_test, current_is_empty) {
  std::ofstream(path() / "db" / "CURRENT", std::ios::trunc);
  expect_refused_and_unchanged("CURRENT");
}
TEST_F(database_look_test, the_manifest_is_missing) {
  fs::remove(manifest());
  expect_refused_and_unchanged("is missing");
}
TEST_F(database_look_test, the_manifest_is_cut_short_anywhere) {
  const std::string whole = content_of(manifest());
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 20 + 1) {
    fs::resize_file(manifest(), size);
    expect_refused_and_unchanged("MANIFEST");
    std::ofstream(manifest(), std::ios::binary | std::ios::trunc) << whole;
  }
  fs::resize_file(manifest(), whole.size() - 1);
  expect_refused_and_unchanged("MANIFEST");
}
TEST_F(database_look_test, an_older_manifest_is_put_back) {
  const std::string older = content_of(manifest());
  const std::string older_name = manifest().filename().string();
  start();
  append_all(411, 600);
  journal_.reset();
  std::ofstream(path() / "db" / older_name, std::ios::binary | std::ios::trunc) << older;
  std::ofstream(path() / "db" / "CURRENT", std::ios::trunc) << older_name << '\n';
  expect_refused_and_unchanged("CURRENT names an older manifest");
}
TEST_F(database_look_test, any_table_is_missing) {
  for (const fs::path& each : files(".sst")) {
    const std::string content = content_of(each);
    fs::remove(each);
    expect_refused_and_unchanged(each.stem().string());
    std::ofstream(each, std::ios::binary) << content;
  }
}
TEST_F(database_look_test, any_table_is_cut_short) {
  for (const fs::path& each : files(".sst")) {
    const std::string content = content_of(each);
    fs::resize_file(each, content.size() / 2);
    expect_refused_and_unchanged(each.filename().string());
    std::ofstream(each, std::ios::binary | std::ios::trunc) << content;
  }
}
TEST_F(database_look_test, a_closed_log_is_missing_behind_which_there_is_another) {
  start();  // a log that is not empty is followed by another one
  append_all(411, 412);
  journal_.reset();
  const auto logs = files(".log");
  ASSERT_GE(logs.size(), 2U);
  for (std::size_t i = 0; i + 1 < logs.size(); ++i) {
    const std::string content = content_of(logs[i]);
    fs::remove(logs[i]);
    expect_refused_and_unchanged(logs[i].filename().string() + " is missing");
    std::ofstream(logs[i], std::ios::binary) << content;
  }
  start();
  EXPECT_EQ(sequences_from(*journal_, 0).size(), 412U);
}
TEST_F(database_look_test, the_last_log_is_missing) {
  fs::remove(files(".log").back());
  expect_refused_and_unchanged("410 was synced");
}
TEST_F(database_look_test, any_byte_of_the_log_is_flipped) {
  const fs::path log = files(".log").back();
  const std::string whole = content_of(log);
  for (std::size_t at = 100; at < whole.size(); at += whole.size() / 10) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(log, std::ios::binary | std::ios::trunc) << damaged;
    expect_refused_and_unchanged("410 was synced");
  }
}
TEST_F(database_look_test, the_whole_database_is_missing) {
  fs::remove_all(path() / "db");
  expect_refused_and_unchanged("the database is missing");
}
TEST_F(database_look_test, the_mark_is_missing) {
  fs::remove(path() / "synced");
  expect_refused_and_unchanged("synced is missing");
}
TEST_F(database_look_test, the_inventory_is_damaged) {
  std::string content = content_of(path() / "inventory");
  content[9] = static_cast<char>(content[9] ^ 1);
  std::ofstream(path() / "inventory", std::ios::binary | std::ios::trunc) << content;
  expect_refused_and_unchanged("inventory: damaged");
}
TEST_F(database_look_test, a_directory_of_before_there_were_inventories_gets_one) {
  fs::remove(path() / "inventory");
  start();
  EXPECT_EQ(sequences_from(*journal_, 0).size(), 410U);
  journal_.reset();
  fs::resize_file(manifest(), fs::file_size(manifest()) - 1);
  expect_refused_and_unchanged("MANIFEST");
}

}  // namespace
}  // namespace seckill::testing
