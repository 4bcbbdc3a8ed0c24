#include "rocksdb_journal_env.hpp"
#include "tests/conformance/journal_suite.hpp"
#include "tests/support/crash_file_system.hpp"
#include "tests/support/temporary_directory.hpp"
#include <seckill/rocksdb/rocksdb_errc.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void write(const fs::path& file, std::string_view content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

void change(const fs::path& file, std::size_t at, std::size_t count, char flip) {
  std::string content = content_of(file);
  for (std::size_t i = at; i < at + count; ++i)
    content[i] = flip == 0 ? '\0' : static_cast<char>(content[i] ^ flip);
  write(file, content);
}

class rocksdb_journal_test : public ::testing::Test {
 protected:
  result<std::unique_ptr<journal>> open() {
    return open_rocksdb_journal({.directory = path().string(), .write_buffer_bytes = write_buffer_bytes_});
  }
  void start() {
    journal_.reset();
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().text;
    journal_ = std::move(*opened);
  }
  void append_frames(std::uint64_t from, std::uint64_t to, std::size_t size = 20'000) {
    for (std::uint64_t first = from; first <= to; ++first) append_frame(*journal_, first, size);
  }
  [[nodiscard]] fs::path path() const { return root_.path() / "journal"; }
  [[nodiscard]] std::vector<fs::path> files(std::string_view extension) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path() / "db"))
      if (entry.path().extension() == extension) found.push_back(entry.path());
    return found;
  }
  /// The log that holds the frames: it is the largest.
  [[nodiscard]] fs::path log() const {
    const auto logs = files(".log");
    return *std::ranges::max_element(logs, {}, [](const fs::path& each) { return fs::file_size(each); });
  }
  /// How far a log's records reach: zeros may follow them.
  [[nodiscard]] static std::size_t records_in(const fs::path& log) {
    return content_of(log).find_last_not_of('\0') + 1;
  }
  /// Refused with that code, the text names directory and cure, and nothing is lost by the attempt.
  void expect_refused(errc code) {
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, code) << refused.error().text;
    EXPECT_THAT(refused.error().text, HasSubstr(path().string()));
    EXPECT_THAT(refused.error().text, HasSubstr("; "));
    const auto again = open();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, code);
  }

  std::uint64_t write_buffer_bytes_ = 8U << 20U;
  temporary_directory root_;
  std::unique_ptr<journal> journal_;
};

// --- what is torn off the end and was never acknowledged is gone, whatever it looks like ---

class rocksdb_torn_tail_test : public rocksdb_journal_test {
 protected:
  // Frames 1 to 10 synced, 11 to `last` not; `damage` gets the log and its synced size.
  void run(const std::function<void(const fs::path&, std::size_t)>& damage, std::uint64_t kept_at_least = 10,
           std::uint64_t last = 20, std::size_t size = 20'000) {
    start();
    append_frames(1, 10, size);
    ASSERT_TRUE(journal_->sync());
    const fs::path file = log();
    const std::size_t synced = records_in(file);
    append_frames(11, last, size);
    journal_.reset();
    damage(file, synced);

    start();

    const auto found = frames_from(*journal_, 0);
    ASSERT_GE(found.size(), kept_at_least);
    ASSERT_LT(found.size(), last);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].bytes, bytes_of(i + 1, size));
    append_frame(*journal_, last + 1);
    start();
    EXPECT_EQ(sequences_from(*journal_, 0).size(), found.size() + 1);
  }
};

