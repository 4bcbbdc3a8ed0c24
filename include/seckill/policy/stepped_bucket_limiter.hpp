#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/atomic_limiter.hpp>
#include <seckill/policy/rate_limiter.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct stepped_bucket_params {
  std::uint32_t permits = 100;  ///< added per period; 0 refuses everything
  time_ns period_ns = ns_per_s;
  std::uint32_t burst = 0;  ///< the bucket holds permits + burst
};

/// A token bucket that is refilled only when more than a whole period has passed since the last refill, then by
/// floor(elapsed·permits/period). Steadier than GCRA under a constant overload, coarser otherwise: this is how
/// Sentinel limits hot parameters, and it is here to behave exactly like it. Prefer gcra_limiter.
/// Source: Sentinel's ParamFlowChecker (tests/data/cases/limiter_sentinel.json).
class SECKILL_EXPORT stepped_bucket_rule {
 public:
  using parameters = stepped_bucket_params;
  struct state {
    time_ns filled_at_ns = -1;  ///< negative: never used
    std::uint64_t left = 0;
  };

  explicit stepped_bucket_rule(const stepped_bucket_params& params);

  [[nodiscard]] static constexpr state fresh() noexcept { return {}; }
  [[nodiscard]] rate_decision decide(state& at, std::uint32_t n, time_ns now) const noexcept;
  void give_back(state& at, std::uint32_t n, time_ns now) const noexcept;
  [[nodiscard]] time_ns idle_at(const state& at) const noexcept;

 private:
  [[nodiscard]] std::uint64_t filled(const state& at, time_ns now) const noexcept;
  [[nodiscard]] time_ns filled_up_at(const state& at, std::uint64_t level) const noexcept;

  std::uint64_t permits_;
  time_ns period_ns_;
  std::uint64_t size_;
};

using stepped_bucket_limiter = locked_limiter<stepped_bucket_rule>;

static_assert(rate_limiter<stepped_bucket_limiter>);

}  // namespace seckill::inline v1
