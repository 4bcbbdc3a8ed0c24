#pragma once

#include <seckill/hash.hpp>

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

namespace seckill::inline v1 {

/// What the membership filters and caches call a key's hash: XXH64 with seed 0, as Parquet hashes its
/// columns, so that filters can be exchanged with it.
[[nodiscard]] inline std::uint64_t key_hash(std::string_view key) noexcept {
  return xxh64(std::as_bytes(std::span(key)));
}

/// XXH64 of the key's 8 bytes, least significant first, without the general function's loops.
[[nodiscard]] constexpr std::uint64_t key_hash(std::uint64_t key) noexcept {
  constexpr std::uint64_t prime_1 = 0x9E3779B185EBCA87;
  constexpr std::uint64_t prime_2 = 0xC2B2AE3D27D4EB4F;
  constexpr std::uint64_t prime_3 = 0x165667B19E3779F9;
  constexpr std::uint64_t prime_4 = 0x85EBCA77C2B2AE63;
  constexpr std::uint64_t prime_5 = 0x27D4EB2F165667C5;
  std::uint64_t hash = (prime_5 + sizeof key) ^ (std::rotl(key * prime_2, 31) * prime_1);
  hash = std::rotl(hash, 27) * prime_1 + prime_4;
  hash = (hash ^ (hash >> 33U)) * prime_2;
  hash = (hash ^ (hash >> 29U)) * prime_3;
  return hash ^ (hash >> 32U);
}

}  // namespace seckill::inline v1
