#include <seckill/policy/concurrency_limiter.hpp>

namespace seckill::inline v1 {
namespace {

std::uint32_t limit_of(const concurrency_limiter::any_limit& of) noexcept {
  return std::visit([](const auto& algorithm) { return algorithm.limit(); }, of);
}

}  // namespace

concurrency_limiter::concurrency_limiter(any_limit limit)
    : limit_(limit_of(limit)), algorithm_(std::move(limit)) {}

void concurrency_limiter::learn(const concurrency_sample& sample) noexcept {
  std::unique_lock lock(learning_, std::defer_lock);
  if (sample.dropped)
    lock.lock();
  else if (!lock.try_lock())
    return;
  std::visit([&](auto& algorithm) { algorithm.on_sample(sample); }, algorithm_);
  limit_.store(limit_of(algorithm_), std::memory_order_relaxed);
}

}  // namespace seckill::inline v1
