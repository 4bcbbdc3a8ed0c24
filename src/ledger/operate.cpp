// What operators ask is decided here.
#include "emit.hpp"
#include "validate.hpp"
#include <seckill/hash.hpp>

#include <string_view>

namespace seckill::inline v1 {
namespace {

std::uint64_t digest_of_text(std::string_view text, std::uint64_t seed) {
  return xxh64(std::as_bytes(std::span(text)), seed);
}

}  // namespace

std::uint64_t digest_of(const sale_definition& definition) {
  // The stored form without its ids says everything that a repetition must have in common.
  event_buffer canonical;
  canonical.append(sale_created{{}, {}, definition});
  return xxh64(canonical.bytes(), 1);
}
std::uint64_t digest_of(sku_id sku, std::int64_t delta) {
  return mix(
      mix(to_integer(sku) ^ 0x2545f4914f6cdd1dU, 0x9e3779b97f4a7c15U) ^ static_cast<std::uint64_t>(delta),
      0xd6e8feb86659fd93U);
}
std::uint64_t digest_of(sale_switch position) {
  return mix(static_cast<std::uint64_t>(position) + 3, 0xd6e8feb86659fd93U);
}
std::uint64_t digest_of(const payment_id& payment) { return digest_of_text(payment.view(), 2); }

std::optional<answer> ledger::state::replay_operator(request_id request, sale_id sale,
                                                     std::uint64_t digest) const {
  const slot known = requests.find(request, records).at;
  if (known == 0) return std::nullopt;
  const record& entry = records[known];
  const bool same = entry.state == record_state::operator_command && entry.digest == digest &&
                    (to_integer(sale) == 0 || sales[entry.sale].id == sale);
  if (same) return answer{.code = outcome::applied, .replayed = true, .sale = sales[entry.sale].id};
  // A tombstone names a reserve that will not come any more.
  return answer{.code = outcome::request_mismatch};
}

answer ledger::state::create_sale(const create_sale_command& what, event_buffer& events) {
  if (!validate(what, bounds)) return {.code = outcome::invalid_request};
  if (const auto known = replay_operator(what.request, what.sale, digest_of(what.definition))) return *known;
  if (sales.find(what.sale)) return {.code = outcome::sale_exists};
  std::uint64_t units = stock_total;
  for (const item_definition& item : what.definition.items) units += item.stock;
  if (units > bounds.stock_max || sales.size() >= bounds.sales_max)
    return {.code = outcome::capacity_exceeded};

  const sale_id sale = to_integer(what.sale) != 0 ? what.sale : next_sale_id();
  emit(sale_created{what.request, sale, what.definition}, events);
  return {.code = outcome::applied, .sale = sale};
}

answer ledger::state::restock(const restock_command& what, event_buffer& events) {
  if (what.request.is_zero() || to_integer(what.sale) == 0 || to_integer(what.sku) == 0 || what.delta == 0)
    return {.code = outcome::invalid_request};
  if (const auto known = replay_operator(what.request, what.sale, digest_of(what.sku, what.delta)))
    return *known;
  const auto sale = sales.find(what.sale);
  if (!sale) return {.code = outcome::sale_not_found};
  const auto item = sales[*sale].item_of(what.sku);
  if (!item) return {.code = outcome::sku_not_found};
  if (what.delta < 0 && what.delta < -std::int64_t{sales[*sale].stock[*item].available})
    return {.code = outcome::insufficient};
  if (what.delta > 0 && static_cast<std::uint64_t>(what.delta) > bounds.stock_max - stock_total)
    return {.code = outcome::capacity_exceeded};
  emit(stock_changed{what.request, what.sale, what.sku, what.delta}, events);
  return {.code = outcome::applied, .sale = what.sale};
}

answer ledger::state::switch_sale(const switch_sale_command& what, event_buffer& events) {
  if (what.request.is_zero() || to_integer(what.sale) == 0 || what.position > sale_switch::closed)
    return {.code = outcome::invalid_request};
  if (const auto known = replay_operator(what.request, what.sale, digest_of(what.position))) return *known;
  const auto sale = sales.find(what.sale);
  if (!sale) return {.code = outcome::sale_not_found};
  if (sales[*sale].position == sale_switch::closed) return {.code = outcome::sale_closed};
  emit(sale_switched{what.request, what.sale, what.position}, events);
  return {.code = outcome::applied, .sale = what.sale};
}

}  // namespace seckill::inline v1
