#include "state.hpp"
#include <seckill/ledger.hpp>

#include <cassert>
#include <limits>
#include <stdexcept>
#include <string>

namespace seckill::inline v1 {
namespace {

const ledger_params& checked(const ledger_params& bounds) {
  const auto require = [](bool truth, const char* text) {
    if (!truth) throw std::invalid_argument(std::string("ledger_params.") + text);
  };
  require(bounds.shard_count > 0 && bounds.shard < bounds.shard_count, "shard must be below shard_count");
  require(bounds.stock_max > 0 && bounds.stock_max <= 1'000'000'000, "stock_max must be 1 to 1,000,000,000");
  require(bounds.remembered_max <= 1'000'000'000, "remembered_max must be at most 1,000,000,000");
  require(bounds.tombstones_max > 0 && bounds.tombstones_max <= 1'000'000'000,
          "tombstones_max must be 1 to 1,000,000,000");
  require(bounds.operator_requests_max > 0 && bounds.operator_requests_max <= 1'000'000,
          "operator_requests_max must be 1 to 1,000,000");
  require(bounds.sales_max > 0, "sales_max must be 1 to 65,535");
  require(bounds.items_per_sale_max > 0, "items_per_sale_max must be 1 to 65,535");
  require(bounds.quantity_max > 0 && bounds.quantity_max <= 65'535, "quantity_max must be 1 to 65,535");
  require(bounds.tombstone_ttl_ms > 0 && bounds.tombstone_ttl_ms <= time_length_max_ms,
          "tombstone_ttl_ms must be 1 to 2,305,843,009,213,693,951");
  return bounds;
}

}  // namespace

ledger::state::state(const ledger_params& params)
    : bounds(checked(params)),
      records(std::size_t{slots_max()} + bounds.operator_requests_max),
      requests(records.slots_max(), bounds.hash_seed),
      buyers(bounds.stock_max, bounds.hash_seed) {
  if (!bounds.touch_memory) return;
  records.touch();
  requests.touch();
  buyers.touch();
}

slot ledger::state::slot_of(reservation_id reservation) const {
  const auto at = static_cast<slot>(to_integer(reservation));
  if (at == 0 || at > records.used() || id_of(at) != reservation || !is_reservation(records[at].state))
    return 0;
  return at;
}

slot ledger::state::next_slot() const {
  if (records.used() < slots_max()) return records.used() + 1;
  // Holds and sales together never exceed stock_max and tombstones never exceed theirs, and one of them lacks
  // one now: so when every slot has been used, more than remembered_max reservations have ended.
  assert(finished.head != 0);
  return finished.head;
}

sale_id ledger::state::next_sale_id() const {
  // Beyond the highest one ever, so that none comes twice. If an operator has used the highest numbers up, the lowest
  // ones that are free; there is one, for there are at most sales_max sales.
  constexpr std::uint64_t end = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t before = last_sale > end - bounds.shard_count ? 0 : last_sale;
  std::uint64_t next = before - before % bounds.shard_count + bounds.shard + 1;
  while (next <= before || sales.find(sale_id{next})) next += bounds.shard_count;
  return sale_id{next};
}

basket ledger::state::kept_lines(slot at) const {
  const record& entry = records[at];
  basket lines;
  for (std::size_t i = 0; i < entry.line_count; ++i) {
    const record_line& each = records.line(at, i);
    if (each.kept != 0) lines.push_back({sales[entry.sale].definition->items[each.item].sku, each.kept});
  }
  return lines;
}

reservation_view ledger::state::view(slot at) const {
  const record& entry = records[at];
  auto shown = static_cast<reservation_state>(entry.state);
  if (shown == reservation_state::held && lapsed(entry)) shown = reservation_state::expired;
  return {.reservation = id_of(at),
          .sale = sales[entry.sale].id,
          .buyer = buyer_id{entry.buyer},
          .request = entry.request,
          .lines = kept_lines(at),
          .state = shown,
          .expires_at_ms = entry.expires_at_ms};
}

sale_view ledger::state::view(const sale_entry& sale) const {
  return {.sale = sale.id,
          .definition = sale.definition,
          .position = sale.position,
          .items = sale.stock,
          .next_expiry_ms = sale.holds.head == 0 ? 0 : records[sale.holds.head].expires_at_ms};
}

ledger::ledger(const ledger_params& params) : state_(std::make_unique<state>(params)) {}
ledger::ledger(ledger&&) noexcept = default;
ledger& ledger::operator=(ledger&&) noexcept = default;
ledger::~ledger() = default;

answer ledger::execute(const command& what, time_ms now, event_buffer& events) {
  struct dispatch {
    ledger& self;
    time_ms now;
    event_buffer& events;
    answer operator()(const reserve_command& each) { return self.reserve(each, now, events); }
    answer operator()(const confirm_command& each) { return self.confirm(each, now, events); }
    answer operator()(const cancel_command& each) { return self.cancel(each, now, events); }
    answer operator()(const cancel_request_command& each) { return self.cancel_request(each, now, events); }
    answer operator()(const create_sale_command& each) { return self.create_sale(each, now, events); }
    answer operator()(const restock_command& each) { return self.restock(each, now, events); }
    answer operator()(const switch_sale_command& each) { return self.switch_sale(each, now, events); }
  };
  return std::visit(dispatch{*this, now, events}, what);
}

answer ledger::reserve(const reserve_command& what, time_ms now, event_buffer& events) {
  state_->advance(now);
  return state_->reserve(what, events);
}
answer ledger::confirm(const confirm_command& what, time_ms now, event_buffer& events) {
  state_->advance(now);
  return state_->confirm(what, events);
}
answer ledger::cancel(const cancel_command& what, time_ms now, event_buffer& events) {
  state_->advance(now);
  return state_->cancel(what, events);
}
answer ledger::cancel_request(const cancel_request_command& what, time_ms now, event_buffer& events) {
  state_->advance(now);
  return state_->cancel_request(what, events);
}
answer ledger::create_sale(const create_sale_command& what, time_ms now, event_buffer& events) {
  state_->advance(now);
  return state_->create_sale(what, events);
}
answer ledger::restock(const restock_command& what, time_ms now, event_buffer& events) {
  state_->advance(now);
  return state_->restock(what, events);
}
answer ledger::switch_sale(const switch_sale_command& what, time_ms now, event_buffer& events) {
  state_->advance(now);
  return state_->switch_sale(what, events);
}
std::size_t ledger::expire(time_ms now, std::size_t batch_max, event_buffer& events) {
  state_->advance(now);
  return state_->expire(batch_max, events);
}

std::optional<reservation_view> ledger::find(reservation_id reservation) const {
  const slot at = state_->slot_of(reservation);
  if (at == 0) return std::nullopt;
  return state_->view(at);
}

std::optional<sale_view> ledger::find_sale(sale_id sale) const {
  const auto at = state_->sales.find(sale);
  if (!at) return std::nullopt;
  return state_->view(state_->sales[*at]);
}

std::vector<sale_id> ledger::sales() const {
  std::vector<sale_id> ids;
  for (std::size_t i = 0; i < state_->sales.size(); ++i)
    ids.push_back(state_->sales[static_cast<sale_book::index>(i)].id);
  std::ranges::sort(ids);
  return ids;
}

std::uint32_t ledger::units_of(sale_id sale, buyer_id buyer) const {
  const auto at = state_->sales.find(sale);
  return at ? state_->buyers.find(*at, to_integer(buyer)).units : 0;
}

std::optional<time_ms> ledger::next_expiry() const noexcept {
  if (state_->deadlines.empty()) return std::nullopt;
  return state_->deadlines.top().deadline_ms;
}

std::uint64_t ledger::last_sequence() const noexcept { return state_->sequence; }
time_ms ledger::now_ms() const noexcept { return state_->now_ms; }
std::size_t ledger::live_count() const noexcept { return state_->live; }
const ledger_params& ledger::params() const noexcept { return state_->bounds; }

std::span<const ledger::changed_item> ledger::take_changes() {
  state_->taken_changes.clear();
  state_->taken_changes.swap(state_->changes);
  for (const changed_item& each : state_->taken_changes)
    state_->sales[*state_->sales.find(each.sale)].changed[each.item] = 0;
  return state_->taken_changes;
}

std::size_t ledger::known_requests(std::size_t from, std::size_t count,
                                   std::vector<known_request>& into) const {
  const std::size_t unused = std::size_t{state_->records.used()} + 1;
  const std::size_t operators = std::size_t{state_->slots_max()} + 1;
  const std::size_t end = operators + state_->bounds.operator_requests_max;
  std::size_t at = std::max<std::size_t>(from, 1);
  for (; count > 0 && at < end; --count, ++at) {
    if (at >= unused && at < operators) at = operators;
    const record& each = state_->records[static_cast<slot>(at)];
    if (each.state == record_state::unused) continue;
    const buyer_id buyer{is_reservation(each.state) ? each.buyer : 0};
    into.push_back({each.request, state_->sales[each.sale].id, buyer});
  }
  return at < end ? at : 0;
}

std::vector<std::string> ledger::audit() const { return state_->audit(); }
result<void> ledger::save(snapshot_sink& to, const snapshot_stamp& stamp) const {
  return state_->save(to, stamp);
}

result<ledger> ledger::load(const ledger_params& params, snapshot_source& from, snapshot_stamp* stamp) {
  ledger loaded(params);
  const auto stamped = loaded.state_->load(from);
  if (!stamped) return stamped.error();
  if (stamp != nullptr) *stamp = *stamped;
  return loaded;
}

}  // namespace seckill::inline v1
