#pragma once

#include <seckill/ids.hpp>

#include <array>
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
///
/// A ninth line is not stored and marks the basket as overfull for good: every command refuses it as invalid_request, so
/// that a reservation is never made of some of the lines.
class basket {
 public:
  static constexpr std::size_t lines_max = 8;

  constexpr basket() = default;
  constexpr basket(std::initializer_list<line> lines) noexcept {
    for (const line& each : lines) push_back(each);
  }

  constexpr void push_back(line each) noexcept {
    if (full())
      overfull_ = true;
    else
      lines_[size_++] = each;
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr bool full() const noexcept { return size_ == lines_max; }
  /// More lines were pushed than there is room for.
  [[nodiscard]] constexpr bool overfull() const noexcept { return overfull_; }
  [[nodiscard]] constexpr const line* begin() const noexcept { return lines_.data(); }
  [[nodiscard]] constexpr const line* end() const noexcept { return lines_.data() + size_; }
  /// REQUIRES: at < size().
  [[nodiscard]] constexpr const line& operator[](std::size_t at) const noexcept { return lines_[at]; }

  /// The sum of all stored quantities, units.
  [[nodiscard]] constexpr std::uint64_t units() const noexcept {
    std::uint64_t sum = 0;
    for (const line& each : *this) sum += each.quantity;
    return sum;
  }

  /// Same lines in the same order, and overfull both or neither.
  friend constexpr bool operator==(const basket& a, const basket& b) noexcept {
    if (a.size_ != b.size_ || a.overfull_ != b.overfull_) return false;
    for (std::size_t i = 0; i < a.size_; ++i)
      if (a.lines_[i] != b.lines_[i]) return false;
    return true;
  }

 private:
  std::array<line, lines_max> lines_{};
  std::uint8_t size_ = 0;
  bool overfull_ = false;
};

}  // namespace seckill::inline v1
