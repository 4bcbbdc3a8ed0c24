#include "order_store_suite.hpp"
#include "rocksdb_order_store_env.hpp"
#include "tests/support/crash_file_system.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;

class rocksdb_backend final : public order_store_backend {
 public:
  result<std::unique_ptr<order_store>> open() override {
    return open_rocksdb_order_store({.directory = directory().string(), .write_buffer_bytes = 1U << 20U},
                                    env_.get());
  }
  void crash_process() override { crash(false); }
  void crash_machine() override { crash(true); }

 private:
  [[nodiscard]] fs::path directory() const { return root_.path() / std::to_string(crashes_) / "orders"; }
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

INSTANTIATE_TEST_SUITE_P(rocksdb, order_store_conformance,
                         ::testing::Values(order_store_under_test{
                             "rocksdb", [] { return std::make_unique<rocksdb_backend>(); }}));

}  // namespace
}  // namespace seckill::testing
