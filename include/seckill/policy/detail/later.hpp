#pragma once

#include <seckill/ids.hpp>

#include <limits>

namespace seckill::inline v1::detail {

/// `now + by`, or the end of time: so a length of numeric_limits<time_ns>::max() means for ever, everywhere.
[[nodiscard]] constexpr time_ns later(time_ns now, time_ns by) noexcept {
  constexpr time_ns end = std::numeric_limits<time_ns>::max();
  return now > 0 && by > end - now ? end : now + by;
}

/// `length * factor`, or the longest length. REQUIRES: neither is negative.
[[nodiscard]] constexpr time_ns stretched(time_ns length, double factor) noexcept {
  constexpr time_ns end = std::numeric_limits<time_ns>::max();
  const double product = static_cast<double>(length) * factor;
  return product >= static_cast<double>(end) ? end : static_cast<time_ns>(product);
}

}  // namespace seckill::inline v1::detail
