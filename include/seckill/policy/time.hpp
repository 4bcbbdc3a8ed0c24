#pragma once

#include <seckill/ids.hpp>

#include <chrono>

/// @file
/// Policies never ask for the time: it is a `time_ns` argument, of a clock that does not go backwards. If it
/// does, none of them grants anything because of it.

namespace seckill::inline v1 {

inline constexpr time_ns ns_per_us = 1'000;
inline constexpr time_ns ns_per_ms = 1'000'000;
inline constexpr time_ns ns_per_s = 1'000'000'000;

/// The machine's monotonic clock, for the callers of policies. About 20 ns.
[[nodiscard]] inline time_ns monotonic_now_ns() noexcept {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace seckill::inline v1
