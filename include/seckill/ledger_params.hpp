#pragma once

#include <seckill/ids.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// The bounds of a ledger. Address space is reserved for all of them at the start; memory is taken as it is used,
/// or at once with touch_memory: about 115 bytes per unit of stock_max and 80 per remembered_max, in an engine 10 more
/// of each for its board.
struct ledger_params {
  std::uint8_t shard = 0;        ///< this ledger's number: the top byte of its reservation ids
  std::uint8_t shard_count = 1;  ///< sale ids that this ledger chooses are `shard + 1` modulo this

  std::uint32_t stock_max = 1'000'000;  ///< units of all sales together, so that a reserve never lacks room
  std::uint32_t remembered_max = 100'000;        ///< cancelled and expired reservations that are still known
  std::uint32_t tombstones_max = 10'000;         ///< cancels that overtook their reserve
  std::uint32_t operator_requests_max = 10'000;  ///< operator commands whose repetition is recognised
  std::uint16_t sales_max = 1'000;
  std::uint16_t items_per_sale_max = 1'000;
  std::uint32_t quantity_max = 10'000;  ///< units in one line, at most 65,535

  time_ms tombstone_ttl_ms = 600'000;  ///< how long a forestalled reserve is refused

  /// Take the memory of all bounds at the start, so that no reserve waits for the kernel to find and clear a page.
  bool touch_memory = false;

  /// Keys of the hash tables; make them random in production, so that clients cannot choose colliding ids.
  /// They never influence an answer or an event.
  std::uint64_t hash_seed = 0x9e3779b97f4a7c15;
};

}  // namespace seckill::inline v1
