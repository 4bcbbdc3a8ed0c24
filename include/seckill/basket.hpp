#pragma once

#include <seckill/ids.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace seckill::inline v1 {

/// So many units of one sku.
struct line {
  sku_id sku{};
  std::uint32_t quantity = 0;  ///< units

  friend constexpr bool operator==(const line&, const line&) = default;
};

/// The lines of one reservation: at most eight, reserved all or nothing. A value type without allocation.
class basket {
 public:
  static constexpr std::size_t lines_max = 8;

  constexpr basket() = default;
  constexpr basket(std::initializer_list<line> lines) {
    for (const line& each : lines) push_back(each);
  }

  /// REQUIRES: size() < lines_max.
  constexpr void push_back(line each) {
    assert(size_ < lines_max);
    lines_[size_++] = each;
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr bool full() const noexcept { return size_ == lines_max; }
  [[nodiscard]] constexpr const line* begin() const noexcept { return lines_.data(); }
  [[nodiscard]] constexpr const line* end() const noexcept { return lines_.data() + size_; }
  [[nodiscard]] constexpr const line& operator[](std::size_t at) const noexcept { return lines_[at]; }
  [[nodiscard]] constexpr line& operator[](std::size_t at) noexcept { return lines_[at]; }

  /// The sum of all quantities, units.
  [[nodiscard]] constexpr std::uint64_t units() const noexcept {
    std::uint64_t sum = 0;
    for (const line& each : *this) sum += each.quantity;
    return sum;
  }

  /// Same lines in the same order.
  friend constexpr bool operator==(const basket& a, const basket& b) noexcept {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i)
      if (a.lines_[i] != b.lines_[i]) return false;
    return true;
  }

 private:
  std::array<line, lines_max> lines_{};
  std::uint8_t size_ = 0;
};

}  // namespace seckill::inline v1
