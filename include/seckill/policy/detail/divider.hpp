#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

namespace seckill::inline v1::detail {

/// Division by a number that is known once and used often: a multiplication and a shift instead of a division.
///
/// With s = floor(log2 d) and m = floor(2^(63+s)/d) + 1, m·d exceeds 2^(63+s) by at most d < 2^(s+1), so that
/// v·m/2^(63+s) exceeds v/d by less than v/2^62/d: less than 1/d, and the floors are the same, for all v < 2^62.
/// Source: T. Granlund, P. Montgomery, "Division by invariant integers using multiplication" (1994).
class divider {
 public:
  static constexpr std::uint64_t value_max = (std::uint64_t{1} << 62U) - 1;

  /// REQUIRES: 0 < by <= value_max.
  explicit constexpr divider(std::uint64_t by) noexcept
      : shift_(static_cast<unsigned>(std::bit_width(by)) - 1),
        inverse_(static_cast<std::uint64_t>((wide{1} << (63U + shift_)) / by) + 1) {
    assert(by > 0 && by <= value_max);
  }

  /// floor(value / by). REQUIRES: value <= value_max.
  [[nodiscard]] constexpr std::uint64_t operator()(std::uint64_t value) const noexcept {
    assert(value <= value_max);
    return static_cast<std::uint64_t>((static_cast<wide>(value << 1U) * inverse_) >> 64U) >> shift_;
  }

 private:
  __extension__ using wide = unsigned __int128;

  unsigned shift_;
  std::uint64_t inverse_;
};

}  // namespace seckill::inline v1::detail
