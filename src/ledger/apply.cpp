// Facts change the state here, and nowhere else.
#include "state.hpp"
#include "validate.hpp"
#include <seckill/hash.hpp>

#include <cassert>
#include <string>

namespace seckill::inline v1 {
namespace {

std::optional<error> corrupt(std::string text) { return make_error(errc::corrupt_data, std::move(text)); }

}  // namespace

// --- records ---

std::optional<error> ledger::state::slot_fault(reservation_id reservation, request_id request) const {
  const auto at = static_cast<slot>(to_integer(reservation));
  if (ledger_of(reservation) != bounds.shard) return corrupt("reservation of another ledger");
  if (at > slots_max())
    return make_error(errc::capacity_exceeded,
                      "ledger_params: stock_max, remembered_max and tombstones_max together were at least " +
                          std::to_string(at) + " when this was stored; make them as large again");
  if (at == 0 || at > records.used() + 1) return corrupt("reservation skips a slot");
  if (successor_id(at) != reservation) return corrupt("reservation is of the wrong generation");
  const record& former = records[at];
  if (at <= records.used() && !is_finished(former.state) && former.state != record_state::tombstone)
    return corrupt("reservation takes a slot that is in use");
  const slot known = requests.find(request, records).at;
  if (known != 0 && known != at) return corrupt("request id used twice");
  return std::nullopt;
}

record& ledger::state::take_slot(reservation_id reservation, const request_index::place& where,
                                 request_id request, record_state as, std::uint16_t sale) {
  const auto at = static_cast<slot>(to_integer(reservation));
  record& entry = records[at];
  if (at > records.used()) {
    records.set_used(at);
    requests.insert(where, at);
  } else {
    if (ended_ahead > 0 && at == finished.head) --ended_ahead;
    records.unlink(entry.state == record_state::tombstone ? tombstones : finished, at);
    requests.erase(requests.find(entry.request, records));
    requests.insert(where, at);
  }
  entry = {};
  entry.request = request;
  entry.generation = static_cast<std::uint32_t>(to_integer(reservation) >> 32U) & 0xffffffU;
  entry.state = as;
  entry.sale = sale;
  return entry;
}

void ledger::state::remember_operator(request_id request, std::uint16_t sale, std::uint64_t digest) {
  const slot at = operator_slot(operator_commands++);
  record& entry = records[at];
  if (entry.state != record_state::unused) requests.erase(requests.find(entry.request, records));
  requests.insert(requests.find(request, records), at);
  entry = {};
  entry.request = request;
  entry.state = record_state::operator_command;
  entry.sale = sale;
  entry.digest = digest;
}

void ledger::state::touch(std::uint16_t sale, std::uint16_t item) {
  sale_entry& entry = sales[sale];
  if (entry.changed[item] != 0) return;
  entry.changed[item] = 1;
  changes.push_back({entry.id, item});
}

void ledger::state::give_back(slot at, record_state end) {
  record& entry = records[at];
  sale_entry& sale = sales[entry.sale];
  std::uint32_t units = 0;
  for (std::size_t i = 0; i < entry.line_count; ++i) {
    const record_line& line = records.line(at, i);
    sale.stock[line.item].held -= line.kept;
    sale.stock[line.item].available += line.kept;
    units += line.kept;
    touch(entry.sale, line.item);
  }
  buyers.take(entry.sale, entry.buyer, units);
  records.unlink(sale.holds, at);
  records.push_back(finished, at);
  entry.state = end;
  --live;
}

// --- the operator's facts ---

template <>
std::optional<error> ledger::state::contradiction(const sale_created& fact) const {
  if (const auto wrong = stored_definition_fault(fact.definition)) return corrupt("sale: " + *wrong);
  if (fact.request.is_zero() || requests.find(fact.request, records).at != 0)
    return corrupt("request id used twice");
  if (!lives_in(fact.sale, bounds)) return corrupt("sale of another ledger");
  if (sales.find(fact.sale)) return corrupt("sale id used twice");
  if (fact.definition.items.size() > bounds.items_per_sale_max)
    return make_error(errc::capacity_exceeded, "ledger_params.items_per_sale_max must be at least " +
                                                   std::to_string(fact.definition.items.size()));
  std::uint64_t units = stock_total;
  for (const item_definition& item : fact.definition.items) units += item.stock;
  if (units > bounds.stock_max)
    return make_error(errc::capacity_exceeded,
                      "ledger_params.stock_max must be at least " + std::to_string(units));
  if (sales.size() >= bounds.sales_max)
    return make_error(errc::capacity_exceeded,
                      "ledger_params.sales_max must be at least " + std::to_string(sales.size() + 1));
  return std::nullopt;
}

void ledger::state::on(const sale_created& fact) {
  const std::uint16_t sale = sales.add(fact.sale, fact.definition);
  last_sale = std::max(last_sale, to_integer(fact.sale));
  for (std::uint16_t item = 0; item < sales[sale].stock.size(); ++item) {
    stock_total += sales[sale].stock[item].total;
    touch(sale, item);
  }
  remember_operator(fact.request, sale, digest_of(fact.definition));
}

template <>
std::optional<error> ledger::state::contradiction(const stock_changed& fact) const {
  const auto sale = sales.find(fact.sale);
  const auto item = sale ? sales[*sale].item_of(fact.sku) : std::nullopt;
  if (!item) return corrupt("restock of an unknown item");
  if (fact.request.is_zero() || requests.find(fact.request, records).at != 0)
    return corrupt("request id used twice");
  const item_stock& stock = sales[*sale].stock[*item];
  if (fact.delta < 0 &&
      std::uint64_t{stock.available} < std::uint64_t{0} - static_cast<std::uint64_t>(fact.delta))
    return corrupt("restock takes more than is available");
  if (fact.delta > 0 && static_cast<std::uint64_t>(fact.delta) > bounds.stock_max - stock_total)
    return make_error(errc::capacity_exceeded, "ledger_params.stock_max must be at least " +
                                                   std::to_string(stock_total) + " and " +
                                                   std::to_string(fact.delta));
  return std::nullopt;
}

void ledger::state::on(const stock_changed& fact) {
  const std::uint16_t sale = *sales.find(fact.sale);
  const std::uint16_t item = *sales[sale].item_of(fact.sku);
  // A change of sign in modular arithmetic: the sums cannot leave their range.
  sales[sale].stock[item].total += static_cast<std::uint32_t>(fact.delta);
  sales[sale].stock[item].available += static_cast<std::uint32_t>(fact.delta);
  stock_total += static_cast<std::uint64_t>(fact.delta);
  touch(sale, item);
  remember_operator(fact.request, sale, digest_of(fact.sku, fact.delta));
}

template <>
std::optional<error> ledger::state::contradiction(const sale_switched& fact) const {
  const auto sale = sales.find(fact.sale);
  if (!sale) return corrupt("switch of an unknown sale");
  if (fact.request.is_zero() || requests.find(fact.request, records).at != 0)
    return corrupt("request id used twice");
  if (sales[*sale].position == sale_switch::closed) return corrupt("switch of a closed sale");
  return std::nullopt;
}

void ledger::state::on(const sale_switched& fact) {
  const std::uint16_t sale = *sales.find(fact.sale);
  sales[sale].position = fact.position;
  touch(sale, 0);
  remember_operator(fact.request, sale, digest_of(fact.position));
}

// --- the buyers' facts ---

template <>
std::optional<error> ledger::state::contradiction(const units_reserved& fact) const {
  if (!well_formed(reserve_command{fact.request, fact.sale, fact.buyer, fact.lines}, 0xffff))
    return corrupt("reservation is not well formed");
  const place where = locate(fact.sale, fact.buyer, fact.request, fact.lines);
  if (!where.sale_known) return corrupt("reservation of an unknown sale");
  if (!where.skus_known) return corrupt("reservation of an unknown item");
  for (std::size_t i = 0; i < fact.lines.size(); ++i)
    if (sales[where.sale].stock[where.items[i]].available < fact.lines[i].quantity)
      return corrupt("reservation of more than is available");
  return slot_fault(fact.reservation, fact.request);
}

ledger::state::place ledger::state::locate(sale_id sale, buyer_id buyer, request_id request,
                                           const basket& lines) const {
  place where;
  where.request = requests.find(request, records);
  if (const auto found = sales.find(sale)) {
    where.sale = *found;
    where.sale_known = true;
    locate_units(where, to_integer(buyer), lines);
  }
  return where;
}

void ledger::state::locate_units(place& where, std::uint64_t buyer, const basket& lines) const {
  where.skus_known = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto item = sales[where.sale].item_of(lines[i].sku);
    where.items[i] = item.value_or(0);
    where.skus_known = where.skus_known && item.has_value();
  }
  where.buyer = buyers.find(where.sale, buyer);
}

