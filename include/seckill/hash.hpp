#pragma once

#include <seckill/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace seckill::inline v1 {

/// XXH64 of the bytes. Not for untrusted keys of a hash table unless `seed` is secret.
/// Source: the xxHash specification 0.1.1.
[[nodiscard]] SECKILL_EXPORT std::uint64_t xxh64(std::span<const std::byte> bytes,
                                                 std::uint64_t seed = 0) noexcept;

/// Both halves of the 128-bit product, folded: a fast keyed mixer for 64-bit keys.
/// Source: the "mum" step of wyhash (Wang Yi, final version 4).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace seckill::inline v1
