#include "rocksdb_journal_env.hpp"
#include "rocksdb_order_store_env.hpp"
#include "tests/simulation/storage.hpp"
#include "tests/support/crash_file_system.hpp"
#include "tests/support/temporary_directory.hpp"

#include <utility>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;

/// All storages that come of one another by crashes.
struct disk {
  temporary_directory root;
  int crashes = 0;
  std::shared_ptr<crash_file_system> files = std::make_shared<crash_file_system>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
};

class rocksdb_storage final : public simulated_storage {
 public:
  explicit rocksdb_storage(std::shared_ptr<disk> on)
      : disk_(std::move(on)), directory_(disk_->root.path() / std::to_string(disk_->crashes)) {
    fs::create_directories(directory_);
  }
  rocksdb_storage(const rocksdb_storage&) = delete;
  rocksdb_storage& operator=(const rocksdb_storage&) = delete;
  ~rocksdb_storage() override {
    std::error_code ignored;  // the root goes in the end
    fs::remove_all(directory_, ignored);
  }

  // Buffers as small as they may be, so that logs and tables come and go.
  result<std::unique_ptr<journal>> open_journal() override {
    return open_rocksdb_journal(
        {.directory = (directory_ / "journal").string(), .write_buffer_bytes = buffer_bytes},
        disk_->env.get());
  }
  result<std::unique_ptr<order_store>> open_orders() override {
    return open_rocksdb_order_store(
        {.directory = (directory_ / "orders").string(), .write_buffer_bytes = buffer_bytes},
        disk_->env.get());
  }

  remains after_crash(bool machine, workload& random) override {
    // Mostly nothing that was not synced is left; sometimes a part of it, torn anywhere.
    const bool spares = random.chance(40);
    ++disk_->crashes;
    auto left = std::make_unique<rocksdb_storage>(disk_);
    for (const char* each : {"journal", "orders"}) {
      if (!fs::exists(directory_ / each)) continue;
      disk_->files->copy_after_crash(
          directory_ / each, left->directory_ / each, machine,
          [&](const fs::path&, std::uint64_t most) { return spares ? random.below(most + 1) : 0; });
    }
    return {std::move(left), machine && spares};
  }

  damaged after_damage(workload&) override { return {}; }

 private:
  static constexpr std::uint64_t buffer_bytes = std::uint64_t{64} << 10U;

  std::shared_ptr<disk> disk_;
  fs::path directory_;
};

}  // namespace

std::unique_ptr<simulated_storage> make_rocksdb_storage() {
  return std::make_unique<rocksdb_storage>(std::make_shared<disk>());
}

}  // namespace seckill::testing
