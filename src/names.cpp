#include <seckill/order.hpp>
#include <seckill/sale.hpp>

namespace seckill::inline v1 {

std::string_view to_string(sale_status status) noexcept {
  switch (status) {
    case sale_status::scheduled:
      return "scheduled";
    case sale_status::open:
      return "open";
    case sale_status::paused:
      return "paused";
    case sale_status::closed:
      return "closed";
  }
  return "unknown";
}

std::string_view to_string(late_payment rule) noexcept {
  switch (rule) {
    case late_payment::resell:
      return "resell";
    case late_payment::refuse:
      return "refuse";
  }
  return "unknown";
}

std::string_view to_string(order_status status) noexcept {
  switch (status) {
    case order_status::pending_payment:
      return "pending_payment";
    case order_status::paid:
      return "paid";
    case order_status::cancelled:
      return "cancelled";
    case order_status::expired:
      return "expired";
    case order_status::unfulfilled:
      return "unfulfilled";
  }
  return "unknown";
}

}  // namespace seckill::inline v1
