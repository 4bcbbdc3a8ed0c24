#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/latency_quantile.hpp>

#include <cmath>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

const latency_quantile_params& checked(const latency_quantile_params& params) {
  if (!(params.quantile > 0.0 && params.quantile < 1.0))
    throw std::invalid_argument("latency_quantile: quantile must be above 0 and below 1");
  if (params.refresh_ns <= 0) throw std::invalid_argument("latency_quantile: refresh_ns must be positive");
  if (params.samples_min < 1) throw std::invalid_argument("latency_quantile: samples_min must be positive");
  return params;
}

}  // namespace

latency_quantile::latency_quantile(const latency_quantile_params& params) : params_(checked(params)) {}

void latency_quantile::refresh(time_ns now) noexcept {
  const std::unique_lock lock(refreshing_, std::try_to_lock);
  if (!lock || now < refresh_at_.load(std::memory_order_relaxed)) return;
  refresh_at_.store(detail::later(now, params_.refresh_ns), std::memory_order_relaxed);
  std::array<std::uint32_t, buckets> seen{};
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen[i] = counts_[i].load(std::memory_order_relaxed);
    all += seen[i];
  }
  if (all < params_.samples_min) return;
  const auto below = static_cast<std::uint64_t>(std::ceil(params_.quantile * static_cast<double>(all)));
  std::uint64_t sum = 0;
  bool found = false;
  for (std::size_t i = 0; i < buckets; ++i) {
    sum += seen[i];
    if (!found && sum >= below) {
      value_ns_.store(end_of(i), std::memory_order_relaxed);
      found = true;
    }
    // What was recorded since it was read stays.
    if (seen[i] != 0) counts_[i].fetch_sub(seen[i] - seen[i] / 2, std::memory_order_relaxed);
  }
}

}  // namespace seckill::inline v1
