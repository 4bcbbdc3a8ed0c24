#pragma once

#include "buyer_index.hpp"
#include "deadline_heap.hpp"
#include "record_table.hpp"
#include "request_index.hpp"
#include "sale_book.hpp"
#include <seckill/ledger.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace seckill::inline v1 {

// The state behind a ledger. Deciding (decide.cpp) only reads it; every change goes through on(fact)
// (apply.cpp), whether the fact is new or replayed, so that replay is the same code as life.
class SECKILL_HIDDEN ledger::state {
 public:
  explicit state(const ledger_params& bounds);

  // Where the indexes have, or would have, what a reserve is about. Deciding looks it up and applying uses
  // it: at millions of reservations these look-ups are the cost.
  struct place {
    sale_book::index sale = 0;
    bool sale_known = false;
    bool skus_known = false;
    std::array<std::uint16_t, basket::lines_max> items{};
    request_index::place request;
    buyer_index::place buyer;
  };
  [[nodiscard]] place locate(sale_id sale, buyer_id buyer, request_id request, const basket& lines) const;
  void locate_units(place& where, std::uint64_t buyer, const basket& lines) const;

  // --- decide.cpp: command -> answer, emitting facts ---
  answer reserve(const reserve_command& what, event_buffer& events);
  answer confirm(const confirm_command& what, event_buffer& events);
  answer cancel(const cancel_command& what, event_buffer& events);
  answer cancel_request(const cancel_request_command& what, event_buffer& events);
  std::size_t expire(std::size_t batch_max, event_buffer& events);

  // --- operate.cpp: the operator's commands ---
  answer create_sale(const create_sale_command& what, event_buffer& events);
  answer restock(const restock_command& what, event_buffer& events);
  answer switch_sale(const switch_sale_command& what, event_buffer& events);

  // --- apply.cpp: the only code that changes stock, records and indexes ---
  // Nothing if the fact can be applied, else why not. Decided facts never contradict; stored ones are
  // checked.
  template <typename Fact>
  [[nodiscard]] std::optional<error> contradiction(const Fact& fact) const;
  void on(const sale_created& fact);
  void on(const stock_changed& fact);
  void on(const sale_switched& fact);
  void on(const units_reserved& fact) { on(fact, locate(fact.sale, fact.buyer, fact.request, fact.lines)); }
  void on(const reservation_confirmed& fact);
  void on(const reservation_cancelled& fact);
  void on(const reservation_expired& fact);
  void on(const payment_unfulfilled& fact);
  void on(const reserve_forestalled& fact);

  void remember_operator(request_id request, std::uint16_t sale, std::uint64_t digest);

  // --- shared by them ---
  void advance(time_ms now) { now_ms = std::max(now_ms, std::min(now, time_length_max_ms)); }
  [[nodiscard]] sale_status status_of(const sale_entry& sale) const {
    return status_at(*sale.definition, sale.position, now_ms);
  }
  [[nodiscard]] reservation_id id_of(slot at, std::uint32_t generation) const {
    return reservation_id{std::uint64_t{bounds.shard} << 56U | std::uint64_t{generation} << 32U | at};
  }
  [[nodiscard]] reservation_id id_of(slot at) const { return id_of(at, records[at].generation); }
  // 0 if no reservation has this id.
  [[nodiscard]] slot slot_of(reservation_id reservation) const;
  [[nodiscard]] bool lapsed(const record& known) const { return now_ms >= known.expires_at_ms; }
  // The id of the record that is next to live in this slot.
  [[nodiscard]] reservation_id successor_id(slot at) const {
    return id_of(at, records[at].generation % 0xffffffU + 1);
  }
  // The slot for a further record: one never used, else that of the record which ended longest ago.
  [[nodiscard]] slot next_slot() const;
  [[nodiscard]] sale_id next_sale_id() const;
  // What still belongs to the buyer, or did when the reservation ended.
  [[nodiscard]] basket kept_lines(slot at) const;
  void touch(std::uint16_t sale, std::uint16_t item);
  [[nodiscard]] reservation_view view(slot at) const;
  [[nodiscard]] sale_view view(const sale_entry& sale) const;

  // --- prefetch.cpp: hints, which change nothing ---
  void prefetch(sale_id sale, buyer_id buyer, request_id request) const noexcept;
  void prefetch(reservation_id reservation) const noexcept;
  void prefetch_ended() const noexcept;
  void prefetch_due(slot at, std::size_t count) const noexcept;

  // --- audit.cpp, store.cpp ---
  [[nodiscard]] std::vector<std::string> audit() const;
  [[nodiscard]] result<void> save(snapshot_sink& to, const snapshot_stamp& stamp) const;
  [[nodiscard]] result<snapshot_stamp> load(snapshot_source& from);
  [[nodiscard]] slot operator_slot(std::uint64_t number) const {
    return slots_max() + 1 + static_cast<slot>(number % bounds.operator_requests_max);
  }

  ledger_params bounds;
  record_table records;
  request_index requests;
  buyer_index buyers;
  sale_book sales;
  deadline_heap deadlines;
  slot_queue finished;                    // cancelled, expired, unfulfilled: forgotten oldest first
  slot_queue tombstones;                  // oldest first
  mutable slot ended_cursor = 0;          // prefetch_ended() is here in `finished`,
  mutable std::uint32_t ended_ahead = 0;  // so many behind its head
  std::uint64_t operator_commands = 0;    // ever; their records take turns in the slots above slots_max()
  time_ms now_ms = 0;
  time_ms last_event_ms = 0;
  std::uint64_t sequence = 0;
  std::uint64_t stock_total = 0;  // units of all sales
  std::uint64_t last_sale = 0;    // the highest sale id
  std::size_t live = 0;           // holds
  std::vector<changed_item> changes;
  std::vector<changed_item> taken_changes;

  [[nodiscard]] slot slots_max() const {
    return bounds.stock_max + bounds.remembered_max + bounds.tombstones_max;
  }
  // Whether units and limit allow these lines, whatever the sale's hours.
  [[nodiscard]] outcome refusal(const place& where, const basket& lines) const;

 private:
  void on(const units_reserved& fact, const place& where);
  template <typename Fact, typename... Hint>
  void emit(const Fact& fact, event_buffer& events, const Hint&... hint);

  [[nodiscard]] answer replay(const reserve_command& what, slot at) const;
  [[nodiscard]] bool same_content(const reserve_command& what, slot at) const;
  [[nodiscard]] answer settle(const confirm_command& what, slot at, event_buffer& events);
  [[nodiscard]] answer settle_late(const confirm_command& what, slot at, const basket& kept,
                                   event_buffer& events);
  [[nodiscard]] answer cancel_slot(slot at, event_buffer& events);
  [[nodiscard]] std::optional<answer> replay_operator(request_id request, sale_id sale,
                                                      std::uint64_t digest) const;

  [[nodiscard]] std::optional<error> slot_fault(reservation_id reservation, request_id request) const;
  record& take_slot(reservation_id reservation, const request_index::place& where, request_id request,
                    record_state as, std::uint16_t sale);
  void give_back(slot at, record_state end);
};

// What identifies an operator's command beyond its request id; the same from the command and from its fact.
[[nodiscard]] std::uint64_t digest_of(const sale_definition& definition);
[[nodiscard]] std::uint64_t digest_of(sku_id sku, std::int64_t delta);
[[nodiscard]] std::uint64_t digest_of(sale_switch position);
[[nodiscard]] std::uint64_t digest_of(const payment_id& payment);

}  // namespace seckill::inline v1