void ledger::state::on(const units_reserved& fact, const place& where) {
  sale_entry& sale = sales[where.sale];
  const auto at = static_cast<slot>(to_integer(fact.reservation));
  record& entry = take_slot(fact.reservation, where.request, fact.request, record_state::held, where.sale);
  entry.buyer = to_integer(fact.buyer);
  entry.expires_at_ms = now_ms + sale.definition->reservation_ttl_ms;
  entry.line_count = static_cast<std::uint8_t>(fact.lines.size());
  std::uint32_t units = 0;
  for (std::size_t i = 0; i < fact.lines.size(); ++i) {
    const auto quantity = static_cast<std::uint16_t>(fact.lines[i].quantity);
    const std::uint16_t item = where.items[i];
    records.line(at, i) = {item, quantity, quantity};
    sale.stock[item].available -= quantity;
    sale.stock[item].held += quantity;
    units += quantity;
    touch(where.sale, item);
  }
  buyers.add(where.buyer, where.sale, entry.buyer, units);
  records.push_back(sale.holds, at);
  ++live;
  if (sale.in_deadlines) return;
  sale.in_deadlines = true;
  deadlines.push({entry.expires_at_ms, where.sale});
}

template <>
std::optional<error> ledger::state::contradiction(const reservation_confirmed& fact) const {
  const slot at = slot_of(fact.reservation);
  if (at == 0 || fact.payment.empty()) return corrupt("payment of an unknown reservation");
  const record& entry = records[at];
  if (entry.state != (fact.late ? record_state::expired : record_state::held))
    return corrupt("payment of a reservation that has ended");
  const basket lines = kept_lines(at);
  for (const line& each : fact.kept) {
    const auto* held = std::ranges::find(lines, each.sku, &line::sku);
    if (held == lines.end() || held->quantity < each.quantity)
      return corrupt("payment of more than was reserved");
  }
  if (!well_formed(fact.kept, 0xffff)) return corrupt("payment is not well formed");
  if (!fact.late) return std::nullopt;
  for (const line& each : fact.kept.empty() ? lines : fact.kept)
    if (sales[entry.sale].stock[*sales[entry.sale].item_of(each.sku)].available < each.quantity)
      return corrupt("late payment of more than is available");
  return std::nullopt;
}

