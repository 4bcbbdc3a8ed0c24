#include <seckill/policy/leaky_bucket_meter.hpp>

#include <stdexcept>

namespace seckill::inline v1 {
namespace {

gcra_params mirrored(const leaky_bucket_meter_params& params) {
  if (params.leak == 0) throw std::invalid_argument("leaky_bucket_meter: leak must be positive");
  if (params.capacity == 0) throw std::invalid_argument("leaky_bucket_meter: capacity must be positive");
  return {.permits = params.leak, .period_ns = params.period_ns, .burst = params.capacity - 1};
}

}  // namespace

leaky_bucket_meter::leaky_bucket_meter(const leaky_bucket_meter_params& params)
    : atomic_limiter(mirrored(params)) {}

}  // namespace seckill::inline v1
