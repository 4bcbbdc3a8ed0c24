#include "journal_suite.hpp"
#include <seckill/memory/memory_journal.hpp>
#include <seckill/testing/faulty_journal.hpp>

namespace seckill::testing {
namespace {

class memory_backend : public journal_backend {
 public:
  result<std::unique_ptr<journal>> open() override { return open_memory_journal(image_); }
  void crash_process() override { image_ = image_->after_process_crash(); }
  void crash_machine() override { image_ = image_->after_machine_crash(); }
  std::size_t snapshot_bytes(std::uint64_t sequence) override { return image_->snapshot_bytes(sequence); }
  void damage_snapshot(std::uint64_t sequence, std::size_t at) override {
    image_->damage_snapshot(sequence, at);
  }
  void tear_snapshot(std::uint64_t sequence, std::size_t kept) override {
    image_->tear_snapshot(sequence, kept);
  }

 private:
  std::shared_ptr<journal_image> image_ = std::make_shared<journal_image>();
};

class faulty_backend final : public memory_backend {
 public:
  result<std::unique_ptr<journal>> open() override {
    auto inner = memory_backend::open();
    if (!inner) return inner;
    return make_faulty_journal(std::move(*inner), std::make_shared<fault_script>());
  }
};

INSTANTIATE_TEST_SUITE_P(memory, journal_conformance,
                         ::testing::Values(journal_under_test{
                             "memory", [] { return std::make_unique<memory_backend>(); }}));
INSTANTIATE_TEST_SUITE_P(faulty_without_faults, journal_conformance,
                         ::testing::Values(journal_under_test{
                             "faulty", [] { return std::make_unique<faulty_backend>(); }}));

}  // namespace
}  // namespace seckill::testing
