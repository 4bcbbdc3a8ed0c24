#include "tests/conformance/journal_suite.hpp"
#include "tests/support/temporary_directory.hpp"
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// Of the thread whose directory in /proc this is.
int niceness_of(const fs::path& task) {
  const std::string stat = content_of(task / "stat");
  std::istringstream rest(stat.substr(stat.rfind(')') + 1));  // the name may contain anything
  std::string field;
  for (int number = 3; number <= 19; ++number) rest >> field;
  return std::stoi(field);
}

bool one_that_writes_tables_gives_way() {
  for (const auto& task : fs::directory_iterator("/proc/self/task"))
    if (content_of(task.path() / "comm").starts_with("rocksdb:high") && niceness_of(task.path()) >= 10)
      return true;
  return false;
}

TEST(rocksdb_background_threads, give_way_to_those_who_wait_for_an_answer) {
  const temporary_directory root;
  const auto opened =
      open_rocksdb_journal({.directory = root / "journal", .write_buffer_bytes = 65'536}).value();
  // Each fills several buffers; appending waits for tables when too many are full.
  bool seen = false;
  for (std::uint64_t first = 1; first <= 200 && !seen; ++first) {
    append_frame(*opened, first, 200'000);
    seen = one_that_writes_tables_gives_way();
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace seckill::testing
