#include "demo_sale.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>

namespace flash_sale {

using namespace seckill;

namespace {

bool has_ended(const board_sale& sale, time_ms now) {
  if (status_at(*sale.definition, sale.position, now) == sale_status::closed) return true;
  return std::ranges::all_of(sale.items, [](const item_stock& item) { return item.sold == item.total; });
}

std::optional<board_sale> sale_to_go_on_with(const engine& shop, time_ms now) {
  for (const sale_id id : shop.sales()) {
    auto sale = shop.find_sale(id);
    if (sale && !has_ended(*sale, now)) return sale;
  }
  return std::nullopt;
}

std::optional<board_sale> sale_of_title(const engine& shop, const std::string& title) {
  for (const sale_id id : shop.sales()) {
    auto sale = shop.find_sale(id);
    if (sale && sale->definition->title == title) return sale;
  }
  return std::nullopt;
}

std::string describe(const board_sale& sale, time_ms now) {
  std::uint64_t total = 0;
  std::uint64_t sold = 0;
  for (const item_stock& item : sale.items) {
    total += item.total;
    sold += item.sold;
  }
  return "sale " + std::to_string(to_integer(sale.sale)) + " \"" + sale.definition->title + "\" (" +
         std::string(to_string(status_at(*sale.definition, sale.position, now))) + ", " +
         std::to_string(sold) + " of " + std::to_string(total) + " units sold)";
}

request_id random_request() {
  std::random_device random;
  const auto half = [&] { return (std::uint64_t{random()} << 32U) | random(); };
  return {.high = half(), .low = half() | 1U};
}

std::string cure_for(outcome refused) {
  if (refused != outcome::capacity_exceeded) return {};
  return "; the sales in the data directory leave no room for it: raise --stock-max or --sales-max, or lower "
         "--stock";
}

}  // namespace

sale_definition define(const demo_sale_params& params, time_ms now) {
  sale_definition sale;
  sale.title = params.title;
  sale.opens_at_ms = now + time_ms{params.opens_in_s} * 1'000;
  sale.closes_at_ms = sale.opens_at_ms + time_ms{params.open_for_s} * 1'000;
  sale.reservation_ttl_ms = time_ms{params.ttl_s} * 1'000;
  sale.limit_per_buyer = params.limit;
  std::copy_n(params.currency.begin(), sale.currency.size(), sale.currency.begin());
  for (std::uint32_t i = 0; i < params.sku_count; ++i) {
    const std::uint32_t left_over = i < params.stock % params.sku_count ? 1 : 0;
    sale.items.push_back(
        {.sku = sku_id{i + 1},
         .title = params.sku_count == 1 ? params.title : params.title + " " + std::to_string(i + 1),
         .price_minor = params.price_minor,
         .stock = params.stock / params.sku_count + left_over});
  }
  return sale;
}

result<std::string> ensure_sale(engine& shop, const demo_sale_params& params, time_ms now) {
  if (const auto sale = sale_to_go_on_with(shop, now)) return "going on with " + describe(*sale, now);
  if (params.stock == 0)
    return std::string("no sale is open: create one with POST /admin/v1/sales, or start with --stock");
  if (const auto before = sale_of_title(shop, params.title); before && !params.again)
    return describe(*before, now) +
           " has ended, and no other is opened by itself: name another --sale-title, or start with "
           "--open-again";
  const answer created = shop.execute(
      create_sale_command{.request = random_request(), .sale = {}, .definition = define(params, now)});
  if (created.code != outcome::applied) {
    return make_error(
        errc::capacity_exceeded,
        "the sale was not opened: " + std::string(to_string(created.code)) + cure_for(created.code));
  }
  return "opened sale " + std::to_string(to_integer(created.sale)) + " \"" + params.title +
         "\": " + std::to_string(params.stock) + " units from " + std::to_string(params.opens_in_s) +
         " s from now";
}

}  // namespace flash_sale
