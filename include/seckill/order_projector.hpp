#pragma once

#include <seckill/error.hpp>
#include <seckill/event.hpp>
#include <seckill/export.hpp>
#include <seckill/ports/order_store.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace seckill::inline v1 {

/// Turns one ledger's events into orders: pending_payment -> paid | cancelled | expired, and expired -> paid |
/// unfulfilled for a late payment. What is paid becomes what was kept; an unfulfilled order keeps the payment
/// that must be refunded. Events that belong to no reservation, or to none that was made, make no order.
///
/// Guarantees: exactly one order per reservation, whatever is delivered again: orders and position change
/// together in the store, and events at or below the position are ignored, but for a look whether they are those
/// that the store has seen. A gap is refused with errc::missing_data, and what no ledger says with
/// errc::corrupt_data; then nothing is committed.
/// Threads: one at a time. The store must outlive it, and have no other writer for this shard.
class SECKILL_EXPORT order_projector {
 public:
  /// Finds the definition of a sale: for prices. May not know a sale yet whose creation is among the events
  /// given since the start of this projector.
  using definition_source = std::function<const sale_definition*(sale_id)>;

  order_projector(order_store& store, std::uint8_t shard, definition_source definitions);

  /// Works the events in, in one commit, and says which orders changed (valid until the next call).
  /// After an error the same events may be given again. Errors: also those of the store.
  [[nodiscard]] result<std::span<const order>> project(std::span<const event> events);
  /// The last sequence worked in. Errors: those of the store.
  [[nodiscard]] result<std::uint64_t> position();

 private:
  result<void> work_in(const event& fact);
  result<void> check_seen(const event& fact);
  result<void> on(const event& fact, const sale_created& body);
  result<void> on(const event& fact, const units_reserved& body);
  result<void> on(const event& fact, const reservation_confirmed& body);
  result<void> on(const event& fact, const reservation_cancelled& body);
  result<void> on(const event& fact, const reservation_expired& body);
  result<void> on(const event& fact, const payment_unfulfilled& body);
  result<void> on(const event& fact, const auto& body);
  result<order*> move_on(const event& fact, reservation_id reservation, order_status from, order_status to);
  result<order*> changed(reservation_id reservation);
  result<void> price(const event& fact, order& what);
  const sale_definition* definition(sale_id sale) const;

  order_store& store_;
  std::uint8_t shard_;
  definition_source definitions_;
  std::optional<std::uint64_t> position_;  // as stored; unknown at first and after a failed commit
  std::unordered_map<sale_id, sale_definition> created_;  // as many as there are sales
  std::vector<order> changed_;
  std::unordered_map<reservation_id, std::size_t> index_;  // into changed_
};

}  // namespace seckill::inline v1
