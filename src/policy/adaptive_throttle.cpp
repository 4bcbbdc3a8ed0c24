#include <seckill/policy/adaptive_throttle.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

const adaptive_throttle_params& checked(const adaptive_throttle_params& params) {
  if (!(params.multiplier >= 1.0))
    throw std::invalid_argument("adaptive_throttle: multiplier must be at least 1");
  if (!(params.aggression > 0.0))
    throw std::invalid_argument("adaptive_throttle: aggression must be positive");
  if (!(params.probability_max >= 0.0 && params.probability_max <= 1.0))
    throw std::invalid_argument("adaptive_throttle: probability_max must be between 0 and 1");
  if (params.bucket_ns <= 0) throw std::invalid_argument("adaptive_throttle: bucket_ns must be positive");
  if (params.buckets == 0) throw std::invalid_argument("adaptive_throttle: buckets must be positive");
  return params;
}

}  // namespace

adaptive_throttle::adaptive_throttle(const adaptive_throttle_params& params)
    : params_(checked(params)),
      counts_(params.bucket_ns, params.buckets, detail::bucket_alignment::absolute) {}

bool adaptive_throttle::try_acquire(time_ns now, double uniform) noexcept {
  counts_.rotate(now);
  const auto seen = counts_.window();
  counts_.add(requests);
  return uniform >= reject_probability(seen[requests], seen[accepts], params_);
}

void adaptive_throttle::accepted(time_ns now) noexcept {
  counts_.rotate(now);
  counts_.add(accepts);
}

double adaptive_throttle::reject_probability(time_ns now) const noexcept {
  const auto seen = counts_.window_at(now);
  return reject_probability(seen[requests], seen[accepts], params_);
}

double adaptive_throttle::reject_probability(std::uint64_t requests, std::uint64_t accepts,
                                             const adaptive_throttle_params& params) noexcept {
  const double excess = static_cast<double>(requests) - params.multiplier * static_cast<double>(accepts);
  if (excess <= 0.0) return 0.0;
  const double share = excess / (static_cast<double>(requests) + 1.0);
  const double shaped = params.aggression == 1.0 ? share : std::pow(share, 1.0 / params.aggression);
  return std::min(shaped, params.probability_max);
}

}  // namespace seckill::inline v1
