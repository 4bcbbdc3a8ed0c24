#include "render_views.hpp"

#include "json_writer.hpp"

#include <algorithm>
#include <numeric>

namespace seckill::inline v1::http {
namespace {

std::string_view view_of(const currency_code& code) noexcept { return {code.data(), code.size()}; }

void write_counts(json_writer& json, const item_stock& stock) {
  json.key("total").counter(stock.total);
  json.key("available").counter(stock.available);
  json.key("held").counter(stock.held);
  json.key("sold").counter(stock.sold);
}

void write_lines(json_writer& json, const basket& lines) {
  json.key("lines").open_array();
  for (const line& each : lines) {
    json.open_object();
    json.key("sku").counter(to_integer(each.sku));
    json.key("quantity").counter(each.quantity);
    json.close_object();
  }
  json.close_array();
}

void write_item(json_writer& json, const sale_definition& sale, const item_definition& item,
                const item_stock& stock) {
  json.open_object();
  json.key("sku").counter(to_integer(item.sku));
  json.key("title").text(item.title);
  json.key("price_minor").integer(item.price_minor);
  json.key("currency").text(view_of(sale.currency));
  write_counts(json, stock);
  json.key("availability").text(availability_of(stock));
  json.close_object();
}

/// A hold is dead at its deadline, whether or not the ledger has swept it.
std::string_view state_of(const reservation_view& known, time_ms now) noexcept {
  switch (known.state) {
    case reservation_state::held:
      return now < known.expires_at_ms ? "held" : "expired";
    case reservation_state::confirmed:
    case reservation_state::confirmed_late:
      return "confirmed";
    case reservation_state::cancelled:
      return "cancelled";
    case reservation_state::expired:
    case reservation_state::unfulfilled:
      return "expired";
  }
  return "expired";
}

bool balanced(const audit_view::sale& sale) { return std::ranges::all_of(sale.items, &item_stock::balanced); }

void write_audited(json_writer& json, const audit_view::sale& sale) {
  json.open_object();
  json.key("id").id(to_integer(sale.id));
  json.key("items").open_array();
  for (std::size_t i = 0; i < sale.items.size(); ++i) {
    json.open_object();
    json.key("sku").counter(to_integer(sale.definition->items[i].sku));
    write_counts(json, sale.items[i]);
    json.key("balanced").boolean(sale.items[i].balanced());
    json.close_object();
  }
  json.close_array();
  json.close_object();
}

}  // namespace

std::string_view availability_of(const item_stock& stock) noexcept {
  if (stock.available > 0) return "available";
  return stock.held > 0 ? "all_held" : "sold_out";
}

void render_time(std::string& body, time_ms now) {
  json_writer(body).open_object().key("now_ms").integer(now).close_object();
}

void render_time_status(std::string& body, const time_status& status) {
  json_writer json(body);
  json.open_object();
  json.key("state").text(to_string(status.state));
  json.key("ledger_ms").integer(status.ledger_ms);
  json.key("wall_ms").integer(status.wall_ms);
  json.key("alarms").counter(status.alarms);
  json.key("detail").text(describe(status));
  json.close_object();
}

void render_sale(std::string& body, const board_sale& shown, time_ms now) {
  const sale_definition& sale = *shown.definition;
  json_writer json(body);
  json.open_object();
  json.key("id").id(to_integer(shown.sale));
  json.key("title").text(sale.title);
  json.key("opens_at_ms").integer(sale.opens_at_ms);
  json.key("closes_at_ms").integer(sale.closes_at_ms);
  json.key("reservation_ttl_ms").integer(sale.reservation_ttl_ms);
  json.key("limit_per_buyer").counter(sale.limit_per_buyer);
  json.key("status").text(to_string(status_at(sale, shown.position, now)));
  json.key("items").open_array();
  for (std::size_t i = 0; i < sale.items.size(); ++i) write_item(json, sale, sale.items[i], shown.items[i]);
  json.close_array();
  json.close_object();
}

void render_stock(std::string& body, const board_sale& shown, time_ms now) {
  json_writer json(body);
  json.open_object();
  json.key("sale_id").id(to_integer(shown.sale));
  json.key("status").text(to_string(status_at(*shown.definition, shown.position, now)));
  json.key("items").open_array();
  for (std::size_t i = 0; i < shown.items.size(); ++i) {
    json.open_object();
    json.key("sku").counter(to_integer(shown.definition->items[i].sku));
    write_counts(json, shown.items[i]);
    json.key("availability").text(availability_of(shown.items[i]));
    json.close_object();
  }
  json.close_array();
  json.close_object();
}

void render_reservation(std::string& body, const reservation_view& known, time_ms now) {
  json_writer json(body);
  json.open_object();
  json.key("reservation_id").id(to_integer(known.reservation));
  json.key("sale_id").id(to_integer(known.sale));
  json.key("buyer").id(to_integer(known.buyer));
  write_lines(json, known.lines);
  json.key("state").text(state_of(known, now));
  json.key("expires_at_ms").integer(known.expires_at_ms);
  json.close_object();
}

void render_order(std::string& body, const order& known) {
  json_writer json(body);
  json.open_object();
  json.key("order_id").id(to_integer(known.reservation));
  json.key("reservation_id").id(to_integer(known.reservation));
  json.key("sale_id").id(to_integer(known.sale));
  json.key("buyer").id(to_integer(known.buyer));
  write_lines(json, known.lines);
  json.key("amount_minor").integer(known.amount_minor);
  json.key("currency").text(view_of(known.currency));
  json.key("status").text(to_string(known.status));
  json.close_object();
}

void render_orders(std::string& body, std::span<const order> page, std::size_t limit) {
  json_writer json(body);
  json.open_object().key("orders").open_array();
  for (const order& each : page) {
    if (&each != page.data()) body += ',';
    render_order(body, each);
  }
  json.close_array();
  if (!page.empty() && page.size() == limit) json.key("next").id(to_integer(page.back().reservation));
  json.close_object();
}

static void write_health(json_writer& json, std::span<const part_health> parts) {
  json.key("health").open_array();
  for (const part_health& each : parts) {
    json.open_object();
    json.key("part").text(each.part);
    json.key("level").text(to_string(each.level));
    if (!each.detail.empty()) json.key("detail").text(each.detail);
    json.close_object();
  }
  json.close_array();
}

void render_audit(std::string& body, const audit_view& found) {
  json_writer json(body);
  json.open_object();
  json.key("balanced").boolean(found.violations.empty() && std::ranges::all_of(found.sales, balanced));
  json.key("sales").open_array();
  for (const audit_view::sale& each : found.sales) write_audited(json, each);
  json.close_array();
  json.key("journal").open_object();
  json.key("last_sequence").counter(found.last_sequence);
  json.key("durable_sequence").counter(found.durable_sequence);
  json.close_object();
  json.key("orders").open_object();
  json.key("count").counter(std::accumulate(found.orders.begin(), found.orders.end(), std::uint64_t{0}));
  json.key("by_status").open_object();
  for (std::size_t i = 1; i < found.orders.size(); ++i) {
    json.key(to_string(static_cast<order_status>(i))).counter(found.orders[i]);
  }
  json.close_object().close_object();
  if (!found.health.empty()) write_health(json, found.health);
  if (!found.violations.empty()) {
    json.key("violations").open_array();
    for (const std::string& each : found.violations) json.text(each);
    json.close_array();
  }
  json.close_object();
}

}  // namespace seckill::inline v1::http