void ledger::state::on(const reservation_confirmed& fact) {
  const slot at = slot_of(fact.reservation);
  record& entry = records[at];
  sale_entry& sale = sales[entry.sale];
  std::uint32_t kept_units = 0;
  std::uint32_t units = 0;
  for (std::size_t i = 0; i < entry.line_count; ++i) {
    record_line& line = records.line(at, i);
    const auto* kept = std::ranges::find(fact.kept, sale.definition->items[line.item].sku, &line::sku);
    if (!fact.kept.empty())
      line.kept = kept == fact.kept.end() ? std::uint16_t{0} : static_cast<std::uint16_t>(kept->quantity);
    item_stock& stock = sale.stock[line.item];
    stock.sold += line.kept;
    if (!fact.late) stock.held -= line.quantity;
    stock.available = stock.total - stock.held - stock.sold;
    units += line.quantity;
    kept_units += line.kept;
    touch(entry.sale, line.item);
  }
  if (fact.late) {
    records.unlink(finished, at);
    buyers.add(buyers.find(entry.sale, entry.buyer), entry.sale, entry.buyer, kept_units);
  } else {
    records.unlink(sale.holds, at);
    if (units != kept_units) buyers.take(entry.sale, entry.buyer, units - kept_units);
    --live;
  }
  entry.state = fact.late ? record_state::confirmed_late : record_state::confirmed;
  entry.digest = digest_of(fact.payment);
}

