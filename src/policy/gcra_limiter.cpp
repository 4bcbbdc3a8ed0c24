#include <seckill/policy/gcra_limiter.hpp>

#include <stdexcept>

namespace seckill::inline v1 {
namespace {

// Leaves room to add the present time.
constexpr time_ns tolerance_max_ns = std::numeric_limits<time_ns>::max() / 4;

time_ns interval_of(const gcra_params& params) {
  if (params.permits == 0) throw std::invalid_argument("gcra_limiter: permits must be positive");
  if (params.period_ns <= 0) throw std::invalid_argument("gcra_limiter: period_ns must be positive");
  const time_ns interval = params.period_ns / static_cast<time_ns>(std::min<std::uint64_t>(
                                                  params.permits, std::numeric_limits<time_ns>::max()));
  if (interval == 0) throw std::invalid_argument("gcra_limiter: permits must be at most one per nanosecond");
  return interval;
}

std::uint64_t size_of(const gcra_params& params, time_ns interval_ns) {
  if (params.burst >= static_cast<std::uint64_t>(tolerance_max_ns / interval_ns))
    throw std::invalid_argument("gcra_limiter: period_ns is too long for so large a burst");
  return params.burst + 1;
}

}  // namespace

gcra_rule::gcra_rule(const gcra_params& params)
    : interval_ns_(interval_of(params)),
      size_(size_of(params, interval_ns_)),
      tolerance_ns_(interval_ns_ * static_cast<time_ns>(size_)),
      per_interval_(static_cast<std::uint64_t>(interval_ns_)) {}

}  // namespace seckill::inline v1
