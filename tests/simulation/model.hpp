#pragma once

#include <seckill/command.hpp>
#include <seckill/ledger.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace seckill::testing {

/// The oracle: what a ledger must answer, written from the documentation, slowly and obviously. It shares no
/// code with the ledger beyond the vocabulary, and derives stock and limits by counting. What the bounds make a
/// ledger forget it marks and keeps.
class model {
 public:
  explicit model(const ledger_params& bounds) : bounds_(bounds) {}

  struct reservation {
    sale_id sale;
    buyer_id buyer;
    basket asked;
    basket lines;
    time_ms deadline = 0;
    reservation_state state = reservation_state::held;
    std::string payment;
    request_id request;
    bool known = true;  // false: forgotten, for others have ended since
  };

  void advance(time_ms now) { now_ = std::max(now_, now); }

  /// What the ledger must answer. `given`: the id of the reservation, if this makes one.
  answer execute(const command& what, reservation_id given) {
    struct dispatch {
      model& self;
      reservation_id given;
      answer operator()(const reserve_command& each) { return self.reserve(each, given); }
      answer operator()(const confirm_command& each) { return self.confirm(each); }
      answer operator()(const cancel_command& each) { return self.cancel(each); }
      answer operator()(const cancel_request_command& each) { return self.cancel_request(each); }
      answer operator()(const create_sale_command& each) { return self.create_sale(each); }
      answer operator()(const restock_command& each) { return self.restock(each); }
      answer operator()(const switch_sale_command& each) { return self.switch_sale(each); }
    };
    return std::visit(dispatch{*this, given}, what);
  }
  answer reserve(const reserve_command& what, reservation_id given) {
    if (!well_formed(what)) return {.code = outcome::invalid_request};
    if (const auto known = used_.find(what.request); known != used_.end()) {
      const use& before = known->second;
      if (before.kind == use::tombstone) {
        if (now_ < before.lapses_at) {
          if (before.sale != what.sale) return {.code = outcome::request_mismatch};
          return {.code = outcome::already_cancelled};
        }
      } else {
        if (before.kind != use::reserve) return {.code = outcome::request_mismatch};
        const reservation& had = reservations_.at(before.id);
        if (had.sale != what.sale || had.buyer != what.buyer || !same(had.asked, what.lines))
          return {.code = outcome::request_mismatch};
        return {.code = outcome::reserved, .replayed = true, .reservation = before.id, .at_ms = had.deadline};
      }
    }
    const auto sale = sales_.find(what.sale);
    if (sale == sales_.end()) return {.code = outcome::sale_not_found};
    switch (status_at(sale->second.definition, sale->second.position, now_)) {
      case sale_status::scheduled:
        return {.code = outcome::sale_not_open, .at_ms = sale->second.definition.opens_at_ms};
      case sale_status::paused:
        return {.code = outcome::sale_paused};
      case sale_status::closed:
        return {.code = outcome::sale_closed};
      case sale_status::open:
        break;
    }
    if (const auto refused = shortage(what.sale, what.buyer, what.lines)) return *refused;
    const time_ms deadline = now_ + sale->second.definition.reservation_ttl_ms;
    if (std::erase(tombstones_, what.request) == 0) make_room();
    reservations_[given] = {what.sale, what.buyer,  what.lines, what.lines, deadline, reservation_state::held,
                            {},        what.request};
    used_[what.request] = {use::reserve, what.sale, given, 0, {}};
    return {.code = outcome::reserved, .reservation = given, .at_ms = deadline};
  }

