#pragma once

#include <seckill/availability_board.hpp>
#include <seckill/http/part_health.hpp>
#include <seckill/ids.hpp>
#include <seckill/ledger.hpp>
#include <seckill/order.hpp>
#include <seckill/ports/order_store.hpp>
#include <seckill/time_status.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1::http {

/// The bodies of what can be read. Each appends one JSON value.

void render_time(std::string& body, time_ms now);

/// How ledger time stands to the wall clock.
void render_time_status(std::string& body, const time_status& status);

/// A sale with its items. REQUIRES: `shown.items` as long as the definition's.
void render_sale(std::string& body, const board_sale& shown, time_ms now);

/// The data of a `stock` event: what of a sale changes.
void render_stock(std::string& body, const board_sale& shown, time_ms now);

void render_reservation(std::string& body, const reservation_view& known, time_ms now);
void render_order(std::string& body, const order& known);

/// `{"orders":[...]}`, and `"next"`, to be given as `before`, if the page is as long as was asked.
void render_orders(std::string& body, std::span<const order> page, std::size_t limit);

/// "available", "all_held" or "sold_out".
[[nodiscard]] std::string_view availability_of(const item_stock& stock) noexcept;

/// What an audit found.
struct audit_view {
  struct sale {
    sale_id id{};
    std::shared_ptr<const sale_definition> definition;
    std::vector<item_stock> items;
  };
  std::vector<sale> sales;             ///< ascending
  std::uint64_t last_sequence = 0;     ///< summed over the shards
  std::uint64_t durable_sequence = 0;  ///< summed over the shards
  order_counts orders{};
  std::vector<std::string> violations;  ///< of a full audit
  std::vector<part_health> health;
};
void render_audit(std::string& body, const audit_view& found);

}  // namespace seckill::inline v1::http
