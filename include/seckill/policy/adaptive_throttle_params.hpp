#pragma once

#include <seckill/policy/time.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct adaptive_throttle_params {
  /// K: how many requests a caller sends for each one that the callee accepts before it refuses some itself.
  /// 2 wastes half of the callee's work when it is overloaded and notices its recovery soon; 1.1 wastes a
  /// tenth.
  double multiplier = 2.0;
  /// The probability is taken to the power of 1/aggression: above 1 refuses more, and earlier.
  double aggression = 1.0;
  /// Never refuse more than this share, so that recovery is noticed; at most 1.
  double probability_max = 1.0;

  time_ns bucket_ns = 2 * ns_per_s;
  std::uint32_t buckets = 60;  ///< the window is bucket_ns * buckets long

  /// Client-side throttling of the SRE book: K 2 over two minutes.
  [[nodiscard]] static constexpr adaptive_throttle_params sre() noexcept { return {}; }

  /// Admission control of Envoy: refuses when fewer than `success_rate` of the requests succeed, 30 s window.
  [[nodiscard]] static constexpr adaptive_throttle_params admission_control(
      double success_rate = 0.95) noexcept {
    return {.multiplier = 1.0 / success_rate,
            .aggression = 1.0,
            .probability_max = 0.8,
            .bucket_ns = ns_per_s,
            .buckets = 30};
  }
};

}  // namespace seckill::inline v1
