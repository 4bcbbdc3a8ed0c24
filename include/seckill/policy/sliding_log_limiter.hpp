#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/rate_limiter.hpp>
#include <seckill/policy/window_params.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

namespace seckill::inline v1 {

/// Never more than `limit` permits in any window of `window_ns`, exactly: it remembers the time of each. Eight bytes a
/// permit, all of them allocated at the construction. A permit taken at t leaves the window at t + window_ns.
/// Threads: any, one at a time inside.
class SECKILL_EXPORT sliding_log_limiter {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit sliding_log_limiter(const window_params& params);

  [[nodiscard]] rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept;
  [[nodiscard]] rate_decision peek(std::uint32_t n, time_ns now) const noexcept;
  /// The newest permits are those that were not used.
  void give_back(std::uint32_t n, time_ns now) noexcept;
  [[nodiscard]] std::uint32_t in_window(time_ns now) const noexcept;

 private:
  void forget(time_ns now) noexcept;
  [[nodiscard]] time_ns not_before_newest(time_ns now) const noexcept;
  [[nodiscard]] std::uint32_t at(std::uint32_t index) const noexcept;
  [[nodiscard]] std::uint32_t expired(time_ns now) const noexcept;
  [[nodiscard]] rate_decision look(std::uint32_t n, std::uint32_t gone, time_ns now) const noexcept;

  const std::uint32_t limit_;
  const time_ns window_ns_;
  mutable std::mutex mutex_;
  std::unique_ptr<time_ns[]> times_;  // a ring, sorted from the oldest
  std::uint32_t oldest_ = 0;
  std::uint32_t count_ = 0;
};

static_assert(rate_limiter<sliding_log_limiter>);

}  // namespace seckill::inline v1