  answer confirm(const confirm_command& what) {
    if (what.payment.empty() || !well_formed(what.keep)) return {.code = outcome::invalid_request};
    const auto found = reservations_.find(what.reservation);
    if (found == reservations_.end() || !found->second.known) return {.code = outcome::reservation_not_found};
    reservation& had = found->second;
    const auto say = [&](outcome code, bool replayed = false) {
      return answer{.code = code, .replayed = replayed, .reservation = what.reservation};
    };
    switch (had.state) {
      case reservation_state::confirmed:
      case reservation_state::confirmed_late:
      case reservation_state::unfulfilled:
        if (had.payment != what.payment.view()) return say(outcome::payment_mismatch);
        if (had.state == reservation_state::confirmed) return say(outcome::confirmed, true);
        return say(
            had.state == reservation_state::unfulfilled ? outcome::unfulfilled : outcome::confirmed_late,
            true);
      case reservation_state::cancelled:
        return say(outcome::already_cancelled);
      default:
        break;
    }
    for (const line& each : what.keep)
      if (quantity_of(had.lines, each.sku) < each.quantity) return say(outcome::invalid_request);
    const basket kept = what.keep.empty() ? had.lines : what.keep;
    if (had.state == reservation_state::held && now_ < had.deadline) {
      had.state = reservation_state::confirmed;
      had.lines = kept;
      had.payment = what.payment.view();
      return say(outcome::confirmed);
    }
    std::erase(ended_, what.reservation);
    had.state = reservation_state::expired;
    had.payment = what.payment.view();
    const sale_state& sale = sales_.at(had.sale);
    if (sale.definition.late == late_payment::refuse || sale.position != sale_switch::running ||
        shortage(had.sale, had.buyer, kept)) {
      had.state = reservation_state::unfulfilled;
      ended_.push_back(what.reservation);
      return say(outcome::unfulfilled);
    }
    had.state = reservation_state::confirmed_late;
    had.lines = kept;
    return say(outcome::confirmed_late);
  }

  answer cancel(const cancel_command& what) {
    const auto found = reservations_.find(what.reservation);
    if (found == reservations_.end() || !found->second.known) return {.code = outcome::reservation_not_found};
    reservation& had = found->second;
    const auto say = [&](outcome code, bool replayed = false) {
      return answer{.code = code, .replayed = replayed, .reservation = what.reservation};
    };
    switch (had.state) {
      case reservation_state::cancelled:
        return say(outcome::cancelled, true);
      case reservation_state::confirmed:
      case reservation_state::confirmed_late:
        return say(outcome::already_confirmed);
      case reservation_state::held:
        if (now_ >= had.deadline) return say(outcome::already_expired);
        had.state = reservation_state::cancelled;
        ended_.push_back(what.reservation);
        return say(outcome::cancelled);
      default:
        return say(outcome::already_expired);
    }
  }

  answer cancel_request(const cancel_request_command& what) {
    if (what.request.is_zero() || to_integer(what.sale) == 0) return {.code = outcome::invalid_request};
    if (!sales_.contains(what.sale)) return {.code = outcome::sale_not_found};
    if (const auto known = used_.find(what.request); known != used_.end()) {
      const use& before = known->second;
      if (before.kind == use::operate || before.sale != what.sale) return {.code = outcome::request_mismatch};
      if (before.kind == use::reserve) return cancel({before.id});
      if (now_ < before.lapses_at) return {.code = outcome::cancelled, .replayed = true};
    }
    if (std::erase(tombstones_, what.request) == 0) {
      if (tombstones_.size() >= bounds_.tombstones_max)
        forget(tombstones_);
      else
        make_room();
    }
    tombstones_.push_back(what.request);
    used_[what.request] = {use::tombstone, what.sale, {}, now_ + bounds_.tombstone_ttl_ms, {}};
    return {.code = outcome::cancelled};
  }

  answer create_sale(const create_sale_command& what) {
    const std::string content = "sale " + what.definition.title;  // which tells definitions apart here
    const std::uint64_t asked = to_integer(what.sale);
    if (what.request.is_zero() || (asked != 0 && (asked - 1) % bounds_.shard_count != bounds_.shard))
      return {.code = outcome::invalid_request};
    if (const auto known = used_.find(what.request); known != used_.end())
      return operated(known->second, content, what.sale);
    if (sales_.contains(what.sale)) return {.code = outcome::sale_exists};
    std::int64_t units = stock_total();
    for (const item_definition& item : what.definition.items) units += item.stock;
    if (units > std::int64_t{bounds_.stock_max} || sales_.size() >= bounds_.sales_max)
      return {.code = outcome::capacity_exceeded};
    std::uint64_t chosen = asked != 0 ? asked : last_sale_ + 1;
    while ((chosen - 1) % bounds_.shard_count != bounds_.shard) ++chosen;
    last_sale_ = std::max(last_sale_, chosen);
    const sale_id id{chosen};
    sales_[id] = {what.definition, sale_switch::running, {}};
    for (const item_definition& item : what.definition.items) sales_[id].totals[item.sku] = item.stock;
    remember_operator(what.request, {use::operate, id, {}, 0, content});
    return {.code = outcome::applied, .sale = id};
  }

