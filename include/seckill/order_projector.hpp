#pragma once

#include <seckill/error.hpp>
#include <seckill/event.hpp>
#include <seckill/export.hpp>
#include <seckill/ports/order_store.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// Turns one ledger's events into orders: pending_payment -> paid | cancelled | expired | unfulfilled, and
/// expired -> paid | unfulfilled for a late payment.
///
/// Guarantees: exactly one order per reservation, whatever is delivered again: orders and position change
/// together in the store, and events at or below the position are ignored. A gap is refused with
/// errc::missing_data. Threads: one at a time. The store must outlive it.
class SECKILL_EXPORT order_projector {
 public:
  /// Finds the definition of a sale whose creation lies at or before the events given: for prices.
  using definition_source = std::function<const sale_definition*(sale_id)>;

  order_projector(order_store& store, std::uint8_t shard, definition_source definitions);

  /// Works the events in, in one commit, and says which orders changed (valid until the next call).
  [[nodiscard]] result<std::span<const order>> project(std::span<const event> events);

 private:
  result<void> work_in(const event& fact);
  result<order*> changed(reservation_id reservation);

  order_store& store_;
  std::uint8_t shard_;
  definition_source definitions_;
  std::vector<order> changed_;
};

}  // namespace seckill::inline v1
