#include "rocksdb_order_store_env.hpp"
#include "tests/support/crash_file_system.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class rocksdb_order_store_test : public ::testing::Test {
 protected:
  result<std::unique_ptr<order_store>> open() {
    return open_rocksdb_order_store({.directory = path().string(), .write_buffer_bytes = 1U << 20U},
                                    env_.get());
  }
  void start() {
    store_.reset();
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().text;
    store_ = std::move(*opened);
  }
  result<void> commit(std::uint64_t number) {
    order made;
    made.reservation = reservation_id{number};
    made.buyer = buyer_id{1};
    made.status = order_status::pending_payment;
    made.lines = {{sku_id{1}, 1}};
    return store_->commit(0, number, std::span(&made, 1));
  }
  [[nodiscard]] fs::path path() const { return root_.path() / "orders"; }
  [[nodiscard]] std::uint64_t count() { return store_->counts().value()[1]; }
  [[nodiscard]] fs::path log() const {
    fs::path largest;
    for (const auto& entry : fs::directory_iterator(path() / "db"))
      if (entry.path().extension() == ".log" &&
          (largest.empty() || entry.file_size() > fs::file_size(largest)))
        largest = entry.path();
    return largest;
  }

  temporary_directory root_;
  std::shared_ptr<crash_file_system> disk_ = std::make_shared<crash_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
  std::unique_ptr<order_store> store_;
};

TEST_F(rocksdb_order_store_test, a_full_disk_fails_a_commit_which_works_when_there_is_room) {
  start();
  ASSERT_TRUE(commit(1));
  disk_->bytes_left = 50;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto full = commit(2);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, errc::storage_full) << full.error().text;
    EXPECT_THAT(full.error().text, HasSubstr(path().string()));
  }
  EXPECT_EQ(count(), 1U);
  disk_->bytes_left = std::int64_t{1} << 40U;

  const auto done = commit(2);

  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(count(), 2U);
  ASSERT_TRUE(store_->sync());
  start();
  EXPECT_EQ(count(), 2U);
  EXPECT_EQ(store_->position(0).value(), 2U);
}

TEST_F(rocksdb_order_store_test, a_disk_that_is_full_before_the_first_commit) {
  start();
  disk_->bytes_left = 50;
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_EQ(commit(1).error().code, errc::storage_full);
    EXPECT_EQ(store_->sync().error().code, errc::storage_full);
    EXPECT_EQ(count(), 0U) << "reads go on";
  }
  disk_->bytes_left = std::int64_t{1} << 40U;

  ASSERT_TRUE(commit(1));
  ASSERT_TRUE(store_->sync());
  EXPECT_EQ(count(), 1U);
}

// Whatever RocksDB was doing when the disk became full: in its log, a table, its manifest.
TEST_F(rocksdb_order_store_test, a_disk_that_becomes_full_at_any_byte_stops_nothing_for_good) {
  std::uint64_t next = 1;
  start();
  for (std::int64_t room = 0; room < 12'000; room += 997) {
    disk_->bytes_left = room;
    std::uint64_t failed = 0;
    while (failed == 0)
      if (commit(next) && store_->sync())
        ++next;
      else
        failed = next;
    EXPECT_EQ(store_->find(reservation_id{1}).has_value(), true) << "at " << room;
    disk_->bytes_left = std::int64_t{1} << 40U;
    // What failed may have happened.
    next = store_->position(0).value() + 1;
    const auto healed = commit(next);
    if (!healed && healed.error().code == errc::invalid_argument) next = store_->position(0).value() + 1;
    ASSERT_TRUE(healed || commit(next)) << room << ": " << healed.error().text;
    ++next;
  }
  EXPECT_EQ(count(), next - 1);
}

TEST_F(rocksdb_order_store_test, a_failed_sync_is_healed_by_the_next_call_after_the_disk_is_well) {
  start();
  ASSERT_TRUE(commit(1));
  disk_->sync_fails = true;
  EXPECT_EQ(store_->sync().error().code, errc::storage_failed);
  EXPECT_FALSE(store_->sync());
  EXPECT_EQ(count(), 1U);
  disk_->sync_fails = false;

  ASSERT_TRUE(store_->sync());

  ASSERT_TRUE(commit(2));
  EXPECT_EQ(count(), 2U);
  const fs::path copy = root_.path() / "copy";
  disk_->copy_after_crash(path(), copy, true);
  auto left = open_rocksdb_order_store({.directory = copy.string()}, env_.get());
  ASSERT_TRUE(left) << left.error().text;
  EXPECT_GE((*left)->position(0).value(), 1U);
}

TEST_F(rocksdb_order_store_test, what_was_committed_before_the_disk_was_full_is_made_durable_after_it) {
  start();
  ASSERT_TRUE(commit(1));
  disk_->bytes_left = 50;
  ASSERT_FALSE(commit(2));
  disk_->bytes_left = std::int64_t{1} << 40U;

  ASSERT_TRUE(store_->sync());

  const fs::path copy = root_.path() / "copy";
  disk_->copy_after_crash(path(), copy, true);
  auto left = open_rocksdb_order_store({.directory = copy.string()}, env_.get());
  ASSERT_TRUE(left) << left.error().text;
  EXPECT_EQ((*left)->position(0).value(), 1U);
}

TEST_F(rocksdb_order_store_test, synced_orders_that_are_gone_are_noticed) {
  start();
  for (std::uint64_t i = 1; i <= 100; ++i) ASSERT_TRUE(commit(i));
  ASSERT_TRUE(store_->sync());
  store_.reset();
  fs::resize_file(log(), fs::file_size(log()) / 2);

  const auto refused = open();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::missing_data);
  EXPECT_THAT(refused.error().text, HasSubstr(path().string()));
}

TEST_F(rocksdb_order_store_test, a_newer_format_is_refused) {
  start();
  store_.reset();
  std::ofstream(path() / "FORMAT", std::ios::trunc) << "seckill orders 2\n";
  EXPECT_EQ(open().error().code, errc::version_unsupported);
}

TEST_F(rocksdb_order_store_test, parameters_out_of_range_are_named) {
  EXPECT_THAT(open_rocksdb_order_store({}).error().text, HasSubstr("directory"));
  EXPECT_THAT(open_rocksdb_order_store({.directory = "x", .cache_bytes = 1}).error().text,
              HasSubstr("cache_bytes"));
}

}  // namespace
}  // namespace seckill::testing
