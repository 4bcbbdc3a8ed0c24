#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/adaptive_throttle_params.hpp>
#include <seckill/policy/detail/rolling_counters.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// Lets a caller refuse its own requests to an overloaded callee, in proportion to how overloaded it is.
///
/// With n requests and a accepts in the window, a request is refused with probability
///   p = min(probability_max, max(0, (n - K*a) / (n + 1)) ^ (1/aggression)).
/// Refused requests count as requests: while nothing is accepted, p goes to probability_max and never beyond.
/// Unlike a circuit breaker it has no states: a callee that can take a third of the load gets a third.
///
/// Threads: any. Sources: Beyer et al., Site Reliability Engineering (2016), chapter 21; the power and the
/// cap from Envoy's admission control filter.
class SECKILL_EXPORT adaptive_throttle {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit adaptive_throttle(const adaptive_throttle_params& params);

  /// Counts a request. False: refuse it, at no cost to the callee. REQUIRES: 0 <= uniform < 1, random.
  [[nodiscard]] bool try_acquire(time_ns now, double uniform) noexcept;
  /// Tells that the callee took a request, whatever it answered.
  void accepted(time_ns now) noexcept;

  [[nodiscard]] double reject_probability(time_ns now) const noexcept;
  [[nodiscard]] static double reject_probability(std::uint64_t requests, std::uint64_t accepts,
                                                 const adaptive_throttle_params& params) noexcept;

 private:
  enum counter : std::uint8_t {
    requests = 0,
    accepts = 1
  };

  adaptive_throttle_params params_;
  detail::rolling_counters<2> counts_;
};

}  // namespace seckill::inline v1
