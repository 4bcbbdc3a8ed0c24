#pragma once

#include "tests/support/shop.hpp"

namespace seckill::testing {

/// Bounds so small that a few events or records reach them.
inline ledger_params fuzzed_bounds() {
  ledger_params small;
  small.stock_max = 100;
  small.remembered_max = 8;
  small.tombstones_max = 4;
  small.operator_requests_max = 8;
  small.sales_max = 4;
  small.items_per_sale_max = 4;
  return small;
}

/// A ledger on whose state made-up events can build: one sale, and a reservation in each state.
inline shop started_shop() {
  shop told(fuzzed_bounds());
  const sale_id sale = told.open_sale(sale_of({{1, 20}, {2, 20}}, 6));
  const auto late = told.reserve(sale, 4, {{sku_id{2}, 1}}).reservation;
  told.now += ttl;
  told.expire();
  told.confirm(late, "late");
  told.reserve(sale, 1, {{sku_id{1}, 1}}, req(1));
  const auto paid = told.reserve(sale, 2, {{sku_id{1}, 2}, {sku_id{2}, 1}}, req(2)).reservation;
  const auto dropped = told.reserve(sale, 3, {{sku_id{2}, 3}}, req(3)).reservation;
  told.confirm(paid, "p", {{sku_id{1}, 1}});
  told.cancel(dropped);
  told.cancel_request(sale, req(4));
  return told;
}

}  // namespace seckill::testing
