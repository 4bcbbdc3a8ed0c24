#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/time.hpp>

#include <atomic>
#include <cstdint>

namespace seckill::inline v1 {

/// What puts tokens into the budget and what takes them. Thousandths are kept.
struct retry_budget_params {
  double tokens_max = 100.0;  ///< it starts full; at most 1,000,000
  double per_call = 0.2;      ///< put in by each call (its first attempt)
  double per_second = 10.0;   ///< put in by time, for callers that call seldom
  double per_success = 0.0;   ///< put in by each attempt that succeeds
  double per_failure = 0.0;   ///< taken by each attempt that fails
  double per_retry = 1.0;     ///< taken by each retry
  double tokens_kept = 0.0;   ///< a retry must leave more than this; per_retry 0: must find more than this

  /// One retry for five calls and ten a second besides, as Finagle's default.
  [[nodiscard]] static constexpr retry_budget_params finagle(double share = 0.2,
                                                             double per_second = 10.0) noexcept {
    return {.tokens_max = 10.0 * per_second, .per_call = share, .per_second = per_second};
  }
  /// No retries while more than about `ratio` of the attempts fail, as gRPC's retry throttling.
  [[nodiscard]] static constexpr retry_budget_params grpc(double tokens_max = 10.0,
                                                          double ratio = 0.1) noexcept {
    return {.tokens_max = tokens_max,
            .per_call = 0.0,
            .per_second = 0.0,
            .per_success = ratio,
            .per_failure = 1.0,
            .per_retry = 0.0,
            .tokens_kept = tokens_max / 2};
  }
  /// One hedge for twenty calls.
  [[nodiscard]] static constexpr retry_budget_params hedges(double share = 0.05) noexcept {
    return {.tokens_max = 10.0, .per_call = share, .per_second = 0.0};
  }
};

/// Bounds what retries add to the load of a callee that is failing: retries that are not bounded turn a short fault into a
/// long one. Hedges are retries that do not wait, and are bounded by one of these, too.
///
/// Guarantees: in any time t with n calls at most tokens_max + per_call·n + per_success·successes + per_second·t retries
/// are allowed (for per_retry = 1). Share one among all that call the same callee.
///
/// Threads: any. While it is full a call writes nothing. Sources: Finagle's RetryBudget; gRPC proposal A6, "Client
/// Retries".
class SECKILL_EXPORT retry_budget {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit retry_budget(const retry_budget_params& params, time_ns now = 0);

  void on_call() noexcept { put(per_call_); }
  void on_success() noexcept { put(per_success_); }
  void on_failure() noexcept;
  /// Takes a retry's tokens. False: do not retry.
  [[nodiscard]] bool try_retry(time_ns now) noexcept;

  /// Thousandths of tokens, as of the last try_retry().
  [[nodiscard]] std::int64_t milli_tokens() const noexcept { return tokens_.load(std::memory_order_relaxed); }

 private:
  void put(std::int64_t milli) noexcept {
    if (milli != 0 && milli_tokens() < max_) put_below_max(milli);
  }
  void put_below_max(std::int64_t milli) noexcept;
  void refill(time_ns now) noexcept;

  const std::int64_t max_;
  const std::int64_t per_call_;
  const std::int64_t per_success_;
  const std::int64_t per_failure_;
  const std::int64_t per_retry_;
  const std::int64_t kept_;
  const time_ns milli_token_ns_;  // 0: time puts nothing in
  alignas(64) std::atomic<std::int64_t> tokens_;
  std::atomic<time_ns> refilled_at_;
};

}  // namespace seckill::inline v1
