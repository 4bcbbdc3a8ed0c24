#pragma once

#include <seckill/basket.hpp>
#include <seckill/export.hpp>
#include <seckill/ids.hpp>
#include <seckill/payment_id.hpp>
#include <seckill/sale.hpp>

#include <cstdint>
#include <string_view>

namespace seckill::inline v1 {

/// Numbers are stable and stored.
enum class order_status : std::uint8_t {
  pending_payment = 1,
  paid = 2,
  cancelled = 3,
  expired = 4,
  unfulfilled = 5,  ///< paid too late, the units are gone: refund `payment`
};
inline constexpr std::size_t order_status_count = 6;  ///< to size tables indexed by status

/// What the rest of the shop works with: made from the reservation's events, exactly one per reservation.
struct order {
  reservation_id reservation{};  ///< also the order's id
  sale_id sale{};
  buyer_id buyer{};
  request_id request{};
  basket lines{};                 ///< what was reserved; once paid, what was kept
  std::int64_t amount_minor = 0;  ///< of `lines` at the sale's prices
  currency_code currency{};
  order_status status{};
  payment_id payment{};  ///< empty until paid or unfulfilled
  time_ms created_at_ms = 0;
  time_ms updated_at_ms = 0;
};

/// True for a status of the list.
[[nodiscard]] constexpr bool is_valid(order_status status) noexcept {
  return status >= order_status::pending_payment && status <= order_status::unfulfilled;
}
[[nodiscard]] SECKILL_EXPORT std::string_view to_string(order_status status) noexcept;

}  // namespace seckill::inline v1