  answer restock(const restock_command& what) {
    const std::string content = std::to_string(to_integer(what.sku)) + ":" + std::to_string(what.delta);
    if (what.request.is_zero() || to_integer(what.sale) == 0 || to_integer(what.sku) == 0 || what.delta == 0)
      return {.code = outcome::invalid_request};
    if (const auto known = used_.find(what.request); known != used_.end())
      return operated(known->second, content, what.sale);
    const auto sale = sales_.find(what.sale);
    if (sale == sales_.end()) return {.code = outcome::sale_not_found};
    const auto total = sale->second.totals.find(what.sku);
    if (total == sale->second.totals.end()) return {.code = outcome::sku_not_found};
    if (what.delta < 0 && stock(what.sale, what.sku).available < -what.delta)
      return {.code = outcome::insufficient};
    if (what.delta > 0 && stock_total() + what.delta > std::int64_t{bounds_.stock_max})
      return {.code = outcome::capacity_exceeded};
    total->second += what.delta;
    remember_operator(what.request, {use::operate, what.sale, {}, 0, content});
    return {.code = outcome::applied, .sale = what.sale};
  }

  answer switch_sale(const switch_sale_command& what) {
    const std::string content = "switch " + std::to_string(static_cast<int>(what.position));
    if (what.request.is_zero() || to_integer(what.sale) == 0) return {.code = outcome::invalid_request};
    if (const auto known = used_.find(what.request); known != used_.end())
      return operated(known->second, content, what.sale);
    const auto sale = sales_.find(what.sale);
    if (sale == sales_.end()) return {.code = outcome::sale_not_found};
    if (sale->second.position == sale_switch::closed) return {.code = outcome::sale_closed};
    sale->second.position = what.position;
    remember_operator(what.request, {use::operate, what.sale, {}, 0, content});
    return {.code = outcome::applied, .sale = what.sale};
  }

  /// The same lines in whatever order.
  static bool same(const basket& one, const basket& other) {
    return one.size() == other.size() && std::ranges::all_of(one, [&](const line& each) {
             return quantity_of(other, each.sku) == each.quantity;
           });
  }

  /// Ends holds that are due, oldest first, at most so many.
  void expire(std::size_t batch_max = std::numeric_limits<std::size_t>::max()) {
    std::vector<std::tuple<time_ms, sale_id, reservation_id>> due;
    for (const auto& [id, each] : reservations_)
      if (each.state == reservation_state::held && now_ >= each.deadline)
        due.emplace_back(each.deadline, each.sale, id);
    std::ranges::sort(due);
    if (due.size() > batch_max) due.resize(batch_max);
    for (const auto& [deadline, sale, id] : due) {
      reservations_.at(id).state = reservation_state::expired;
      ended_.push_back(id);
    }
  }

  struct counted_stock {
    std::int64_t total = 0;
    std::int64_t available = 0;
    std::int64_t held = 0;
    std::int64_t sold = 0;
  };
  [[nodiscard]] counted_stock stock(sale_id sale, sku_id sku) const {
    counted_stock counted;
    counted.total = sales_.at(sale).totals.at(sku);
    for (const auto& [id, each] : reservations_) {
      if (each.sale != sale) continue;
      if (each.state == reservation_state::held) counted.held += quantity_of(each.lines, sku);
      if (owned(each)) counted.sold += quantity_of(each.lines, sku);
    }
    counted.available = counted.total - counted.held - counted.sold;
    return counted;
  }
  [[nodiscard]] std::int64_t units_of(sale_id sale, buyer_id buyer) const {
    std::int64_t units = 0;
    for (const auto& [id, each] : reservations_)
      if (each.sale == sale && each.buyer == buyer && (each.state == reservation_state::held || owned(each)))
        units += static_cast<std::int64_t>(each.lines.units());
    return units;
  }
  /// The deadline of the oldest hold in a sale; 0: none.
  [[nodiscard]] time_ms next_expiry(sale_id sale) const {
    time_ms earliest = 0;
    for (const auto& [id, each] : reservations_)
      if (each.sale == sale && each.state == reservation_state::held)
        earliest = earliest == 0 ? each.deadline : std::min(earliest, each.deadline);
    return earliest;
  }
  [[nodiscard]] sale_switch position(sale_id sale) const { return sales_.at(sale).position; }
  [[nodiscard]] std::vector<sale_id> sales() const {
    std::vector<sale_id> ids;
    for (const auto& [id, sale] : sales_) ids.push_back(id);
    return ids;
  }
  [[nodiscard]] const std::map<reservation_id, reservation>& reservations() const { return reservations_; }
  [[nodiscard]] std::vector<std::pair<sale_id, sku_id>> items() const {
    std::vector<std::pair<sale_id, sku_id>> all;
    for (const auto& [id, sale] : sales_)
      for (const auto& [sku, total] : sale.totals) all.emplace_back(id, sku);
    return all;
  }

