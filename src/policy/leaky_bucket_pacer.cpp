#include <seckill/policy/leaky_bucket_pacer.hpp>

#include <stdexcept>

namespace seckill::inline v1 {
namespace {

const leaky_bucket_pacer_params& checked(const leaky_bucket_pacer_params& params) {
  if (params.period_ns <= 0 || params.period_ns > std::numeric_limits<time_ns>::max() / 8)
    throw std::invalid_argument("leaky_bucket_pacer: period_ns must be 1 ns to 36 years");
  if (params.permits == 0 || params.permits > static_cast<std::uint64_t>(params.period_ns))
    throw std::invalid_argument(
        "leaky_bucket_pacer: permits must be positive and at most one per nanosecond");
  if (params.delay_max_ns < 0 || params.delay_max_ns > std::numeric_limits<time_ns>::max() / 8)
    throw std::invalid_argument("leaky_bucket_pacer: delay_max_ns must be 0 to 36 years");
  return params;
}

}  // namespace

leaky_bucket_pacer_rule::leaky_bucket_pacer_rule(const leaky_bucket_pacer_params& params)
    : permits_(checked(params).permits),
      period_ns_(params.period_ns),
      interval_ns_((params.period_ns + static_cast<time_ns>(params.permits / 2)) /
                   static_cast<time_ns>(params.permits)),
      delay_max_ns_(params.delay_max_ns),
      per_interval_(static_cast<std::uint64_t>(interval_ns_)) {}

}  // namespace seckill::inline v1
