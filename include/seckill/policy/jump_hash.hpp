#pragma once

#include <cstdint>

namespace seckill::inline v1 {

/// The bucket of a key, in [0, buckets). Even to within chance; when the number of buckets grows from n to n + 1, one key
/// in n + 1 moves, and it moves to the new one. No memory; about ln(buckets) steps.
///
/// Buckets can only come and go at the end: with targets that leave from the middle use a ring. Without buckets: 0.
/// Source: J. Lamping, E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014).
[[nodiscard]] constexpr std::uint32_t jump_hash(std::uint64_t key, std::uint32_t buckets) noexcept {
  constexpr std::uint64_t multiplier = 2'862'933'555'777'941'757;
  std::int64_t bucket = 0;
  std::int64_t next = 0;
  while (next < static_cast<std::int64_t>(buckets)) {
    bucket = next;
    key = key * multiplier + 1;
    const double draw = static_cast<double>((key >> 33U) + 1) * 0x1.0p-31;
    next = static_cast<std::int64_t>(static_cast<double>(bucket + 1) / draw);
  }
  return static_cast<std::uint32_t>(bucket);
}

}  // namespace seckill::inline v1
