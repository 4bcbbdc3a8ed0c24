// Four nodes share a limit of 1,000 a second. Each asks the pool once for a hundred permits, and spends them by itself.

#include <seckill/memory/memory_permit_pool.hpp>
#include <seckill/policy/two_tier_limiter.hpp>

#include <cstdio>
#include <memory>
#include <vector>

namespace {

// Counts what would be a round trip to a shared store.
class counting_pool final : public seckill::permit_pool {
 public:
  counting_pool() : pool_(seckill::make_memory_permit_pool({.each = {.permits = 1'000, .burst = 99}})) {}
  seckill::result<seckill::permit_grant> take(std::uint64_t key, std::uint32_t wanted,
                                              seckill::time_ns now) override {
    ++trips;
    return pool_->take(key, wanted, now);
  }
  seckill::result<void> give_back(std::uint64_t key, std::uint32_t permits, seckill::time_ns now) override {
    return pool_->give_back(key, permits, now);
  }
  int trips = 0;

 private:
  std::unique_ptr<seckill::permit_pool> pool_;
};

}  // namespace

int main() {
  counting_pool pool;
  std::vector<std::unique_ptr<seckill::two_tier_limiter>> nodes;
  for (int i = 0; i < 4; ++i)
    nodes.push_back(std::make_unique<seckill::two_tier_limiter>(seckill::two_tier_params{.key = 1}));

  int passed = 0;
  constexpr int offered = 80'000;  // in ten seconds: eight times the limit
  for (int i = 0; i < offered; ++i) {
    const seckill::time_ns now = seckill::ns_per_s + i * (10 * seckill::ns_per_s / offered);
    seckill::two_tier_limiter& node = *nodes[static_cast<std::size_t>(i % 4)];
    passed += node.try_acquire(1, now).allowed ? 1 : 0;
    if (!node.refill_from(pool, now)) return 1;  // a program does this beside its calls, not in them
  }
  std::printf("offered %d, passed %d in 10 s, asked the pool %d times\n", offered, passed, pool.trips);
  return passed <= 10 * 1'000 + 4 * 100 && passed > 9'000 && pool.trips < passed / 2 ? 0 : 1;
}