template <>
std::optional<error> ledger::state::contradiction(const reservation_cancelled& fact) const {
  const slot at = slot_of(fact.reservation);
  if (at == 0 || records[at].state != record_state::held)
    return corrupt("cancel of a reservation that is not held");
  return std::nullopt;
}

void ledger::state::on(const reservation_cancelled& fact) {
  give_back(slot_of(fact.reservation), record_state::cancelled);
}

template <>
std::optional<error> ledger::state::contradiction(const reservation_expired& fact) const {
  const slot at = slot_of(fact.reservation);
  if (at == 0 || records[at].state != record_state::held)
    return corrupt("expiry of a reservation that is not held");
  if (!lapsed(records[at])) return corrupt("expiry before the deadline");
  return std::nullopt;
}

void ledger::state::on(const reservation_expired& fact) {
  give_back(slot_of(fact.reservation), record_state::expired);
}

template <>
std::optional<error> ledger::state::contradiction(const payment_unfulfilled& fact) const {
  const slot at = slot_of(fact.reservation);
  if (at == 0 || records[at].state != record_state::expired || fact.payment.empty())
    return corrupt("unfulfilled payment of a reservation that has not expired");
  return std::nullopt;
}

void ledger::state::on(const payment_unfulfilled& fact) {
  const slot at = slot_of(fact.reservation);
  records[at].state = record_state::unfulfilled;
  records[at].digest = digest_of(fact.payment);
  // Its refund is news: remember it as long as if it had ended now.
  records.unlink(finished, at);
  records.push_back(finished, at);
}

template <>
std::optional<error> ledger::state::contradiction(const reserve_forestalled& fact) const {
  if (fact.request.is_zero() || !sales.find(fact.sale)) return corrupt("cancel in an unknown sale");
  return slot_fault(fact.reservation, fact.request);
}

void ledger::state::on(const reserve_forestalled& fact) {
  record& entry = take_slot(fact.reservation, requests.find(fact.request, records), fact.request,
                            record_state::tombstone, *sales.find(fact.sale));
  entry.expires_at_ms = now_ms + bounds.tombstone_ttl_ms;
  records.push_back(tombstones, static_cast<slot>(to_integer(fact.reservation)));
}

// --- replay ---

result<void> ledger::apply(const event& fact) {
  if (fact.sequence != state_->sequence + 1)
    return make_error(errc::missing_data, "event " + std::to_string(state_->sequence + 1) +
                                              " is missing: the next is " + std::to_string(fact.sequence));
  state_->advance(fact.at_ms);
  auto wrong = std::visit([this](const auto& body) { return state_->contradiction(body); }, fact.body);
  if (wrong) {
    wrong->text = "event " + std::to_string(fact.sequence) + ": " + wrong->text;
    return *std::move(wrong);
  }
  std::visit([this](const auto& body) { state_->on(body); }, fact.body);
  ++state_->sequence;
  state_->last_event_ms = state_->now_ms;
  return {};
}

}  // namespace seckill::inline v1
