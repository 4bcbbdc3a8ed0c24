#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/concurrency_limit.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct aimd_limit_params {
  std::uint32_t initial = 20;
  std::uint32_t min = 20;
  std::uint32_t max = 200;
  double backoff_ratio = 0.9;         ///< of the limit after a drop; at least 0.5, below 1
  time_ns timeout_ns = 5 * ns_per_s;  ///< a call that took longer counts as dropped
};

/// Additive increase, multiplicative decrease: one more while calls come back and half the limit is in use, a tenth
/// less at each drop. Needs a callee that says when it has too much.
/// Source: Chiu and Jain (1989); the arithmetic of Netflix concurrency-limits.
class SECKILL_EXPORT aimd_limit {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit aimd_limit(const aimd_limit_params& params);
  [[nodiscard]] std::uint32_t limit() const noexcept { return limit_; }
  void on_sample(const concurrency_sample& sample) noexcept;

 private:
  aimd_limit_params params_;
  std::uint32_t limit_;
};

static_assert(concurrency_limit<aimd_limit>);

}  // namespace seckill::inline v1
