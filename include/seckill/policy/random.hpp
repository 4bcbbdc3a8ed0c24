#pragma once

#include <cstdint>

namespace seckill::inline v1 {

/// The next number of a sequence. Deterministic: policies that need chance own a state, seeded by their
/// params. Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators" (2014),
/// SplitMix64.
[[nodiscard]] constexpr std::uint64_t splitmix64(std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31U);
}

/// 53 random bits as a number in [0, 1).
[[nodiscard]] constexpr double uniform_of(std::uint64_t random) noexcept {
  return static_cast<double>(random >> 11U) * 0x1.0p-53;
}

}  // namespace seckill::inline v1
