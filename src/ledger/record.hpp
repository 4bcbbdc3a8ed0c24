#pragma once

#include "huge_array.hpp"
#include <seckill/basket.hpp>
#include <seckill/ids.hpp>

#include <array>
#include <cstdint>

namespace seckill::inline v1 {

// Where a record lives; 0 is none. A slot used again gets the next generation, so that an old reservation id
// does not find the new record.
using slot = std::uint32_t;

enum class record_state : std::uint8_t {
  unused = 0,
  // As in reservation_state.
  held = 1,
  confirmed = 2,
  confirmed_late = 3,
  cancelled = 4,
  expired = 5,
  unfulfilled = 6,
  // What else a request id can have been used for.
  tombstone = 7,
  operator_command = 8,
};

constexpr bool is_reservation(record_state state) noexcept {
  return state >= record_state::held && state <= record_state::unfulfilled;
}
// Its units are held or sold.
constexpr bool owns_units(record_state state) noexcept {
  return state >= record_state::held && state <= record_state::confirmed_late;
}
// Known only until its slot is needed.
constexpr bool is_finished(record_state state) noexcept {
  return state >= record_state::cancelled && state <= record_state::unfulfilled;
}

struct record_line {
  std::uint16_t item = 0;      // index in the sale
  std::uint16_t quantity = 0;  // as reserved
  std::uint16_t kept = 0;      // what is still owned: all, until a partial confirm
};

// Everything known under one request id: a reservation, a cancel that overtook its reserve, or an operator's
// command. One cache line; also its stored form in snapshots.
struct record {
  request_id request;
  std::uint64_t buyer;
  std::int64_t expires_at_ms;  // hold: the deadline; tombstone: until when it counts
  std::uint64_t digest;        // settled: of the payment; operator's command: of its content
  slot next;                   // neighbours in the queue that it is in, if any
  slot previous;
  std::uint32_t generation;
  std::uint16_t sale;  // index in the ledger, not an id
  record_state state;
  std::uint8_t line_count;
  record_line first;  // the other lines are in the extra lines
  std::uint16_t unused;
};
static_assert(sizeof(record) == 64 && std::is_trivially_copyable_v<record>);

// Lines after the first, by slot. Apart from the records, so that who sells single lines pays nothing.
using extra_lines = std::array<record_line, basket::lines_max - 1>;

}  // namespace seckill::inline v1
