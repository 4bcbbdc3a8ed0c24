#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/latency_quantile.hpp>
#include <seckill/policy/retry_budget.hpp>

#include <cstdint>
#include <optional>

namespace seckill::inline v1 {

struct hedge_params {
  latency_quantile_params after{};   ///< the quantile of the latency after which a second attempt is made
  time_ns delay_min_ns = ns_per_ms;  ///< never earlier than this
  time_ns delay_max_ns = ns_per_s;   ///< never later; and the delay while the quantile is not known
  std::uint32_t hedges_max = 1;      ///< for one call; at most 3
  retry_budget_params budget = retry_budget_params::hedges();
};

/// Makes a second attempt while the first has not answered, when it takes longer than most do; whoever answers first
/// wins, and the other is cancelled. Cuts the tail of the latency for a few per cent of load; the budget keeps it from
/// doubling the load of a callee that has become slow altogether.
///
/// Only for calls that may be made twice at the same time. Threads: any. Source: J. Dean, L. Barroso, "The Tail at Scale"
/// (2013).
class SECKILL_EXPORT hedge_policy {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit hedge_policy(const hedge_params& params, time_ns now = 0);

  void on_call() noexcept { budget_.on_call(); }
  /// What an attempt that was answered took.
  void record(time_ns duration_ns, time_ns now) noexcept { latency_.record(duration_ns, now); }

  /// From the beginning of one attempt to the next, while none has answered.
  [[nodiscard]] time_ns delay_ns() const noexcept;
  /// Takes a hedge from the budget. False: none is left. `hedges`: that the call has had.
  [[nodiscard]] bool try_hedge(std::uint32_t hedges, time_ns now) noexcept {
    return hedges < params_.hedges_max && budget_.try_retry(now);
  }
  [[nodiscard]] const hedge_params& params() const noexcept { return params_; }

 private:
  const hedge_params params_;
  latency_quantile latency_;
  retry_budget budget_;
};

}  // namespace seckill::inline v1
