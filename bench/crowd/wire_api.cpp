#include "wire_api.hpp"

#include "json_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace seckill::crowd {
namespace {

namespace json = boost::json;

item_info item_from(json_reader& reader, const json::value& from) {
  item_info item;
  item.sku = sku_id{reader.integer<std::uint32_t>(from, "sku")};
  item.title = reader.string(from, "title");
  item.total = reader.integer<std::uint32_t>(from, "total");
  item.available = reader.integer<std::uint32_t>(from, "available");
  item.held = reader.integer<std::uint32_t>(from, "held");
  item.sold = reader.integer<std::uint32_t>(from, "sold");
  return item;
}

sale_info sale_from(json_reader& reader, const json::value& from) {
  sale_info sale;
  sale.id = reader.id<sale_id>(from, "id");
  sale.title = reader.string(from, "title");
  sale.opens_at_ms = reader.integer<time_ms>(from, "opens_at_ms");
  sale.closes_at_ms = reader.integer<time_ms>(from, "closes_at_ms");
  sale.reservation_ttl_ms = reader.integer<time_ms>(from, "reservation_ttl_ms");
  sale.limit_per_buyer = reader.integer<std::uint32_t>(from, "limit_per_buyer");
  sale.status = reader.string(from, "status");
  for (const json::value& each : reader.array(from, "items")) sale.items.push_back(item_from(reader, each));
  return sale;
}

std::uint64_t units_of(json_reader& reader, const json::value& from) {
  std::uint64_t units = 0;
  for (const json::value& each : reader.array(from, "lines")) {
    units += reader.integer<std::uint32_t>(each, "quantity");
  }
  return units;
}

std::string decimal(auto id) { return std::to_string(to_integer(id)); }

}  // namespace

std::uint64_t sale_info::stock() const noexcept {
  std::uint64_t units = 0;
  for (const item_info& each : items) units += each.total;
  return units;
}

std::uint64_t sale_info::sold() const noexcept {
  std::uint64_t units = 0;
  for (const item_info& each : items) units += each.sold;
  return units;
}

// On the generator's hottest path, hence the memory on the stack.
reply read_reply(const http_response& response) {
  std::byte memory[4096];
  json::monotonic_resource arena(memory, sizeof memory);
  boost::system::error_code failed;
  const auto document = json::parse({response.body.data(), response.body.size()}, failed, &arena);
  if (failed || !document.is_object()) return {};
  const json::object& fields = document.get_object();
  const json::value* name = fields.if_contains("outcome");
  if (name == nullptr || !name->is_string()) return {};
  const auto code = outcome_from_string({name->get_string().data(), name->get_string().size()});
  if (!code) return {};

  reply read{.of_the_domain = true, .code = *code};
  if (const auto* replayed = fields.if_contains("replayed"); replayed != nullptr && replayed->is_bool()) {
    read.replayed = replayed->get_bool();
  }
  if (const auto* id = fields.if_contains("reservation_id"); id != nullptr && id->is_string()) {
    std::uint64_t number = 0;
    const json::string& text = id->get_string();
    std::from_chars(text.data(), text.data() + text.size(), number);
    read.reservation = reservation_id{number};
  }
  return read;
}

result<time_ms> read_time(std::string_view text) {
  json_reader reader(text);
  return reader.finish(reader.integer<time_ms>(reader.document(), "now_ms"));
}

result<sale_info> read_sale(std::string_view text) {
  json_reader reader(text);
  return reader.finish(sale_from(reader, reader.document()));
}

result<sale_page> read_sales(std::string_view text) {
  json_reader reader(text);
  sale_page page;
  for (const json::value& each : reader.array(reader.document(), "sales")) {
    page.sales.push_back(sale_from(reader, each));
  }
  if (reader.has(reader.document(), "next")) page.next = reader.id<sale_id>(reader.document(), "next");
  return reader.finish(std::move(page));
}

result<order_info> read_order(std::string_view text) {
  json_reader reader(text);
  const json::value& from = reader.document();
  order_info order;
  order.reservation = reader.id<reservation_id>(from, "reservation_id");
  order.sale = reader.id<sale_id>(from, "sale_id");
  order.buyer = reader.id<buyer_id>(from, "buyer");
  order.units = units_of(reader, from);
  order.status = reader.string(from, "status");
  return reader.finish(std::move(order));
}

result<reservation_info> read_reservation(std::string_view text) {
  json_reader reader(text);
  const json::value& from = reader.document();
  reservation_info reservation;
  reservation.reservation = reader.id<reservation_id>(from, "reservation_id");
  reservation.sale = reader.id<sale_id>(from, "sale_id");
  reservation.buyer = reader.id<buyer_id>(from, "buyer");
  reservation.units = units_of(reader, from);
  reservation.state = reader.string(from, "state");
  return reader.finish(std::move(reservation));
}

const sale_info* choose(const std::vector<sale_info>& sales) {
  constexpr int no_use = 3;
  const auto rank = [](const sale_info& sale) {
    if (sale.status == "open") return sale.sold() < sale.stock() ? 0 : 2;
    return sale.status == "scheduled" ? 1 : no_use;
  };
  const auto order = [&](const sale_info& sale) { return std::pair(rank(sale), sale.opens_at_ms); };
  const auto best = std::ranges::min_element(sales, {}, order);
  return best == sales.end() || rank(*best) == no_use ? nullptr : &*best;
}

std::string sales_target(std::optional<sale_id> after) {
  std::string target = "/api/v1/sales?limit=100";
  if (after) target += "&after=" + decimal(*after);
  return target;
}

std::string reserve_target(sale_id sale) { return "/api/v1/sales/" + decimal(sale) + "/reservations"; }

std::string reserve_body(buyer_id buyer, sku_id sku, std::uint32_t quantity) {
  return R"({"buyer":")" + decimal(buyer) + R"(","lines":[{"sku":)" + decimal(sku) + R"(,"quantity":)" +
         std::to_string(quantity) + "}]}";
}

std::string reservation_target(reservation_id reservation, std::string_view verb) {
  std::string target = "/api/v1/reservations/" + decimal(reservation);
  if (!verb.empty()) target.append("/").append(verb);
  return target;
}

std::string order_target(reservation_id reservation) { return "/api/v1/orders/" + decimal(reservation); }

std::string confirm_body(std::string_view payment) {
  return R"({"payment_id":")" + std::string(payment) + R"("})";
}

}  // namespace seckill::crowd
