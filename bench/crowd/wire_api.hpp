#pragma once

#include "http_wire.hpp"
#include <seckill/error.hpp>
#include <seckill/ids.hpp>
#include <seckill/outcome.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::crowd {

/// What the service said to a command.
struct reply {
  bool of_the_domain =
      false;  ///< false: no outcome in it (a problem document, a proxy's page); the rest is empty
  outcome code{};
  bool replayed = false;
  reservation_id reservation{};
};

struct item_info {
  sku_id sku{};
  std::string title;
  std::uint32_t total = 0;
  std::uint32_t available = 0;
  std::uint32_t held = 0;
  std::uint32_t sold = 0;
};

struct sale_info {
  sale_id id{};
  std::string title;
  time_ms opens_at_ms = 0;
  time_ms closes_at_ms = 0;
  time_ms reservation_ttl_ms = 0;
  std::uint32_t limit_per_buyer = 0;
  std::string status;
  std::vector<item_info> items;

  [[nodiscard]] std::uint64_t stock() const noexcept;  ///< units of all items
  [[nodiscard]] std::uint64_t sold() const noexcept;   ///< units of all items
};

/// A page of the list of sales.
struct sale_page {
  std::vector<sale_info> sales;
  std::optional<sale_id> next;  ///< there are more: ask for those after this one
};

struct order_info {
  reservation_id reservation{};
  sale_id sale{};
  buyer_id buyer{};
  std::uint64_t units = 0;
  std::string status;
};

struct reservation_info {
  reservation_id reservation{};
  sale_id sale{};
  buyer_id buyer{};
  std::uint64_t units = 0;
  std::string state;
};

[[nodiscard]] reply read_reply(const http_response& response);

/// Errors of all readers: errc::corrupt_data, naming the field that is missing or wrong.
[[nodiscard]] result<time_ms> read_time(std::string_view json);
[[nodiscard]] result<sale_info> read_sale(std::string_view json);
[[nodiscard]] result<sale_page> read_sales(std::string_view json);
[[nodiscard]] result<order_info> read_order(std::string_view json);
[[nodiscard]] result<reservation_info> read_reservation(std::string_view json);

/// What a crowd would come for: an open sale that has something left, or else the next one to open, or else an open
/// one; null if there is none of them.
[[nodiscard]] const sale_info* choose(const std::vector<sale_info>& sales);

/// The targets and bodies of requests.
[[nodiscard]] std::string sales_target(std::optional<sale_id> after = {});
[[nodiscard]] std::string reserve_target(sale_id sale);
[[nodiscard]] std::string reserve_body(buyer_id buyer, sku_id sku, std::uint32_t quantity);
[[nodiscard]] std::string reservation_target(reservation_id reservation, std::string_view verb = {});
[[nodiscard]] std::string order_target(reservation_id reservation);
[[nodiscard]] std::string confirm_body(std::string_view payment);

}  // namespace seckill::crowd
