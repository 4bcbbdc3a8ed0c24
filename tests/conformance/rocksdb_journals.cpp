#include "journal_suite.hpp"
#include "rocksdb_journal_env.hpp"
#include "tests/support/crash_file_system.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;

class rocksdb_backend final : public journal_backend {
 public:
  result<std::unique_ptr<journal>> open() override {
    return open_rocksdb_journal({.directory = directory().string(), .write_buffer_bytes = 8U << 20U},
                                env_.get());
  }
  void crash_process() override { crash(false); }
  void crash_machine() override { crash(true); }

  std::size_t snapshot_bytes(std::uint64_t sequence) override { return fs::file_size(snapshot(sequence)); }
  void damage_snapshot(std::uint64_t sequence, std::size_t at) override {
    std::fstream file(snapshot(sequence), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char flipped = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(flipped);
  }
  void tear_snapshot(std::uint64_t sequence, std::size_t kept) override {
    fs::resize_file(snapshot(sequence), kept);
  }

 private:
  // A directory that is not there yet, below one that is not there yet.
  [[nodiscard]] fs::path directory() const { return root_.path() / std::to_string(crashes_) / "journal"; }
  [[nodiscard]] fs::path snapshot(std::uint64_t sequence) const {
    return directory() / "snapshots" / std::to_string(sequence);
  }
  void crash(bool machine) {
    const fs::path before = directory();
    ++crashes_;
    fs::create_directories(directory().parent_path());
    disk_->copy_after_crash(before, directory(), machine);
  }

  temporary_directory root_;
  int crashes_ = 0;
  std::shared_ptr<crash_file_system> disk_ = std::make_shared<crash_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
};

INSTANTIATE_TEST_SUITE_P(rocksdb, journal_conformance,
                         ::testing::Values(journal_under_test{
                             "rocksdb", [] { return std::make_unique<rocksdb_backend>(); }}));

}  // namespace
}  // namespace seckill::testing
