#include <seckill/testing/faulty_permit_pool.hpp>

#include <utility>

namespace seckill::inline v1 {
namespace {

class faulty_permit_pool final : public permit_pool {
 public:
  faulty_permit_pool(std::unique_ptr<permit_pool> inner, std::shared_ptr<fault_script> script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<permit_grant> take(std::uint64_t key, std::uint32_t wanted, time_ns now) override {
    return script_->attempt(storage_call::take_permits, [&] { return inner_->take(key, wanted, now); });
  }
  result<void> give_back(std::uint64_t key, std::uint32_t permits, time_ns now) override {
    return script_->attempt(storage_call::return_permits,
                            [&] { return inner_->give_back(key, permits, now); });
  }

 private:
  std::unique_ptr<permit_pool> inner_;
  std::shared_ptr<fault_script> script_;
};

}  // namespace

std::unique_ptr<permit_pool> make_faulty_permit_pool(std::unique_ptr<permit_pool> inner,
                                                     std::shared_ptr<fault_script> script) {
  return std::make_unique<faulty_permit_pool>(std::move(inner), std::move(script));
}

}  // namespace seckill::inline v1
