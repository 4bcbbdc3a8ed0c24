#pragma once

#include <seckill/policy/gcra_limiter.hpp>

#include <algorithm>
#include <cstdint>

namespace seckill::inline v1 {

struct leaky_bucket_meter_params {
  std::uint64_t leak = 100;  ///< units that run out per period
  time_ns period_ns = ns_per_s;
  std::uint64_t capacity = 100;  ///< units
};

/// The leaky bucket as a meter: every permit pours a unit in, the bucket leaks evenly, and what would overflow it is
/// refused. The mirror image of a token bucket, and stored as one (gcra_rule).
/// Source: Turner, "New directions in communications" (1986); tests/data/cases/limiter_leaky.json.
class leaky_bucket_meter : public atomic_limiter<gcra_rule> {
 public:
  /// Throws std::invalid_argument that names the parameter.
  SECKILL_EXPORT explicit leaky_bucket_meter(const leaky_bucket_meter_params& params);

  /// Units in the bucket.
  [[nodiscard]] double level(time_ns now) const noexcept {
    const time_ns left = std::max<time_ns>(0, std::max(now, snapshot()) - now);
    return static_cast<double>(left) / static_cast<double>(rule().interval_ns());
  }
};

static_assert(rate_limiter<leaky_bucket_meter>);

}  // namespace seckill::inline v1
