// What buyers ask is decided here: read the state, choose the answer, emit the facts.
#include "emit.hpp"
#include "validate.hpp"

#include <cassert>

namespace seckill::inline v1 {

// --- reserve ---

answer ledger::state::reserve(const reserve_command& what, event_buffer& events) {
  if (!well_formed(what, bounds.quantity_max)) return {.code = outcome::invalid_request};
  place where;
  where.request = requests.find(what.request, records);
  const slot known = where.request.at;
  const bool forgotten =
      known != 0 && records[known].state == record_state::tombstone && lapsed(records[known]);
  if (known != 0 && !forgotten) return replay(what, known);

  const auto sale_at = sales.find(what.sale);
  if (!sale_at) return {.code = outcome::sale_not_found};
  where.sale = *sale_at;
  const sale_entry& sale = sales[where.sale];
  switch (status_of(sale)) {
    case sale_status::scheduled:
      return {.code = outcome::sale_not_open, .at_ms = sale.definition->opens_at_ms};
    case sale_status::paused:
      return {.code = outcome::sale_paused};
    case sale_status::closed:
      return {.code = outcome::sale_closed};
    case sale_status::open:
      break;
  }
  locate_units(where, to_integer(what.buyer), what.lines);
  const outcome refused = refusal(where, what.lines);
  if (refused == outcome::all_held) return {.code = refused, .at_ms = records[sale.holds.head].expires_at_ms};
  if (refused != outcome::reserved) return {.code = refused};

  const reservation_id reservation = successor_id(forgotten ? known : next_slot());
  emit(units_reserved{what.sale, reservation, what.buyer, what.request, what.lines}, events, where);
  return {.code = outcome::reserved,
          .reservation = reservation,
          .at_ms = now_ms + sale.definition->reservation_ttl_ms};
}

outcome ledger::state::refusal(const place& where, const basket& lines) const {
  if (!where.skus_known) return outcome::sku_not_found;
  const sale_entry& sale = sales[where.sale];
  const std::uint32_t limit = sale.definition->limit_per_buyer;
  if (limit != 0 && where.buyer.units + lines.units() > limit) return outcome::limit_exceeded;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const item_stock& stock = sale.stock[where.items[i]];
    if (lines[i].quantity <= stock.available) continue;
    if (stock.available > 0) return outcome::insufficient;
    return stock.held > 0 ? outcome::all_held : outcome::sold_out;
  }
  return outcome::reserved;
}

answer ledger::state::replay(const reserve_command& what, slot at) const {
  const record& known = records[at];
  if (known.state == record_state::tombstone && sales[known.sale].id == what.sale)
    return {.code = outcome::already_cancelled};
  if (!is_reservation(known.state) || !same_content(what, at)) return {.code = outcome::request_mismatch};
  return {
      .code = outcome::reserved, .replayed = true, .reservation = id_of(at), .at_ms = known.expires_at_ms};
}

bool ledger::state::same_content(const reserve_command& what, slot at) const {
  const record& known = records[at];
  const sale_entry& sale = sales[known.sale];
  if (sale.id != what.sale || known.buyer != to_integer(what.buyer) || known.line_count != what.lines.size())
    return false;
  for (std::size_t i = 0; i < known.line_count; ++i) {
    const record_line& had = records.line(at, i);
    const auto* asked = std::ranges::find(what.lines, sale.definition->items[had.item].sku, &line::sku);
    if (asked == what.lines.end() || asked->quantity != had.quantity) return false;
  }
  return true;
}

// --- confirm ---

answer ledger::state::confirm(const confirm_command& what, event_buffer& events) {
  if (what.payment.empty() || !well_formed(what.keep, bounds.quantity_max))
    return {.code = outcome::invalid_request};
  const slot at = slot_of(what.reservation);
  if (at == 0) return {.code = outcome::reservation_not_found};
  answer reply = settle(what, at, events);
  reply.reservation = what.reservation;
  return reply;
}

