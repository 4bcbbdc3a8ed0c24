#pragma once

#include <chrono>
#include <cstdint>

namespace seckill::inline v1 {

/// Nanoseconds of a monotonic clock since some origin, or a length of time in nanoseconds. Policies never ask
/// for the time: it is an argument. A clock that goes backwards never makes one of them grant anything.
using time_ns = std::int64_t;

inline constexpr time_ns ns_per_us = 1'000;
inline constexpr time_ns ns_per_ms = 1'000'000;
inline constexpr time_ns ns_per_s = 1'000'000'000;

/// A duration of std::chrono as a number.
template <typename Rep, typename Period>
[[nodiscard]] constexpr time_ns to_ns(std::chrono::duration<Rep, Period> length) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(length).count();
}

/// The machine's monotonic clock, for the callers of policies. About 20 ns.
[[nodiscard]] inline time_ns monotonic_now_ns() noexcept {
  return to_ns(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace seckill::inline v1
