#include <seckill/policy/hedge_policy.hpp>

#include <algorithm>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

constexpr std::uint32_t hedges_max_max = 3;

const hedge_params& checked(const hedge_params& params) {
  if (params.delay_min_ns < 0) throw std::invalid_argument("hedge_policy: delay_min_ns must not be negative");
  if (params.delay_max_ns < params.delay_min_ns)
    throw std::invalid_argument("hedge_policy: delay_max_ns must be at least delay_min_ns");
  if (params.hedges_max > hedges_max_max)
    throw std::invalid_argument("hedge_policy: hedges_max must be at most 3");
  return params;
}

}  // namespace

hedge_policy::hedge_policy(const hedge_params& params, time_ns now)
    : params_(checked(params)), latency_(params.after), budget_(params.budget, now) {}

time_ns hedge_policy::delay_ns() const noexcept {
  const time_ns seen = latency_.value_ns();
  return seen == 0 ? params_.delay_max_ns : std::clamp(seen, params_.delay_min_ns, params_.delay_max_ns);
}

}  // namespace seckill::inline v1
