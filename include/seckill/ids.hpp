#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>

namespace seckill::inline v1 {

/// Milliseconds since the Unix epoch, or a length of time in milliseconds. Never floating point.
using time_ms = std::int64_t;

/// The longest length of time, and the latest time, that a command or a parameter may name: the sum of two of them
/// still fits.
inline constexpr time_ms time_length_max_ms = std::numeric_limits<time_ms>::max() / 4;

/// Nanoseconds of a clock that never goes back (its zero is arbitrary), or a length of time in nanoseconds.
using time_ns = std::int64_t;

/// Identifiers are distinct types, so that a buyer cannot be passed for a sale. Zero is never a valid id.
enum class sale_id : std::uint64_t {
};
enum class sku_id : std::uint32_t {
};
enum class buyer_id : std::uint64_t {
};

/// Chosen by the ledger: 8 bits ledger, 24 bits generation, 32 bits slot, most significant first. Two
/// reservations that are remembered at the same time never share an id. Guessable: an id is no authorisation.
enum class reservation_id : std::uint64_t {
};

/// 128 bits chosen by the client, a UUID for example. Makes its command idempotent.
struct request_id {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] constexpr bool is_zero() const noexcept { return high == 0 && low == 0; }
  friend constexpr auto operator<=>(const request_id&, const request_id&) = default;
};

/// The number in an id.
template <typename Id>
requires std::is_enum_v<Id>
[[nodiscard]] constexpr auto to_integer(Id id) noexcept {
  return static_cast<std::underlying_type_t<Id>>(id);
}

/// The ledger (shard) that made this reservation.
[[nodiscard]] constexpr std::uint8_t ledger_of(reservation_id id) noexcept {
  return static_cast<std::uint8_t>(to_integer(id) >> 56U);
}

}  // namespace seckill::inline v1
