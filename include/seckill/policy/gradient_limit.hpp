#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/concurrency_limit.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct gradient_limit_params {
  std::uint32_t initial = 20;
  std::uint32_t min = 3;
  std::uint32_t max = 1'000;
  double buffer = 0.25;  ///< share by which a call may be slower than the least time and count as unloaded
  std::uint32_t window = 50;      ///< samples whose mean is compared
  std::uint32_t remeasure = 600;  ///< windows after which the least time is measured anew
};

/// Compares the mean time of a window of calls with the time of calls without load.
///
///   g = clamp(min_rtt·(1 + buffer)/rtt, 0.5, 2); L' = clamp(g·L + sqrt(g·L), min, max).
///
/// At first, and every `remeasure` windows, the limit is `min` for one window, and the mean of it is min_rtt.
/// Source: Envoy's adaptive concurrency filter (tests/data/cases/adaptive_throttle.json).
class SECKILL_EXPORT gradient_limit {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit gradient_limit(const gradient_limit_params& params);
  [[nodiscard]] std::uint32_t limit() const noexcept { return measuring_ ? params_.min : limit_; }
  void on_sample(const concurrency_sample& sample) noexcept;

  [[nodiscard]] static double gradient(double min_rtt, double rtt, double buffer) noexcept;
  [[nodiscard]] static std::uint32_t next(std::uint32_t limit, double gradient, std::uint32_t min,
                                          std::uint32_t max) noexcept;

 private:
  void end_window() noexcept;

  gradient_limit_params params_;
  std::uint32_t limit_;
  double sum_ = 0.0;
  std::uint32_t count_ = 0;
  double min_rtt_ = 0.0;
  bool measuring_ = true;
  std::uint32_t windows_ = 0;  // since min_rtt_ was measured
};

static_assert(concurrency_limit<gradient_limit>);

}  // namespace seckill::inline v1
