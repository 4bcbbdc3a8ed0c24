#pragma once

#include <seckill/export.hpp>
#include <seckill/ids.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

/// What happens to a payment that arrives after the deadline.
enum class late_payment : std::uint8_t {
  resell = 0,  ///< Take the units again if they and the buyer's limit allow; else unfulfilled.
  refuse = 1,  ///< Always unfulfilled.
};

/// What a shopper would see now. `scheduled`, `open` and `closed` follow from the time and the operator's
/// switch.
enum class sale_status : std::uint8_t {
  scheduled = 0,
  open = 1,
  paused = 2,
  closed = 3,
};

/// The operator's switch. `closed` is final.
enum class sale_switch : std::uint8_t {
  running = 0,
  paused = 1,
  closed = 2,
};

/// ISO 4217 code, for example {'C','N','Y'}.
using currency_code = std::array<char, 3>;

/// So that the amount of no order overflows: 8 lines of 65,535 units.
inline constexpr std::int64_t price_minor_max = std::numeric_limits<std::int64_t>::max() / (8 * 65'535);

/// One item of a sale as it was created. Immutable; the stock of the moment is in `item_stock`.
struct item_definition {
  sku_id sku{};
  std::string title{};           ///< UTF-8, at most 800 bytes
  std::int64_t price_minor = 0;  ///< per unit, in the currency's minor unit, 0 to price_minor_max
  std::uint32_t stock = 0;       ///< units at the start
};

/// A sale as it was created. Immutable.
struct sale_definition {
  std::string title{};  ///< UTF-8, 1 to 800 bytes
  time_ms opens_at_ms = 0;
  time_ms closes_at_ms = 0;  ///< exclusive; later than opens_at_ms
  time_ms reservation_ttl_ms = 0;
  std::uint32_t limit_per_buyer =
      0;  ///< units held and owned by one buyer over all skus of the sale; 0: no limit
  late_payment late = late_payment::resell;
  currency_code currency{};              ///< of every price in this sale
  std::vector<item_definition> items{};  ///< 1 to ledger_params::items_per_sale_max, skus distinct
};

/// The stock of one item at an instant: `total == available + held + sold`.
struct item_stock {
  std::uint32_t total = 0;
  std::uint32_t available = 0;
  std::uint32_t held = 0;
  std::uint32_t sold = 0;

  [[nodiscard]] constexpr bool balanced() const noexcept {
    return std::uint64_t{available} + held + sold == total;
  }
  friend constexpr bool operator==(const item_stock&, const item_stock&) = default;
};

/// The status that a sale shows at `now`.
[[nodiscard]] constexpr sale_status status_at(const sale_definition& sale, sale_switch position,
                                              time_ms now) noexcept {
  if (position == sale_switch::closed || now >= sale.closes_at_ms) return sale_status::closed;
  if (now < sale.opens_at_ms) return sale_status::scheduled;
  return position == sale_switch::paused ? sale_status::paused : sale_status::open;
}

[[nodiscard]] SECKILL_EXPORT std::string_view to_string(sale_status status) noexcept;
[[nodiscard]] SECKILL_EXPORT std::string_view to_string(late_payment rule) noexcept;

}  // namespace seckill::inline v1
