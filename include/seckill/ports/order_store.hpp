#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/order.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// How many orders there are in each status, indexed by order_status.
using order_counts = std::array<std::uint64_t, order_status_count>;

/// PORT. The orders, and how far each ledger's events are worked into them.
///
/// Guarantees of every implementation (tests/conformance proves them):
/// - commit() is atomic: orders, indexes, counts and position change together or not at all, whatever
///   crashes;
/// - what commit() acknowledged survives the process; what was committed before an acknowledged sync()
///   survives the machine. The rest may be lost with the machine, but only together with its position, so
///   that the events are worked in again: give them up (event_feed::commit) only up to a synced position;
/// - one user at a time: a second one is refused with errc::already_open.
///
/// Threads: commit() and sync() by one thread at a time; reads by any number beside it.
/// Implementations: memory_order_store, faulty_order_store, adapters/rocksdb.
class order_store {
 public:
  virtual ~order_store() = default;

  /// The last sequence of this ledger that is worked in; 0 at first.
  [[nodiscard]] virtual result<std::uint64_t> position(std::uint8_t shard) = 0;
  /// Inserts or replaces these orders (each reservation at most once) and moves the position.
  /// Errors: errc::invalid_argument, and nothing is stored, if `position` is not above the stored one or an
  /// order has no valid status; errc::storage_full; errc::storage_failed.
  [[nodiscard]] virtual result<void> commit(std::uint8_t shard, std::uint64_t position,
                                            std::span<const order> changed) = 0;
  /// Makes durable what was committed before the call.
  [[nodiscard]] virtual result<void> sync() = 0;

  [[nodiscard]] virtual result<std::optional<order>> find(reservation_id reservation) = 0;
  /// A buyer's orders, newest reservation id first, at most `count_max`, those below `before` if it is not
  /// zero.
  [[nodiscard]] virtual result<std::vector<order>> of_buyer(buyer_id buyer, std::size_t count_max,
                                                            reservation_id before) = 0;
  [[nodiscard]] virtual result<order_counts> counts() = 0;
};

}  // namespace seckill::inline v1