TEST_F(rocksdb_torn_tail_test, cut_off_between_two_bytes) {
  run([](const fs::path& file, std::size_t synced) { fs::resize_file(file, synced + 31'000); }, 11);
}
TEST_F(rocksdb_torn_tail_test, never_written) {
  run([](const fs::path& file, std::size_t synced) { fs::resize_file(file, synced); });
}
TEST_F(rocksdb_torn_tail_test, full_of_zeros) {
  run(
      [](const fs::path& file, std::size_t synced) {
        const std::size_t size = fs::file_size(file);
        fs::resize_file(file, synced + 31'000);
        fs::resize_file(file, size);
      },
      11);
}
TEST_F(rocksdb_torn_tail_test, a_page_missing_before_others_that_reached_the_disk) {
  run([](const fs::path& file, std::size_t synced) { change(file, synced + 40'960, 4'096, 0); }, 11);
}
TEST_F(rocksdb_torn_tail_test, records_missing_before_others_that_reached_the_disk) {
  run([](const fs::path& file, std::size_t synced) { change(file, synced, 4'096, 0); }, 10, 2'000, 100);
}
TEST_F(rocksdb_torn_tail_test, a_flipped_bit) {
  run([](const fs::path& file, std::size_t synced) { change(file, synced + 50'000, 1, 1); }, 12);
}

// --- what was acknowledged as synced is never missed without a word ---

class rocksdb_damage_test : public rocksdb_journal_test {
 protected:
  void SetUp() override {
    start();
    append_frames(1, 20);
    ASSERT_TRUE(journal_->sync());
    journal_.reset();
  }
};

TEST_F(rocksdb_damage_test, a_flipped_bit_in_the_middle_of_the_log) {
  change(log(), fs::file_size(log()) / 2, 1, 1);
  expect_refused(errc::corrupt_data);
}
TEST_F(rocksdb_damage_test, a_flipped_bit_in_the_last_synced_frame) {
  change(log(), fs::file_size(log()) - 100, 1, 1);
  expect_refused(errc::corrupt_data);
}
TEST_F(rocksdb_damage_test, a_lost_page_in_the_middle_of_the_log) {
  change(log(), fs::file_size(log()) / 2, 4'096, 0);
  const std::string damaged = content_of(log());
  expect_refused(errc::missing_data);
  EXPECT_EQ(content_of(log()), damaged) << "what lies behind it is still there";
}
TEST_F(rocksdb_damage_test, a_log_cut_short) {
  fs::resize_file(log(), fs::file_size(log()) / 2);
  expect_refused(errc::missing_data);
}
TEST_F(rocksdb_damage_test, a_log_that_is_gone) {
  fs::remove(log());
  expect_refused(errc::missing_data);
}
TEST_F(rocksdb_damage_test, a_database_that_is_gone) {
  fs::remove_all(path() / "db");
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::missing_data);
}
TEST_F(rocksdb_damage_test, the_text_says_how_far_the_frames_go_and_what_to_do) {
  change(log(), fs::file_size(log()) / 2, 1, 1);
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("20 was synced"));
  EXPECT_THAT(refused.error().text, ::testing::ContainsRegex("ends at (8|9|10|11),"));
  EXPECT_THAT(refused.error().text, HasSubstr("seckill salvage"));
}
TEST_F(rocksdb_damage_test, a_damaged_mark) {
  change(path() / "synced", 3, 1, 1);
  expect_refused(errc::corrupt_data);
}
TEST_F(rocksdb_damage_test, a_mark_that_a_crash_left_too_small_does_no_harm) {
  start();
  const std::string mark = content_of(path() / "synced");
  append_frames(21, 30);
  ASSERT_TRUE(journal_->sync());
  journal_.reset();
  write(path() / "synced", mark);

  start();

  EXPECT_EQ(sequences_from(*journal_, 0).size(), 30U);
}
TEST_F(rocksdb_damage_test, a_lost_manifest) {
  for (const auto& entry : fs::directory_iterator(path() / "db"))
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::resize_file(entry.path(), 10);
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr(path().string()));
}

class rocksdb_table_test : public rocksdb_journal_test {
 protected:
  // Enough frames that most are in tables, not in the log.
  void SetUp() override {
    write_buffer_bytes_ = 1U << 20U;
    start();
    append_frames(1, 500);
    ASSERT_TRUE(journal_->sync());
    start();  // tables are finished
    journal_.reset();
    ASSERT_GE(files(".sst").size(), 3U);
  }
};

TEST_F(rocksdb_table_test, a_flipped_bit_in_a_table_is_told_by_the_reader) {
  auto tables = files(".sst");
  std::ranges::sort(tables);
  change(tables[tables.size() / 2], 300'000, 1, 1);
  start();
  auto reader = journal_->read_from(1);
  ASSERT_TRUE(reader);

  result<std::optional<stored_frame>> next = (*reader)->next();
  std::uint64_t expected = 1;
  for (; next && *next; next = (*reader)->next()) {
    ASSERT_EQ((*next)->first_sequence, expected);
    ASSERT_TRUE(std::ranges::equal((*next)->bytes, bytes_of(expected, 20'000)));
    ++expected;
  }

  ASSERT_FALSE(next) << "all frames were read up to " << expected;
  EXPECT_EQ(next.error().code, errc::corrupt_data);
}

TEST_F(rocksdb_table_test, a_table_that_is_gone_is_refused) {
  fs::remove(files(".sst").front());
  expect_refused(errc::corrupt_data);
}

TEST_F(rocksdb_table_test, trim_gives_the_disk_back_and_keeps_what_it_must) {
  start();
  append_frames(501, 900);
  // Tables are written and moved to where they can be dropped in the background.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (sequences_from(*journal_, 0).front() < 500 && std::chrono::steady_clock::now() < deadline)
    ASSERT_TRUE(journal_->trim(850));
  start();

  EXPECT_GE(sequences_from(*journal_, 0).front(), 500U);
  std::uintmax_t size = 0;
  for (const fs::path& each : files(".sst")) size += fs::file_size(each);
  EXPECT_LT(size, 410U * 20'000U);
  const auto left = sequences_from(*journal_, 850);
  ASSERT_EQ(left.size(), 51U);
  EXPECT_EQ(left.front(), 850U);
}

TEST_F(rocksdb_table_test, frames_in_tables_are_cut_and_written_anew) {
  start();
  ASSERT_TRUE(journal_->cut(51));
  append_frames(51, 300, 10'000);
  start();
  const auto found = frames_from(*journal_, 0);
  ASSERT_EQ(found.size(), 300U);
  for (const read_frame& each : found)
    EXPECT_EQ(each.bytes, bytes_of(each.first_sequence, each.first_sequence < 51 ? 20'000 : 10'000));
}

TEST_F(rocksdb_table_test, the_log_stays_within_its_bound) {
  start();
  append_frames(501, 2'500);
  const auto size = [&] {
    std::uintmax_t sum = 0;
    std::error_code gone;  // a log that is removed meanwhile counts for nothing
    for (const fs::path& each : files(".log"))
      if (const auto bytes = fs::file_size(each, gone); !gone) sum += bytes;
    return sum;
  };
  // Logs are given up in the background, when what is in them has been written to tables.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (size() > (5U << 20U) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_LE(size(), 5U << 20U);
}

// --- the directory ---

TEST_F(rocksdb_journal_test, a_newer_format_is_refused_and_left_alone) {
  start();
  append_frame(*journal_, 1);
  journal_.reset();
  write(path() / "FORMAT", "seckill journal 3 of tomorrow\n");

  expect_refused(errc::version_unsupported);

  EXPECT_EQ(content_of(path() / "FORMAT"), "seckill journal 3 of tomorrow\n");
  write(path() / "FORMAT", "seckill journal 2\n");
  start();
  EXPECT_THAT(sequences_from(*journal_, 0), ElementsAre(1));
}

TEST_F(rocksdb_journal_test, a_directory_of_something_else_is_refused_and_left_alone) {
  fs::create_directories(path());
  write(path() / "notes.txt", "mine");
  expect_refused(errc::invalid_argument);
  EXPECT_EQ(std::distance(fs::directory_iterator(path()), {}), 1);
  fs::remove(path() / "notes.txt");
  write(path() / "FORMAT", "seckill orders 1\n");
  expect_refused(errc::invalid_argument);
}

TEST_F(rocksdb_journal_test, a_start_that_crashed_before_anything_was_made_is_repeated) {
  fs::create_directories(path());
  write(path() / "lock", "");
  write(path() / "FORMAT.tmp", "seckill jou");
  start();
}

TEST_F(rocksdb_journal_test, a_directory_that_cannot_be_made_is_an_error_with_its_name) {
  write(root_.path() / "journal", "a file");
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr(path().string()));
}

TEST_F(rocksdb_journal_test, what_crashed_snapshots_left_is_removed) {
  start();
  write(path() / "snapshots" / "7-0.tmp", "half");
  start();
  EXPECT_THAT(journal_->snapshots().value(), IsEmpty());
  EXPECT_FALSE(fs::exists(path() / "snapshots" / "7-0.tmp"));
}

TEST_F(rocksdb_journal_test, another_process_is_refused_while_this_one_has_it) {
  start();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto second = open();
    ::_exit(!second && second.error().code == errc::already_open ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(rocksdb_journal_test, parameters_out_of_range_are_named) {
  const std::array<std::pair<rocksdb_journal_params, std::string>, 5> wrong = {{
      {{}, "directory"},
      {{.directory = "x", .write_buffer_bytes = 1}, "write_buffer_bytes"},
      {{.directory = "x", .write_buffers_max = 1}, "write_buffers_max"},
      {{.directory = "x", .open_files_max = 1}, "open_files_max"},
      {{.directory = "x", .snapshot_burst_bytes = 1}, "snapshot_burst_bytes"},
  }};
  for (const auto& [params, name] : wrong) {
    const auto refused = open_rocksdb_journal(params);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::invalid_argument);
    EXPECT_THAT(refused.error().text, HasSubstr(name));
  }
}

// --- failing storage ---

class rocksdb_failing_disk_test : public rocksdb_journal_test {
 protected:
  void TearDown() override { journal_.reset(); }  // before its disk
  void start_on_disk() {
    journal_.reset();
    auto opened = open_rocksdb_journal({.directory = path().string()}, env_.get());
    ASSERT_TRUE(opened) << opened.error().text;
    journal_ = std::move(*opened);
  }
  result<void> try_append(std::uint64_t first) {
    const auto bytes = bytes_of(first, 20'000);
    const stored_frame frame{first, bytes};
    return journal_->append(std::span(&frame, 1));
  }

  std::shared_ptr<crash_file_system> disk_ = std::make_shared<crash_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
};

TEST_F(rocksdb_failing_disk_test, a_full_disk_fails_the_append_and_all_that_follow_until_it_is_opened_again) {
  start_on_disk();
  append_frames(1, 5);
  ASSERT_TRUE(journal_->sync());
  disk_->bytes_left = 10'000;

  const auto full = try_append(6);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, errc::storage_full);
  EXPECT_EQ(full.error().code, failure::retryable);
  EXPECT_THAT(full.error().text, HasSubstr(path().string()));
  disk_->bytes_left = std::int64_t{1} << 40U;
  EXPECT_EQ(try_append(7).error().code, errc::storage_full);
  EXPECT_EQ(journal_->sync().error().code, errc::storage_full);
  EXPECT_EQ(sequences_from(*journal_, 0).size(), 5U);

  start_on_disk();
  const std::size_t left = sequences_from(*journal_, 0).size();
  EXPECT_TRUE(left == 5 || left == 6);
  append_frame(*journal_, 7);
}

TEST_F(rocksdb_failing_disk_test, a_failed_sync_is_final_and_nothing_is_told_to_be_durable) {
  start_on_disk();
  append_frames(1, 5);
  disk_->sync_fails = true;

  const auto failed = journal_->sync();

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, errc::storage_failed);
  EXPECT_EQ(failed.error().code, failure::outcome_unknown);
  disk_->sync_fails = false;
  EXPECT_EQ(journal_->sync().error().code, errc::storage_failed);
  EXPECT_EQ(try_append(6).error().code, errc::storage_failed);
  start_on_disk();
  EXPECT_EQ(sequences_from(*journal_, 0).size(), 5U);
}

TEST(rocksdb_errc_test, every_code_has_a_text_and_a_condition) {
  EXPECT_EQ(make_error_code(rocksdb_errc::busy), failure::retryable);
  EXPECT_EQ(make_error_code(rocksdb_errc::refused), failure::permanent);
  EXPECT_EQ(make_error_code(rocksdb_errc::stopped), failure::outcome_unknown);
  EXPECT_EQ(make_error_code(rocksdb_errc::unknown), failure::outcome_unknown);
  for (int code = 1; code <= 4; ++code) EXPECT_NE(rocksdb_category().message(code), "unknown error");
  EXPECT_STREQ(rocksdb_category().name(), "seckill.rocksdb");
}

// --- kill -9 ---

TEST_F(rocksdb_journal_test, everything_acknowledged_before_kill_9_is_there) {
  std::uint64_t cursor = 0;
  for (const std::uint64_t enough : {150U, 700U, 1'500U}) {
    fs::remove_all(path());
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::dup2(pipe[1], STDOUT_FILENO);
      ::execl(APPEND_UNTIL_KILLED, APPEND_UNTIL_KILLED, path().c_str(), nullptr);
      ::_exit(127);
    }
    ::close(pipe[1]);
    std::uint64_t acknowledged = 0;
    while (acknowledged < enough &&
           ::read(pipe[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    while (::read(pipe[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    ::close(pipe[0]);

    start();

    const auto found = frames_from(*journal_, 0);
    ASSERT_GE(found.size(), acknowledged);
    for (std::size_t i = 0; i < found.size(); ++i)
      ASSERT_EQ(found[i], (read_frame{i + 1, bytes_of(i + 1, 5'000)}));
    cursor = journal_->cursor("feed").value();
    EXPECT_GE(cursor + 100, acknowledged);
    append_frame(*journal_, found.size() + 1);
    journal_.reset();
  }
  EXPECT_GT(cursor, 0U);
}

}  // namespace
}  // namespace seckill::testing
