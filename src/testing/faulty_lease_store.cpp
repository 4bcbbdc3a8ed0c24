#include <seckill/testing/faulty_lease_store.hpp>

#include <utility>

namespace seckill::inline v1 {
namespace {

class faulty_lease_store final : public lease_store {
 public:
  faulty_lease_store(std::unique_ptr<lease_store> inner, std::shared_ptr<fault_script> script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<lease_grant> acquire(std::string_view name, std::uint64_t owner, time_ns ttl_ns,
                              time_ns now) override {
    return script_->attempt(storage_call::acquire_lease,
                            [&] { return inner_->acquire(name, owner, ttl_ns, now); });
  }
  result<bool> renew(std::string_view name, std::uint64_t token, time_ns ttl_ns, time_ns now) override {
    return script_->attempt(storage_call::renew_lease,
                            [&] { return inner_->renew(name, token, ttl_ns, now); });
  }
  result<bool> release(std::string_view name, std::uint64_t token, time_ns now) override {
    return script_->attempt(storage_call::release_lease, [&] { return inner_->release(name, token, now); });
  }

 private:
  std::unique_ptr<lease_store> inner_;
  std::shared_ptr<fault_script> script_;
};

}  // namespace

std::unique_ptr<lease_store> make_faulty_lease_store(std::unique_ptr<lease_store> inner,
                                                     std::shared_ptr<fault_script> script) {
  return std::make_unique<faulty_lease_store>(std::move(inner), std::move(script));
}

}  // namespace seckill::inline v1
