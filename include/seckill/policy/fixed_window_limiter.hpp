#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/atomic_limiter.hpp>
#include <seckill/policy/detail/divider.hpp>
#include <seckill/policy/window_params.hpp>

#include <algorithm>
#include <cstdint>

namespace seckill::inline v1 {

/// At most `limit` permits in each window that begins at a multiple of its length. The cheapest, and twice the limit
/// can pass around a boundary: use it for quotas that the calendar defines.
class fixed_window_rule {
 public:
  using parameters = window_params;
  /// The number of the window above, the permits taken in it below; as many bits for the number as all time needs.
  using state = std::uint64_t;

  SECKILL_EXPORT explicit fixed_window_rule(const window_params& params);

  [[nodiscard]] static constexpr state fresh() noexcept { return 0; }

  [[nodiscard]] bool take(state& at, std::uint32_t n, time_ns now) const noexcept {
    const std::uint64_t window = current(at, now);
    const std::uint64_t used = used_in(window, at);
    if (n > limit_ - used) return false;
    if (n != 0) at = (window << count_bits_) | (used + n);
    return true;
  }
  [[nodiscard]] rate_decision tell(const state& at, bool taken, std::uint32_t n, time_ns now) const noexcept {
    const std::uint64_t window = current(at, now);
    const std::uint64_t used = used_in(window, at);
    const time_ns left = end_of(window) - now;
    const time_ns retry = taken ? 0 : n > limit_ ? rate_decision::never : left;
    return {taken, limit_ - used, retry, used == 0 ? 0 : left, 0};
  }
  [[nodiscard]] rate_decision decide(state& at, std::uint32_t n, time_ns now) const noexcept {
    const bool taken = take(at, n, now);
    return tell(at, taken, n, now);
  }
  void give_back(state& at, std::uint32_t n, time_ns now) const noexcept {
    if (current(at, now) == at >> count_bits_) at -= std::min<std::uint64_t>(n, at & count_mask());
  }
  [[nodiscard]] time_ns idle_at(const state& at) const noexcept {
    return (at & count_mask()) == 0 ? 0 : end_of(at >> count_bits_);
  }

 private:
  [[nodiscard]] std::uint64_t count_mask() const noexcept { return (std::uint64_t{1} << count_bits_) - 1; }

  // A clock that went backwards stays in the newest window that was seen.
  [[nodiscard]] std::uint64_t current(state at, time_ns now) const noexcept {
    return std::max(at >> count_bits_, now < 0 ? 0 : number_of_(static_cast<std::uint64_t>(now)));
  }
  [[nodiscard]] std::uint64_t used_in(std::uint64_t window, state at) const noexcept {
    return window == at >> count_bits_ ? at & count_mask() : 0;
  }
  [[nodiscard]] time_ns end_of(std::uint64_t window) const noexcept {
    return (static_cast<time_ns>(window) + 1) * window_ns_;
  }

  std::uint64_t limit_;
  time_ns window_ns_;
  detail::divider number_of_;
  unsigned count_bits_;
};

using fixed_window_limiter = atomic_limiter<fixed_window_rule>;

static_assert(rate_limiter<fixed_window_limiter>);

}  // namespace seckill::inline v1
