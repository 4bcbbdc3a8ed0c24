#include <seckill/order_projector.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace seckill::inline v1 {
namespace {

error wrong(errc code, std::uint8_t shard, const event& fact, std::string_view what) {
  return make_error(code, "orders of shard " + std::to_string(shard) + ", event " +
                              std::to_string(fact.sequence) + ": " + std::string(what));
}

}  // namespace

order_projector::order_projector(order_store& store, std::uint8_t shard, definition_source definitions)
    : store_(store), shard_(shard), definitions_(std::move(definitions)) {}

result<std::uint64_t> order_projector::position() {
  if (!position_) {
    const auto stored = store_.position(shard_);
    if (!stored) return stored.error();
    position_ = *stored;
  }
  return *position_;
}

result<std::span<const order>> order_projector::project(std::span<const event> events) {
  changed_.clear();
  index_.clear();
  const auto stored = position();
  if (!stored) return stored.error();
  std::uint64_t reached = *stored;
  for (const event& fact : events) {
    if (fact.sequence <= reached) {
      if (auto seen = check_seen(fact); !seen) return seen.error();
      continue;
    }
    if (fact.sequence != reached + 1)
      return wrong(errc::missing_data, shard_, fact,
                   "the events from " + std::to_string(reached + 1) +
                       " on are missing; restore the order store " + "or the journal from a copy");
    if (auto done = work_in(fact); !done) return done.error();
    reached = fact.sequence;
  }
  if (reached == *stored) return std::span<const order>{};
  position_.reset();
  if (auto done = store_.commit(shard_, reached, changed_); !done) return done.error();
  position_ = reached;
  return std::span<const order>(changed_);
}

result<void> order_projector::work_in(const event& fact) {
  return std::visit([&](const auto& body) { return on(fact, body); }, fact.body);
}

// An event that is delivered again must be the one that the store knows: a journal that was replaced would
// otherwise lose its first events here, without a word.
result<void> order_projector::check_seen(const event& fact) {
  const auto* reserved = std::get_if<units_reserved>(&fact.body);
  if (reserved == nullptr) return {};
  const auto known = store_.find(reserved->reservation);
  if (!known) return known.error();
  if (*known && (*known)->request == reserved->request) return {};
  return wrong(
      errc::corrupt_data, shard_, fact,
      "the order store is at a later event but does not know this one: it belongs to another journal; " +
          std::string("give every journal an order store of its own"));
}

result<void> order_projector::on(const event&, const auto&) { return {}; }

result<void> order_projector::on(const event&, const sale_created& body) {
  created_.insert_or_assign(body.sale, body.definition);
  return {};
}

result<void> order_projector::on(const event& fact, const units_reserved& body) {
  const auto known = changed(body.reservation);
  if (!known) return known.error();
  if (*known != nullptr) return wrong(errc::corrupt_data, shard_, fact, "a reservation id is used twice");
  order made;
  made.reservation = body.reservation;
  made.sale = body.sale;
  made.buyer = body.buyer;
  made.request = body.request;
  made.lines = body.lines;
  made.status = order_status::pending_payment;
  made.created_at_ms = fact.at_ms;
  made.updated_at_ms = fact.at_ms;
  if (auto priced = price(fact, made); !priced) return priced;
  index_.emplace(body.reservation, changed_.size());
  changed_.push_back(made);
  return {};
}

result<void> order_projector::on(const event& fact, const reservation_confirmed& body) {
  const auto from = body.late ? order_status::expired : order_status::pending_payment;
  const auto paid = move_on(fact, body.reservation, from, order_status::paid);
  if (!paid) return paid.error();
  (*paid)->payment = body.payment;
  if (body.kept.empty()) return {};
  (*paid)->lines = body.kept;
  return price(fact, **paid);
}

result<void> order_projector::on(const event& fact, const reservation_cancelled& body) {
  const auto done = move_on(fact, body.reservation, order_status::pending_payment, order_status::cancelled);
  return done ? result<void>() : done.error();
}

result<void> order_projector::on(const event& fact, const reservation_expired& body) {
  const auto done = move_on(fact, body.reservation, order_status::pending_payment, order_status::expired);
  return done ? result<void>() : done.error();
}

result<void> order_projector::on(const event& fact, const payment_unfulfilled& body) {
  const auto refused = move_on(fact, body.reservation, order_status::expired, order_status::unfulfilled);
  if (!refused) return refused.error();
  (*refused)->payment = body.payment;
  return {};
}

result<order*> order_projector::move_on(const event& fact, reservation_id reservation, order_status from,
                                        order_status to) {
  const auto found = changed(reservation);
  if (!found) return found.error();
  if (*found == nullptr)
    return wrong(errc::missing_data, shard_, fact,
                 "there is no order of its reservation; restore the order store from a copy");
  if ((*found)->status != from)
    return wrong(errc::corrupt_data, shard_, fact,
                 "an order that is " + std::string(to_string((*found)->status)) + " cannot become " +
                     std::string(to_string(to)));
  (*found)->status = to;
  (*found)->updated_at_ms = fact.at_ms;
  return *found;
}

// The order as the events so far left it, ready to be changed; null if there is none.
result<order*> order_projector::changed(reservation_id reservation) {
  if (const auto at = index_.find(reservation); at != index_.end()) return &changed_[at->second];
  auto stored = store_.find(reservation);
  if (!stored) return stored.error();
  if (!*stored) return nullptr;
  index_.emplace(reservation, changed_.size());
  changed_.push_back(**stored);
  return &changed_.back();
}

result<void> order_projector::price(const event& fact, order& what) {
  const sale_definition* sale = definition(what.sale);
  if (sale == nullptr)
    return wrong(errc::missing_data, shard_, fact, "its sale is not known; restore the journal from a copy");
  what.currency = sale->currency;
  what.amount_minor = 0;
  for (const line& each : what.lines) {
    const auto item = std::ranges::find(sale->items, each.sku, &item_definition::sku);
    if (item == sale->items.end())
      return wrong(errc::corrupt_data, shard_, fact, "its sale does not sell the sku");
    std::int64_t cost = 0;
    if (__builtin_mul_overflow(item->price_minor, std::int64_t{each.quantity}, &cost) ||
        __builtin_add_overflow(what.amount_minor, cost, &what.amount_minor))
      return wrong(errc::corrupt_data, shard_, fact, "the amount does not fit 64 bits");
  }
  return {};
}

const sale_definition* order_projector::definition(sale_id sale) const {
  if (const sale_definition* found = definitions_(sale)) return found;
  const auto created = created_.find(sale);
  return created == created_.end() ? nullptr : &created->second;
}

}  // namespace seckill::inline v1
