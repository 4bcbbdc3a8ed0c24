#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace seckill::inline v1 {

// Which of a few small numbers side by side equal a wanted one: a set of their places, walked by
// `for (lane_set left = …; left.any(); left.drop()) use(left.first());`. All are compared at once, because a
// loop that ends where the number is found ends somewhere else each time, and a processor cannot predict that.
class lane_set {
 public:
  explicit constexpr lane_set(unsigned bits) noexcept : bits_(bits) {}

  [[nodiscard]] constexpr bool any() const noexcept { return bits_ != 0; }
  // REQUIRES: any().
  [[nodiscard]] constexpr unsigned first() const noexcept {
    return static_cast<unsigned>(std::countr_zero(bits_));
  }
  constexpr void drop() noexcept { bits_ &= bits_ - 1; }

  friend constexpr bool operator==(lane_set, lane_set) noexcept = default;

 private:
  unsigned bits_;
};

template <typename Lane, std::size_t Count>
[[nodiscard]] constexpr lane_set lanes_equal_one_by_one(const std::array<Lane, Count>& lanes,
                                                        Lane wanted) noexcept {
  unsigned bits = 0;
  for (std::size_t i = 0; i < Count; ++i) bits |= static_cast<unsigned>(lanes[i] == wanted) << i;
  return lane_set(bits);
}

// The same for up to sixteen lanes of sixteen bits; reads 32 bytes, whatever lies behind the lanes.
template <std::size_t Count>
[[nodiscard]] inline lane_set lanes_equal(const std::array<std::uint16_t, Count>& lanes,
                                          std::uint16_t wanted) noexcept {
#if defined(__SSE2__)
  static_assert(Count > 8 && Count <= 16);
  const auto* at = reinterpret_cast<const __m128i*>(lanes.data());
  const __m128i all = _mm_set1_epi16(static_cast<short>(wanted));
  const __m128i low = _mm_cmpeq_epi16(_mm_loadu_si128(at), all);
  const __m128i high = _mm_cmpeq_epi16(_mm_loadu_si128(at + 1), all);
  const auto bits = static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
  return lane_set(bits & ((1U << Count) - 1));
#else
  return lanes_equal_one_by_one(lanes, wanted);
#endif
}

}  // namespace seckill::inline v1
