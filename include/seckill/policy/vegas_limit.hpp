#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/concurrency_limit.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct vegas_limit_params {
  std::uint32_t initial = 20;
  std::uint32_t max = 1'000;
  std::uint32_t alpha = 0;  ///< calls queued that are too few; 0: 3·log10(limit)
  std::uint32_t beta = 0;   ///< calls queued that are too many; 0: 6·log10(limit)
  double smoothing = 1.0;   ///< of each change; 1: taken wholly
  /// The time without load is measured anew after about so many samples per unit of the limit; 0: never.
  std::uint32_t probe_multiplier = 30;
  std::uint64_t seed = 1;  ///< of the probe's jitter
};

/// Estimates the calls that queue at the callee from how much slower they are than without load, and keeps them
/// between alpha and beta.
///
///   queue = ceil(L·(1 − rtt0/rtt)); queue <= log10 L: L + beta; queue < alpha: L + log10 L; queue > beta or a drop:
///   L − log10 L. Nothing while less than half of L is in use.
///
/// Source: Brakmo and Peterson, TCP Vegas (1994); the arithmetic of Netflix concurrency-limits
/// (tests/data/cases/concurrency_limits.json).
class SECKILL_EXPORT vegas_limit {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit vegas_limit(const vegas_limit_params& params);
  [[nodiscard]] std::uint32_t limit() const noexcept { return static_cast<std::uint32_t>(limit_); }
  void on_sample(const concurrency_sample& sample) noexcept;
  /// The least time that a call took since the last probe.
  [[nodiscard]] time_ns unloaded_rtt_ns() const noexcept { return unloaded_rtt_ns_; }

 private:
  [[nodiscard]] bool should_probe() noexcept;
  [[nodiscard]] double next_limit(const concurrency_sample& sample) const noexcept;

  vegas_limit_params params_;
  double limit_;
  time_ns unloaded_rtt_ns_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t random_state_;
  double probe_jitter_;
};

static_assert(concurrency_limit<vegas_limit>);

}  // namespace seckill::inline v1