 private:
  struct use {
    enum {
      reserve,
      tombstone,
      operate
    } kind;
    sale_id sale;
    reservation_id id;
    time_ms lapses_at;
    std::string content;
  };
  struct sale_state {
    sale_definition definition;
    sale_switch position;
    std::map<sku_id, std::int64_t> totals;
  };

  static bool owned(const reservation& each) {
    return each.state == reservation_state::confirmed || each.state == reservation_state::confirmed_late;
  }
  static std::int64_t quantity_of(const basket& lines, sku_id sku) {
    for (const line& each : lines)
      if (each.sku == sku) return each.quantity;
    return 0;
  }
  [[nodiscard]] bool well_formed(const basket& lines) const {
    std::map<sku_id, int> seen;
    return std::ranges::all_of(lines, [&](const line& each) {
      return to_integer(each.sku) != 0 && each.quantity >= 1 && each.quantity <= bounds_.quantity_max &&
             ++seen[each.sku] == 1;
    });
  }
  [[nodiscard]] bool well_formed(const reserve_command& what) const {
    return !what.request.is_zero() && to_integer(what.sale) != 0 && to_integer(what.buyer) != 0 &&
           !what.lines.empty() && well_formed(what.lines);
  }
  static answer operated(const use& before, const std::string& content, sale_id sale) {
    if (before.kind != use::operate || before.content != content ||
        (to_integer(sale) != 0 && before.sale != sale))
      return {.code = outcome::request_mismatch};
    return {.code = outcome::applied, .replayed = true, .sale = before.sale};
  }

  [[nodiscard]] std::int64_t stock_total() const {
    std::int64_t sum = 0;
    for (const auto& [id, each] : sales_)
      for (const auto& [sku, units] : each.totals) sum += units;
    return sum;
  }

  // Memory is bounded: a further reservation or tombstone takes room never used, else that of the reservation which
  // ended longest ago.
  void make_room() {
    const auto known =
        std::ranges::count_if(reservations_, [](const auto& each) { return each.second.known; });
    const std::size_t room = std::size_t{bounds_.stock_max} + bounds_.remembered_max + bounds_.tombstones_max;
    if (static_cast<std::size_t>(known) + tombstones_.size() < room) return;
    reservation& oldest = reservations_.at(ended_.front());
    ended_.pop_front();
    oldest.known = false;
    used_.erase(oldest.request);
  }
  void forget(std::deque<request_id>& oldest_first) {
    used_.erase(oldest_first.front());
    oldest_first.pop_front();
  }
  void remember_operator(request_id request, use what) {
    if (operators_.size() >= bounds_.operator_requests_max) forget(operators_);
    operators_.push_back(request);
    used_[request] = std::move(what);
  }

  [[nodiscard]] std::optional<answer> shortage(sale_id sale_at, buyer_id buyer, const basket& lines) const {
    const sale_state& sale = sales_.at(sale_at);
    for (const line& each : lines)
      if (!sale.totals.contains(each.sku)) return answer{.code = outcome::sku_not_found};
    const std::int64_t limit = sale.definition.limit_per_buyer;
    if (limit != 0 && units_of(sale_at, buyer) + static_cast<std::int64_t>(lines.units()) > limit)
      return answer{.code = outcome::limit_exceeded};
    for (const line& each : lines) {
      const counted_stock left = stock(sale_at, each.sku);
      if (left.available >= each.quantity) continue;
      if (left.available > 0) return answer{.code = outcome::insufficient};
      if (left.held == 0) return answer{.code = outcome::sold_out};
      return answer{.code = outcome::all_held, .at_ms = next_expiry(sale_at)};
    }
    return std::nullopt;
  }

  ledger_params bounds_;
  time_ms now_ = 0;
  std::uint64_t last_sale_ = 0;
  std::map<sale_id, sale_state> sales_;
  std::map<reservation_id, reservation> reservations_;
  std::map<request_id, use> used_;
  std::deque<reservation_id> ended_;   // and known; the one that ended longest ago first
  std::deque<request_id> tombstones_;  // oldest first
  std::deque<request_id> operators_;   // oldest first
};

}  // namespace seckill::testing
