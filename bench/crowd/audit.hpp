#pragma once

#include "plan.hpp"
#include "tally.hpp"
#include <seckill/error.hpp>
#include <seckill/ids.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::crowd {

struct audit_item {
  sku_id sku{};
  std::uint64_t total = 0;
  std::uint64_t available = 0;
  std::uint64_t held = 0;
  std::uint64_t sold = 0;
  bool balanced = false;  ///< as the service says; check_balance() counts for itself
};

struct audit_sale {
  sale_id id{};
  std::vector<audit_item> items;
};

/// The service's own audit: GET /admin/v1/audit.
struct audit_info {
  bool balanced = false;
  std::vector<audit_sale> sales;
  std::uint64_t last_sequence = 0;
  std::uint64_t durable_sequence = 0;
  std::uint64_t order_count = 0;
  std::map<std::string, std::uint64_t, std::less<>> orders_by_status;

  [[nodiscard]] std::uint64_t orders(std::string_view status) const noexcept;
};

/// Errors: errc::corrupt_data, naming the field.
[[nodiscard]] result<audit_info> read_audit(std::string_view json);

/// What is wrong in itself: an item whose units do not add up, orders that do not add up. Empty: nothing.
[[nodiscard]] std::vector<std::string> check_balance(const audit_info& now);

/// What does not fit together with what a crowd was told between two audits, if nobody else bought meanwhile:
/// one order for each acknowledged reservation and none besides, one paid order for each acknowledged
/// payment. Requests that were never answered may count or not. Empty: everything fits.
[[nodiscard]] std::vector<std::string> check_against(const audit_info& before, const audit_info& now,
                                                     const tally& counts);

/// Empty if every unit of the sale is sold.
[[nodiscard]] std::vector<std::string> check_sold_out(const audit_info& now, sale_id sale);

}  // namespace seckill::crowd
