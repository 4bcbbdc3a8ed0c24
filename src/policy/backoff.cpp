#include <seckill/policy/backoff.hpp>
#include <seckill/policy/detail/later.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

// With granularity the delay is computed step by step; later attempts wait as long as this one.
constexpr std::uint32_t steps_max = 1'000;

const backoff_params& checked(const backoff_params& params) {
  if (params.initial_ns < 0) throw std::invalid_argument("backoff: initial_ns must not be negative");
  if (params.max_ns < params.initial_ns)
    throw std::invalid_argument("backoff: max_ns must be at least initial_ns");
  if (!(params.multiplier >= 1.0)) throw std::invalid_argument("backoff: multiplier must be at least 1");
  if (!(params.spread >= 0.0 && params.spread <= 1.0))
    throw std::invalid_argument("backoff: spread must be between 0 and 1");
  if (params.granularity_ns <= 0) throw std::invalid_argument("backoff: granularity_ns must be positive");
  return params;
}

}  // namespace

backoff::backoff(const backoff_params& params) : params_(checked(params)) {}

time_ns backoff::plain(std::uint32_t failures) const noexcept {
  if (params_.initial_ns == 0 || params_.multiplier == 1.0 || failures <= 1) return params_.initial_ns;
  if (params_.granularity_ns > 1) return in_steps(failures);
  const double delay = static_cast<double>(params_.initial_ns) * std::pow(params_.multiplier, failures - 1);
  return delay >= static_cast<double>(params_.max_ns) ? params_.max_ns : static_cast<time_ns>(delay);
}

time_ns backoff::in_steps(std::uint32_t failures) const noexcept {
  time_ns delay = params_.initial_ns;
  for (std::uint32_t i = 1; i < std::min(failures, steps_max); ++i) {
    const double next = static_cast<double>(delay) * params_.multiplier;
    if (next >= static_cast<double>(params_.max_ns)) return params_.max_ns;
    delay = static_cast<time_ns>(next) / params_.granularity_ns * params_.granularity_ns;
  }
  return delay;
}

time_ns backoff::delay_ns(std::uint32_t failures, double uniform, time_ns previous_ns) const noexcept {
  const time_ns delay = plain(failures);
  switch (params_.spread_by) {
    case jitter::none:
      return delay;
    case jitter::full:
      return std::min(delay, detail::stretched(delay, uniform));
    case jitter::equal:
      return delay / 2 + std::min(delay - delay / 2, detail::stretched(delay - delay / 2, uniform));
    case jitter::decorrelated: {
      const time_ns previous = std::max(previous_ns, params_.initial_ns);
      const double reach = 3.0 * static_cast<double>(previous) - static_cast<double>(params_.initial_ns);
      const double drawn = static_cast<double>(params_.initial_ns) + reach * uniform;
      return drawn >= static_cast<double>(params_.max_ns) ? params_.max_ns : static_cast<time_ns>(drawn);
    }
    case jitter::proportional:
      return std::min(params_.max_ns,
                      detail::stretched(delay, 1.0 - params_.spread + 2.0 * params_.spread * uniform));
  }
  return delay;
}

}  // namespace seckill::inline v1
