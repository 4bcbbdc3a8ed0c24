#include "order_store_suite.hpp"
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/testing/faulty_order_store.hpp>

namespace seckill::testing {
namespace {

class memory_backend : public order_store_backend {
 public:
  result<std::unique_ptr<order_store>> open() override { return open_memory_order_store(image_); }
  void crash_process() override { image_ = image_->after_process_crash(); }
  void crash_machine() override { image_ = image_->after_machine_crash(); }

 private:
  std::shared_ptr<order_image> image_ = std::make_shared<order_image>();
};

class faulty_backend final : public memory_backend {
 public:
  result<std::unique_ptr<order_store>> open() override {
    auto inner = memory_backend::open();
    if (!inner) return inner;
    return make_faulty_order_store(std::move(*inner), std::make_shared<fault_script>());
  }
};

INSTANTIATE_TEST_SUITE_P(memory, order_store_conformance,
                         ::testing::Values(order_store_under_test{
                             "memory", [] { return std::make_unique<memory_backend>(); }}));
INSTANTIATE_TEST_SUITE_P(faulty_without_faults, order_store_conformance,
                         ::testing::Values(order_store_under_test{
                             "faulty", [] { return std::make_unique<faulty_backend>(); }}));

}  // namespace
}  // namespace seckill::testing
