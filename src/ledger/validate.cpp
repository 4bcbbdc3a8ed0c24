// The rules that need no state: what a definition must be like before a ledger accepts it, and what a stored one is
// like.
#include "ledger/validate.hpp"

#include <seckill/ledger.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

namespace seckill::inline v1 {
namespace {

constexpr std::size_t title_bytes_max = 800;  // 200 characters of up to four bytes
constexpr std::size_t items_stored_max = 65'535;

using fault = std::optional<std::string>;

bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }

// How many bytes of `text` are one UTF-8 character, at its beginning; 0: none are.
// Source: RFC 3629, section 4.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < size) return 0;
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  return size;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

fault title_fault(std::string_view title, std::size_t bytes_min) {
  if (title.size() < bytes_min || title.size() > title_bytes_max)
    return "title: must be " + std::to_string(bytes_min) + " to " + std::to_string(title_bytes_max) +
           " bytes, not " + std::to_string(title.size());
  return std::nullopt;
}

fault window_fault(const sale_definition& sale) {
  if (sale.opens_at_ms <= 0) return "opens_at_ms: must be above 0";
  if (sale.closes_at_ms <= sale.opens_at_ms) return "closes_at_ms: must be later than opens_at_ms";
  if (sale.closes_at_ms > time_length_max_ms)
    return "closes_at_ms: must be at most " + std::to_string(time_length_max_ms);
  if (sale.reservation_ttl_ms <= 0 || sale.reservation_ttl_ms > time_length_max_ms)
    return "reservation_ttl_ms: must be 1 to " + std::to_string(time_length_max_ms);
  return std::nullopt;
}

fault item_fault(const item_definition& item) {
  if (to_integer(item.sku) == 0) return "sku: must not be 0";
  if (auto wrong = title_fault(item.title, 0)) return wrong;
  if (item.price_minor < 0 || item.price_minor > price_minor_max)
    return "price_minor: must be 0 to " + std::to_string(price_minor_max);
  return std::nullopt;
}

std::string item_name(std::size_t index) { return "items[" + std::to_string(index) + "]."; }

fault repeated_sku(std::span<const item_definition> items) {
  std::vector<std::pair<sku_id, std::size_t>> skus;
  for (const item_definition& each : items) skus.emplace_back(each.sku, skus.size());
  std::ranges::sort(skus);
  const auto same = std::ranges::adjacent_find(skus, {}, &std::pair<sku_id, std::size_t>::first);
  if (same == skus.end()) return std::nullopt;
  return item_name(std::next(same)->second) + "sku: must differ from " + item_name(same->second) + "sku";
}

fault items_fault(std::span<const item_definition> items, std::size_t count_max) {
  if (items.empty() || items.size() > count_max)
    return "items: must be 1 to " + std::to_string(count_max) + " (ledger_params.items_per_sale_max), not " +
           std::to_string(items.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    if (auto wrong = item_fault(items[i])) return item_name(i) + *wrong;
  return repeated_sku(items);
}

fault encoding_fault(std::span<const item_definition> items) {
  for (std::size_t i = 0; i < items.size(); ++i)
    if (!is_utf8(items[i].title)) return item_name(i) + "title: must be UTF-8";
  return std::nullopt;
}

fault definition_fault(const sale_definition& sale, std::size_t items_max) {
  if (auto wrong = title_fault(sale.title, 1)) return wrong;
  if (auto wrong = window_fault(sale)) return wrong;
  if (sale.late > late_payment::refuse) return "late: must be late_payment::resell or late_payment::refuse";
  if (!std::ranges::all_of(sale.currency, is_capital))
    return "currency: must be an ISO 4217 code of three capital letters";
  return items_fault(sale.items, items_max);
}

fault creation_fault(const create_sale_command& what, const ledger_params& bounds) {
  if (what.request.is_zero()) return "request: must not be zero";
  if (!lives_in(what.sale, bounds) && to_integer(what.sale) != 0)
    return "sale: id " + std::to_string(to_integer(what.sale)) + " belongs to another shard";
  if (auto wrong = definition_fault(what.definition, bounds.items_per_sale_max)) return wrong;
  if (!is_utf8(what.definition.title)) return "title: must be UTF-8";
  return encoding_fault(what.definition.items);
}

}  // namespace

result<void> validate(const create_sale_command& what, const ledger_params& bounds) {
  if (auto wrong = creation_fault(what, bounds)) return make_error(errc::invalid_argument, *wrong);
  return {};
}

// Not the encoding of titles and not ledger_params.items_per_sale_max: a sale that an earlier version or a wider
// bound accepted is no damage.
std::optional<std::string> stored_definition_fault(const sale_definition& sale) {
  return definition_fault(sale, items_stored_max);
}

}  // namespace seckill::inline v1
