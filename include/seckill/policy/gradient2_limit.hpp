#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/concurrency_limit.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct gradient2_limit_params {
  std::uint32_t initial = 20;
  std::uint32_t min = 20;
  std::uint32_t max = 200;
  double smoothing = 0.2;           ///< of each change; 1: taken wholly
  std::uint32_t queue_size = 4;     ///< calls that may queue at the callee
  std::uint32_t long_window = 600;  ///< samples that the long average spans
  double rtt_tolerance = 1.5;  ///< slower than the average by this much is no reason to shrink; at least 1
};

/// Shrinks by how much slower a call was than the long average, and grows by what may queue.
///
///   g = clamp(tolerance·long/short, 0.5, 1); L' = (1 − s)·L + s·(L·g + queue).
///
/// The long average is exponential; its first ten samples count evenly, and it falls by 5 % a sample while it is more
/// than twice the present. Nothing while less than half of L is in use.
/// Source: the arithmetic of Netflix concurrency-limits (tests/data/cases/concurrency_limits.json).
class SECKILL_EXPORT gradient2_limit {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit gradient2_limit(const gradient2_limit_params& params);
  [[nodiscard]] std::uint32_t limit() const noexcept { return static_cast<std::uint32_t>(limit_); }
  void on_sample(const concurrency_sample& sample) noexcept;

 private:
  [[nodiscard]] double add_to_long(double rtt) noexcept;

  gradient2_limit_params params_;
  double limit_;
  double long_rtt_ = 0.0;
  double warm_up_sum_ = 0.0;
  std::uint32_t warm_up_count_ = 0;
};

static_assert(concurrency_limit<gradient2_limit>);

}  // namespace seckill::inline v1