answer ledger::state::settle(const confirm_command& what, slot at, event_buffer& events) {
  const bool same_payment = records[at].digest == digest_of(what.payment);
  const auto settled = [&](outcome original) {
    return same_payment ? answer{.code = original, .replayed = true}
                        : answer{.code = outcome::payment_mismatch};
  };
  switch (records[at].state) {
    case record_state::confirmed:
      return settled(outcome::confirmed);
    case record_state::confirmed_late:
      return settled(outcome::confirmed_late);
    case record_state::unfulfilled:
      return settled(outcome::unfulfilled);
    case record_state::cancelled:
      return {.code = outcome::already_cancelled};
    default:
      break;
  }
  const basket lines = kept_lines(at);
  for (const line& each : what.keep) {
    const auto* held = std::ranges::find(lines, each.sku, &line::sku);
    if (held == lines.end() || each.quantity > held->quantity) return {.code = outcome::invalid_request};
  }
  const bool whole = what.keep.empty() || what.keep.units() == lines.units();
  const basket kept = whole ? basket{} : what.keep;
  if (records[at].state == record_state::held && !lapsed(records[at])) {
    emit(reservation_confirmed{what.reservation, what.payment, kept, false}, events);
    return {.code = outcome::confirmed};
  }
  // The hold died at its deadline, whether or not the sweep has come by.
  if (records[at].state == record_state::held) emit(reservation_expired{what.reservation}, events);
  return settle_late(what, at, kept, events);
}

answer ledger::state::settle_late(const confirm_command& what, slot at, const basket& kept,
                                  event_buffer& events) {
  const sale_entry& sale = sales[records[at].sale];
  const basket lines = kept.empty() ? kept_lines(at) : kept;
  place where;
  where.sale = records[at].sale;
  locate_units(where, records[at].buyer, lines);
  // The hours of the sale do not matter: nobody else can buy these units after it, and this buyer has paid.
  if (sale.definition->late == late_payment::resell && sale.position == sale_switch::running &&
      refusal(where, lines) == outcome::reserved) {
    emit(reservation_confirmed{what.reservation, what.payment, kept, true}, events);
    return {.code = outcome::confirmed_late};
  }
  emit(payment_unfulfilled{what.reservation, what.payment}, events);
  return {.code = outcome::unfulfilled};
}

// --- cancel ---

answer ledger::state::cancel(const cancel_command& what, event_buffer& events) {
  const slot at = slot_of(what.reservation);
  if (at == 0) return {.code = outcome::reservation_not_found};
  return cancel_slot(at, events);
}

answer ledger::state::cancel_slot(slot at, event_buffer& events) {
  const reservation_id reservation = id_of(at);
  switch (records[at].state) {
    case record_state::held:
      if (lapsed(records[at])) return {.code = outcome::already_expired, .reservation = reservation};
      emit(reservation_cancelled{reservation}, events);
      return {.code = outcome::cancelled, .reservation = reservation};
    case record_state::confirmed:
    case record_state::confirmed_late:
      return {.code = outcome::already_confirmed, .reservation = reservation};
    case record_state::cancelled:
      return {.code = outcome::cancelled, .replayed = true, .reservation = reservation};
    default:
      return {.code = outcome::already_expired, .reservation = reservation};
  }
}

answer ledger::state::cancel_request(const cancel_request_command& what, event_buffer& events) {
  if (what.request.is_zero() || to_integer(what.sale) == 0) return {.code = outcome::invalid_request};
  const auto sale = sales.find(what.sale);
  if (!sale) return {.code = outcome::sale_not_found};
  const slot known = requests.find(what.request, records).at;
  if (known != 0) {
    const record& entry = records[known];
    if (entry.sale != *sale || entry.state == record_state::operator_command)
      return {.code = outcome::request_mismatch};
    if (is_reservation(entry.state)) return cancel_slot(known, events);
    if (!lapsed(entry)) return {.code = outcome::cancelled, .replayed = true};
  }
  const bool crowded = tombstones.count >= bounds.tombstones_max;
  const slot at = known != 0 ? known : crowded ? tombstones.head : next_slot();
  emit(reserve_forestalled{what.sale, successor_id(at), what.request}, events);
  return {.code = outcome::cancelled};
}

// --- expire ---

std::size_t ledger::state::expire(std::size_t batch_max, event_buffer& events) {
  constexpr std::size_t group = 16;
  std::size_t ended = 0;
  while (ended < batch_max && !deadlines.empty() && deadlines.top().deadline_ms <= now_ms) {
    const deadline_heap::entry due = deadlines.top();
    const slot oldest = sales[due.sale].holds.head;
    const bool current = oldest != 0 && records[oldest].expires_at_ms == due.deadline_ms;
    if (current) {
      if (ended % group == 0) prefetch_due(oldest, group);
      emit(reservation_expired{id_of(oldest)}, events);
      ++ended;
      const slot next = sales[due.sale].holds.head;
      if (next != 0 && records[next].expires_at_ms == due.deadline_ms) continue;
    }
    deadlines.pop();
    const slot next = sales[due.sale].holds.head;
    sales[due.sale].in_deadlines = next != 0;
    if (next != 0) deadlines.push({records[next].expires_at_ms, due.sale});
  }
  return ended;
}

}  // namespace seckill::inline v1
