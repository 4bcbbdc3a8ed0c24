#pragma once

#include <seckill/command.hpp>
#include <seckill/error.hpp>
#include <seckill/event.hpp>
#include <seckill/event_buffer.hpp>
#include <seckill/export.hpp>
#include <seckill/ledger_params.hpp>
#include <seckill/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace seckill::inline v1 {

enum class reservation_state : std::uint8_t {
  held = 1,
  confirmed = 2,
  confirmed_late = 3,
  cancelled = 4,
  expired = 5,
  unfulfilled = 6,
};

/// What a ledger knows of a reservation.
struct reservation_view {
  reservation_id reservation{};
  sale_id sale{};
  buyer_id buyer{};
  request_id request{};
  basket lines{};  ///< of a partly confirmed one: what was kept
  reservation_state state{};
  time_ms expires_at_ms = 0;
};

/// What a ledger knows of a sale. The spans are valid until the next command.
struct sale_view {
  sale_id sale{};
  std::shared_ptr<const sale_definition> definition{};
  sale_switch position{};
  std::span<const item_stock> items{};  ///< in the definition's order
  time_ms next_expiry_ms = 0;           ///< deadline of the oldest hold; 0: none
};

/// A request id that a ledger knows, and whose it is.
struct known_request {
  request_id request{};
  sale_id sale{};
  buyer_id buyer{};  ///< zero: not a reservation's
};

/// Says why create_sale() would answer invalid_request: errc::invalid_argument with the field, its rule and the bound,
/// for example "items[2].sku: must differ from items[0].sku". It depends on nothing but its arguments.
[[nodiscard]] SECKILL_EXPORT result<void> validate(const create_sale_command& what,
                                                   const ledger_params& bounds);

/// The stock of whole sales, their reservations, buyers' counts and idempotency records: a deterministic
/// state machine. `(state, command, now) -> (state, answer, events)`, and nothing else: no clock, thread, log
/// or I/O.
///
/// Guarantees, after every command:
/// - available + held + sold = total for every item, and the units of a buyer = what that buyer holds and
/// owns;
/// - a basket is reserved wholly or not at all; units come back once, in order of (deadline, creation), never
/// early;
/// - a refusal leaves no trace: memory is bounded by the params, whatever the traffic;
/// - replaying the emitted events with apply() gives the same state, which state_hash() proves.
///
/// Time: `now` below an earlier one counts as the earlier one; above time_length_max_ms it counts as that.
/// Threads: one at a time. Errors: constructor throws std::invalid_argument naming the parameter.
class SECKILL_EXPORT ledger {
 public:
  explicit ledger(const ledger_params& params);
  ledger(ledger&&) noexcept;
  ledger& operator=(ledger&&) noexcept;
  ~ledger();

  /// Decides one command, changes the state accordingly and appends the facts to `events`.
  answer execute(const command& what, time_ms now, event_buffer& events);
  answer reserve(const reserve_command& what, time_ms now, event_buffer& events);
  answer confirm(const confirm_command& what, time_ms now, event_buffer& events);
  answer cancel(const cancel_command& what, time_ms now, event_buffer& events);
  answer cancel_request(const cancel_request_command& what, time_ms now, event_buffer& events);
  answer create_sale(const create_sale_command& what, time_ms now, event_buffer& events);
  answer restock(const restock_command& what, time_ms now, event_buffer& events);
  answer switch_sale(const switch_sale_command& what, time_ms now, event_buffer& events);

  /// Ends at most `batch_max` holds whose deadline is at or before `now`, oldest first; returns how many.
  std::size_t expire(time_ms now, std::size_t batch_max, event_buffer& events);

  /// Starts loading the memory that execute(what) will need. It changes no answer. Call it some commands ahead,
  /// in the order of the commands: run_prefetched() does.
  void prefetch(const command& what) const noexcept;
  void prefetch(const reserve_command& what) const noexcept;

  /// Replays a fact that a ledger emitted. REQUIRES: called in sequence order.
  /// Errors: errc::corrupt_data if it contradicts the state, errc::capacity_exceeded if it does not fit the
  /// params.
  [[nodiscard]] result<void> apply(const event& fact);
  /// As of commands, for apply(fact).
  void prefetch(const event& fact) const noexcept;

  [[nodiscard]] std::optional<reservation_view> find(reservation_id reservation) const;
  [[nodiscard]] std::optional<sale_view> find_sale(sale_id sale) const;
  [[nodiscard]] std::vector<sale_id> sales() const;
  /// Units that a buyer holds and owns in a sale.
  [[nodiscard]] std::uint32_t units_of(sale_id sale, buyer_id buyer) const;
  /// The deadline of the oldest hold, if any.
  [[nodiscard]] std::optional<time_ms> next_expiry() const noexcept;
  /// Sequence of the last fact; 0 before the first.
  [[nodiscard]] std::uint64_t last_sequence() const noexcept;
  /// The latest time that it was told.
  [[nodiscard]] time_ms now_ms() const noexcept;
  [[nodiscard]] std::size_t live_count() const noexcept;  ///< reservations held now
  [[nodiscard]] const ledger_params& params() const noexcept;

  /// Items whose stock or sale whose switch changed since the last call, each once. For publishing them.
  /// The sink is called with (sale, index of the item); it must not call the ledger's commands.
  template <typename Sink>
  void drain_changes(Sink&& sink) {
    for (const changed_item& each : take_changes()) sink(each.sale, each.item);
  }
  struct changed_item {
    sale_id sale;
    std::uint16_t item;
  };

  /// Appends the request ids that are known in `count` slots from `from` on to `into`, and returns where to
  /// go on, 0 at the end; start with 0. What is known at the first call and at the last is among them,
  /// whatever commands came between: a record never moves.
  [[nodiscard]] std::size_t known_requests(std::size_t from, std::size_t count,
                                           std::vector<known_request>& into) const;

  /// Recomputes every invariant from the reservations. Cost: all of them. Empty: everything holds.
  [[nodiscard]] std::vector<std::string> audit() const;
  /// Of everything that answers depend on. Equal states have equal hashes.
  [[nodiscard]] std::uint64_t state_hash() const;

  /// Writes the whole state as chunks, and the stamp, whose shard is that of the params. Errors: those of the sink.
  [[nodiscard]] result<void> save(snapshot_sink& to, const snapshot_stamp& stamp = {}) const;
  /// A ledger with the state that save() wrote; fills `stamp`. Errors: corrupt_data, version_unsupported, capacity_exceeded,
  /// and those of the source. The bounds may have grown since, and may shrink as far as the state fits.
  [[nodiscard]] static result<ledger> load(const ledger_params& params, snapshot_source& from,
                                           snapshot_stamp* stamp = nullptr);

  class state;  // src/ledger/state.hpp

 private:
  std::span<const changed_item> take_changes();

  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1
