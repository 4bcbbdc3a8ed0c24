#pragma once

#include "tests/support/shop.hpp"
#include <seckill/command.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace seckill::testing {

/// Draws by seed: commands that collide often, because there are few buyers, few units, few request ids and
/// deadlines that pass.
class workload {
 public:
  explicit workload(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  template <typename Value>
  const Value& among(const std::vector<Value>& values) {
    return values[below(values.size())];
  }

  static constexpr std::uint64_t definitions = 5;
  static constexpr std::uint64_t buyers = 6;

  request_id request() { return chance(2) ? request_id{} : req(1 + below(400)); }
  /// One of those there are, mostly.
  sale_id sale(const std::vector<sale_id>& known) {
    return known.empty() || chance(3) ? sale_id{below(12)} : among(known);
  }
  sku_id sku() { return sku_id{static_cast<std::uint32_t>(1 + below(chance(3) ? 5 : 3))}; }
  payment_id payment() { return chance(2) ? payment_id{} : pay(chance(80) ? "p" : "q"); }
  basket lines() {
    basket some;
    if (chance(1)) return some;
    const std::uint64_t first = to_integer(sku());
    for (std::uint64_t i = 0, count = chance(70) ? 1 : 2 + below(2); i < count; ++i) {
      const std::uint64_t next = chance(97) ? first + i : first;  // the same sku twice is refused
      some.push_back({sku_id{static_cast<std::uint32_t>(next > 3 ? next - 3 : next)},
                      static_cast<std::uint32_t>(chance(97) ? 1 + below(chance(50) ? 1 : 3) : below(200))});
    }
    return some;
  }

  /// The creation of a sale; the same number is the same request, and mostly says the same.
  create_sale_command creation() {
    const std::uint64_t number = below(definitions);
    const std::uint64_t content = chance(97) ? number : below(definitions);
    const sale_id asked{chance(20) ? 1 + below(12) : 0};
    return {req(1'000 + number), chance(80) ? sale_id{} : asked, definition(content)};
  }
  static sale_definition definition(std::uint64_t number) {
    constexpr std::uint32_t limits[definitions] = {4, 0, 2, 0, 7};
    sale_definition sale = sale_of({{1, 4}, {2, 3}, {3, 2}}, limits[number]);
    sale.title = "drop " + std::to_string(number);
    sale.opens_at_ms = opens + 200 * static_cast<time_ms>(number);
    sale.closes_at_ms = 40'000 - 5'000 * static_cast<time_ms>(number);
    sale.late = number % 2 == 0 ? late_payment::resell : late_payment::refuse;
    sale.reservation_ttl_ms = 300 + 150 * static_cast<time_ms>(number);
    return sale;
  }

  /// A command about something that exists, mostly. `known` draws a reservation id.
  template <typename Known>
  command next(const std::vector<sale_id>& sales, Known&& known) {
    const std::uint64_t kind = below(100);
    if (kind < 55) return reserve_command{request(), sale(sales), buyer_id{below(buyers)}, lines()};
    if (kind < 75) return confirm_command{known(), payment(), chance(20) ? lines() : basket{}};
    if (kind < 88) return cancel_command{known()};
    if (kind < 93) return cancel_request_command{request(), sale(sales)};
    if (kind < 98)
      return restock_command{request(), sale(sales), sku(), static_cast<std::int64_t>(below(5)) - 2};
    const auto position = chance(3) ? sale_switch::closed : static_cast<sale_switch>(below(2));
    return switch_sale_command{request(), sale(sales), position};
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace seckill::testing
