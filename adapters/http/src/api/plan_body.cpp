#include "plan_body.hpp"

#include "json_object.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <span>

namespace seckill::inline v1::http {
namespace {

using reading = std::variant<problem, command, query>;
using names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 2> line_fields = {"sku", "quantity"};
constexpr std::array<std::string_view, 2> reserve_fields = {"buyer", "lines"};
constexpr std::array<std::string_view, 2> confirm_fields = {"payment_id", "lines"};
constexpr std::array<std::string_view, 2> restock_fields = {"sku", "delta"};
constexpr std::array<std::string_view, 7> sale_fields = {
    "title", "opens_at_ms", "closes_at_ms", "reservation_ttl_ms", "limit_per_buyer", "late_payment", "items"};
constexpr std::array<std::string_view, 5> item_fields = {"sku", "title", "price_minor", "currency", "stock"};
constexpr std::array<std::string_view, 2> late_payments = {"resell", "refuse"};  // in the order of the enum

constexpr std::int64_t u32_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t quantity_max = 65'535;  // the widest that a ledger can be set to take
/// 2^53 - 1: the largest integer that every JSON reader keeps. As a time it is the year 287,396.
constexpr std::int64_t safe_integer_max = 9'007'199'254'740'991;
constexpr std::size_t title_size_max = 200;  // characters; a ledger takes four bytes for each

/// Parses the body and lets `read` take it apart; its command is given only if nothing was wrong.
template <typename Read>
reading read_body(std::string_view body, names known, json_tape& scratch, const Read& read) {
  if (!scratch.parse(body)) return invalid_field("body", "must be one JSON document: " + scratch.error());
  violation first;
  const field_path root;
  json_object top(scratch, 0, root, known, first);
  if (first.found() && first.field.empty()) first.field = "body";
  command made = read(top);
  if (first.found()) return invalid_field(std::move(first.field), std::move(first.detail));
  return made;
}

sku_id read_sku(json_object& from) {
  return sku_id{static_cast<std::uint32_t>(from.integer("sku", 1, u32_max))};
}

basket read_lines(json_object& from) {
  basket lines;
  from.objects("lines", 1, basket::lines_max, line_fields, [&](json_object& each, std::size_t) {
    const line one{read_sku(each), static_cast<std::uint32_t>(each.integer("quantity", 1, quantity_max))};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].sku == one.sku)
        each.refuse("sku", "must differ from lines[" + std::to_string(i) + "].sku");
    }
    lines.push_back(one);
  });
  return lines;
}

/// Printable ASCII, of which a character is a byte: so a reference is as long for the schema as for a ledger.
bool is_printable(char symbol) noexcept { return symbol >= ' ' && symbol <= '~'; }

bool is_currency(std::string_view text) noexcept {
  return text.size() == 3 &&
         std::ranges::all_of(text, [](char letter) { return letter >= 'A' && letter <= 'Z'; });
}

/// One currency for the whole sale: the first item's.
void read_currency(json_object& from, std::size_t index, sale_definition& sale) {
  const std::string_view text = from.text("currency", 3, 3);
  if (!is_currency(text)) return from.refuse("currency", "must be an ISO 4217 code of three capital letters");
  currency_code code{};
  std::ranges::copy(text, code.begin());
  if (index == 0) sale.currency = code;
  if (code != sale.currency) from.refuse("currency", "must be the same as items[0].currency");
}

void read_item(json_object& from, std::size_t index, sale_definition& sale) {
  item_definition item;
  item.sku = read_sku(from);
  const auto same_sku = std::ranges::find(sale.items, item.sku, &item_definition::sku);
  if (same_sku != sale.items.end()) {
    from.refuse("sku", "must differ from items[" + std::to_string(same_sku - sale.items.begin()) + "].sku");
  }
  item.title = from.text("title", 0, title_size_max);
  item.price_minor = from.integer("price_minor", 0, price_minor_max);
  read_currency(from, index, sale);
  item.stock = static_cast<std::uint32_t>(from.integer("stock", 0, u32_max));
  sale.items.push_back(std::move(item));
}

sale_definition read_sale(json_object& from, std::uint32_t items_max) {
  sale_definition sale;
  sale.title = from.text("title", 1, title_size_max);
  sale.opens_at_ms = from.integer("opens_at_ms", 1, safe_integer_max - 1);
  sale.closes_at_ms = from.integer("closes_at_ms", 2, safe_integer_max);
  if (sale.closes_at_ms <= sale.opens_at_ms) from.refuse("closes_at_ms", "must be later than opens_at_ms");
  sale.reservation_ttl_ms = from.integer("reservation_ttl_ms", 1, safe_integer_max);
  sale.limit_per_buyer = static_cast<std::uint32_t>(from.integer("limit_per_buyer", 0, u32_max));
  sale.late = static_cast<late_payment>(from.choice("late_payment", late_payments));
  from.objects("items", 1, items_max, item_fields,
               [&](json_object& each, std::size_t index) { read_item(each, index, sale); });
  return sale;
}

}  // namespace

reading read_reserve(std::string_view body, request_id key, sale_id sale, json_tape& scratch) {
  return read_body(body, reserve_fields, scratch, [&](json_object& top) -> command {
    const buyer_id buyer{top.id("buyer")};
    return reserve_command{key, sale, buyer, read_lines(top)};
  });
}

reading read_confirm(std::string_view body, reservation_id reservation, json_tape& scratch) {
  return read_body(body, confirm_fields, scratch, [&](json_object& top) -> command {
    const std::string_view reference = top.text("payment_id", 1, payment_id::size_max);
    if (!std::ranges::all_of(reference, is_printable))
      top.refuse("payment_id", "must be 1 to 64 printable ASCII characters");
    const auto payment = payment_id::from(reference);
    return confirm_command{reservation, payment.value_or(payment_id{}),
                           top.has("lines") ? read_lines(top) : basket{}};
  });
}

reading read_create_sale(std::string_view body, request_id key, std::uint32_t items_max, json_tape& scratch) {
  return read_body(body, sale_fields, scratch, [&](json_object& top) -> command {
    return create_sale_command{key, sale_id{}, read_sale(top, items_max)};
  });
}

reading read_restock(std::string_view body, request_id key, sale_id sale, json_tape& scratch) {
  return read_body(body, restock_fields, scratch, [&](json_object& top) -> command {
    const sku_id sku = read_sku(top);
    const std::int64_t delta = top.integer("delta", -u32_max, u32_max);
    if (delta == 0) top.refuse("delta", "must not be 0");
    return restock_command{key, sale, sku, delta};
  });
}

}  // namespace seckill::inline v1::http
