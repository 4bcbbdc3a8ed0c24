#pragma once

#include <seckill/event.hpp>

#include <cstddef>
#include <cstdint>

// The stored form of events, shared by the buffer that writes it and the reader.
//
// An event is a run of 64-bit little-endian words. The first is the head:
//   bits 0..7 type, 8..15 flags, 16..31 narrow field, 32..63 wide field.
// Then the sale and the reservation if flagged, then what the type needs. docs/internals/journal_format.md
// describes it for readers in other languages.
namespace seckill::inline v1::event_code {

enum class kind : std::uint8_t {
  sale_created = 1,
  stock_changed = 2,
  sale_switched = 3,
  units_reserved = 4,
  reservation_confirmed = 5,
  reservation_cancelled = 6,
  reservation_expired = 7,
  payment_unfulfilled = 8,
  reserve_forestalled = 9,
};
static_assert(std::variant_size_v<event_body> == static_cast<std::size_t>(kind::reserve_forestalled));

inline constexpr std::uint64_t has_sale = 1;         // else: the sale of the event before
inline constexpr std::uint64_t has_reservation = 2;  // else: the reservation of the event before, plus one
inline constexpr std::uint64_t is_late = 4;
inline constexpr unsigned more_lines_shift = 3;  // flags 3..5: lines after the first
inline constexpr std::uint64_t known_flags = 0x3f;

inline constexpr std::size_t title_bytes_max = 800;
inline constexpr std::size_t items_max = 65'535;

constexpr std::size_t words_for(std::size_t bytes) noexcept {
  return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
}
constexpr reservation_id following(reservation_id id) noexcept { return reservation_id{to_integer(id) + 1}; }

}  // namespace seckill::inline v1::event_code
