#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/time.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// How a delay is spread, so that those who failed together do not come back together. `d` is the delay of
/// the attempt without jitter, `u` uniform in [0, 1).
enum class jitter : std::uint8_t {
  none = 0,
  full = 1,          ///< d·u
  equal = 2,         ///< d/2 + d/2·u
  decorrelated = 3,  ///< initial + (3·previous − initial)·u, at most the cap: needs the previous delay
  proportional = 4,  ///< d·(1 − spread + 2·spread·u)
};

struct backoff_params {
  time_ns initial_ns = 100 * ns_per_ms;
  double multiplier = 2.0;  ///< of the delay, from one attempt to the next; 1: constant
  time_ns max_ns = 10 * ns_per_s;
  jitter spread_by = jitter::full;
  double spread = 0.5;         ///< of jitter::proportional, between 0 and 1
  time_ns granularity_ns = 1;  ///< each step before jitter is cut to a multiple of this

  [[nodiscard]] static constexpr backoff_params constant(time_ns delay_ns) noexcept {
    return {.initial_ns = delay_ns, .multiplier = 1.0, .max_ns = delay_ns, .spread_by = jitter::none};
  }
};

/// The delay before attempt n + 1 after n failures: initial · multiplier^(n−1), at most max, with jitter.
///
/// A value type without state; any thread. Source of the jitters: M. Brooker, "Exponential Backoff And
/// Jitter" (2015).
class SECKILL_EXPORT backoff {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit backoff(const backoff_params& params);

  /// `failures` >= 1; `uniform` in [0, 1), random; `previous_ns`: what this returned last, 0 at first.
  [[nodiscard]] time_ns delay_ns(std::uint32_t failures, double uniform,
                                 time_ns previous_ns = 0) const noexcept;
  [[nodiscard]] const backoff_params& params() const noexcept { return params_; }

 private:
  [[nodiscard]] time_ns plain(std::uint32_t failures) const noexcept;
  [[nodiscard]] time_ns in_steps(std::uint32_t failures) const noexcept;
  backoff_params params_;
};

}  // namespace seckill::inline v1
