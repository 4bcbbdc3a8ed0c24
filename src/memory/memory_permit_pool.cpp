#include <seckill/memory/memory_permit_pool.hpp>

#include <cassert>

namespace seckill::inline v1 {
namespace {

class memory_permit_pool final : public permit_pool {
 public:
  explicit memory_permit_pool(const keyed_limiter_params<gcra_params>& params) : limits_(params) {}

  result<permit_grant> take(std::uint64_t key, std::uint32_t wanted, time_ns now) override {
    assert(wanted >= 1);
    const std::uint32_t taken =
        take_up_to(wanted, [&](std::uint32_t some) { return limits_.try_acquire(key, some, now); });
    if (taken != 0) return permit_grant{taken, 0};
    return permit_grant{0, limits_.peek(key, 1, now).retry_after_ns};
  }

  result<void> give_back(std::uint64_t key, std::uint32_t permits, time_ns now) override {
    limits_.give_back(key, permits, now);
    return {};
  }

 private:
  keyed_limiter<gcra_rule> limits_;
};

}  // namespace

std::unique_ptr<permit_pool> make_memory_permit_pool(const keyed_limiter_params<gcra_params>& params) {
  return std::make_unique<memory_permit_pool>(params);
}

}  // namespace seckill::inline v1
