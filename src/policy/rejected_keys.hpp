#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

// Remembers, in fixed memory and with rare mistakes, which keys were rejected of late.
class rejected_keys {
 public:
  explicit rejected_keys(std::uint64_t remembered)
      : slots_(std::bit_ceil(std::max<std::uint64_t>(2 * remembered, 8))) {}

  void add(std::uint64_t hash) noexcept { slots_[index_of(hash)] = {mark_of(hash), ++rejections_}; }

  static constexpr std::uint32_t never = ~std::uint32_t{0};

  // How many were rejected since this one was. Forgets it.
  std::uint32_t take(std::uint64_t hash) noexcept {
    slot& where = slots_[index_of(hash)];
    if (where.mark != mark_of(hash)) return never;
    where.mark = 0;
    return rejections_ - where.number;
  }

 private:
  struct slot {
    std::uint32_t mark = 0;  // 0: empty
    std::uint32_t number = 0;
  };
  [[nodiscard]] std::size_t index_of(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(hash >> 16U) & (slots_.size() - 1);
  }
  static std::uint32_t mark_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32U) | 1U;
  }

  std::vector<slot> slots_;
  std::uint32_t rejections_ = 0;
};

}  // namespace seckill::inline v1
