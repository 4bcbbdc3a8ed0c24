#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/backoff.hpp>
#include <seckill/policy/deadline.hpp>
#include <seckill/policy/retry_budget.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace seckill::inline v1 {

struct retry_params {
  std::uint32_t attempts_max = 3;  ///< the first one included; at most 16
  backoff_params delay{.initial_ns = 25 * ns_per_ms, .max_ns = ns_per_s};
  time_ns attempt_min_ns = ns_per_ms;  ///< an attempt that would have less time than this is not begun
};

/// What one call knows about its attempts so far.
struct retry_history {
  std::uint32_t failures = 0;     ///< attempts that have failed
  time_ns previous_delay_ns = 0;  ///< what next_delay() answered last, 0 at first
  time_ns callee_asks_ns = 0;     ///< "not before": a Retry-After of the callee, or of a limiter
};

/// Decides whether and when a call that failed is tried again. Only for calls that may be made twice: idempotent ones, or
/// those whose failure says that nothing has happened.
///
/// No retry: the attempts are used up; the deadline leaves no time for the delay and an attempt; the budget is empty. The
/// budget is asked last, so that what is not going to happen costs nothing.
///
/// Threads: any. Shares the budget.
class SECKILL_EXPORT retry_policy {
 public:
  /// Without a budget (null) only attempts_max bounds the retries. Throws std::invalid_argument that names the parameter.
  retry_policy(const retry_params& params, std::shared_ptr<retry_budget> budget);

  /// A call begins; an attempt has ended.
  void on_call() const noexcept {
    if (budget_) budget_->on_call();
  }
  void on_result(bool succeeded) const noexcept;

  /// How long to wait before the next attempt; nothing: give up. `uniform` in [0, 1), random. REQUIRES: failures >= 1.
  [[nodiscard]] std::optional<time_ns> next_delay(const retry_history& so_far, deadline until, double uniform,
                                                  time_ns now) const noexcept;
  [[nodiscard]] const retry_params& params() const noexcept { return params_; }

 private:
  const retry_params params_;
  const backoff delay_;
  const std::shared_ptr<retry_budget> budget_;
};

}  // namespace seckill::inline v1
