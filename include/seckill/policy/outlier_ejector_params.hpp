#pragma once

#include <seckill/policy/time.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// Any of the three detections ejects; 0 switches one off.
struct outlier_ejector_params {
  std::uint32_t consecutive_failures = 5;  ///< so many in a row, at once

  time_ns interval_ns = 10 * ns_per_s;  ///< how often the two below are judged
  /// Ejects targets whose share of successes is below mean − factor · standard deviation over the targets.
  double deviation_factor = 1.9;
  /// Ejects targets whose share of failures in the interval has reached this.
  double failure_share = 0.0;
  std::uint32_t results_min = 100;  ///< in the interval; a target with fewer is not judged by the two
  std::uint32_t targets_min = 5;    ///< with enough results; below it nobody is judged by the two

  /// The n-th ejection lasts n · base; n goes down by one with each interval that the target is in.
  time_ns base_ejection_ns = 30 * ns_per_s;
  time_ns ejection_max_ns = 300 * ns_per_s;
  double ejected_share_max = 0.1;  ///< of the targets; at most 1
  bool always_one = true;          ///< of two targets and more, one may be ejected whatever the share
};

}  // namespace seckill::inline v1
