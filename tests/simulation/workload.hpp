#pragma once

#include "tests/support/shop.hpp"
#include <seckill/command.hpp>

#include <cstdint>
#include <iterator>
#include <memory>
#include <random>

namespace seckill::testing {

/// Draws by seed: commands that collide often, because there are few buyers, few units, few request ids and
/// deadlines that pass.
class workload {
 public:
  explicit workload(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

  request_id request() { return chance(2) ? request_id{} : req(1 + below(400)); }
  sale_id sale() { return sale_id{1 + below(chance(3) ? 4 : 2)}; }
  sku_id sku() { return sku_id{static_cast<std::uint32_t>(1 + below(chance(3) ? 4 : 2))}; }
  payment_id payment() { return chance(2) ? payment_id{} : pay(chance(80) ? "p" : "q"); }
  basket lines() {
    basket some;
    for (std::uint64_t count = chance(70) ? 1 : below(4); count > 0; --count)
      some.push_back({sku(), static_cast<std::uint32_t>(chance(97) ? 1 + below(3) : below(200))});
    return some;
  }

  std::shared_ptr<const sale_definition> definition(std::uint32_t limit, late_payment late) {
    auto sale = std::make_shared<sale_definition>(sale_of({{1, 5}, {2, 3}}, limit));
    sale->closes_at_ms = 40'000;
    sale->late = late;
    sale->reservation_ttl_ms = 300 + static_cast<time_ms>(below(600));
    return sale;
  }

  /// A command about something that exists, mostly. `known` draws a reservation id.
  template <typename Known>
  command next(Known&& known) {
    const std::uint64_t kind = below(100);
    if (kind < 55) return reserve_command{request(), sale(), buyer_id{below(6)}, lines()};
    if (kind < 75) return confirm_command{known(), payment(), chance(20) ? lines() : basket{}};
    if (kind < 88) return cancel_command{known()};
    if (kind < 93) return cancel_request_command{request(), sale()};
    if (kind < 98) return restock_command{request(), sale(), sku(), static_cast<std::int64_t>(below(5)) - 2};
    const auto position = chance(3) ? sale_switch::closed : static_cast<sale_switch>(below(2));
    return switch_sale_command{request(), sale(), position};
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace seckill::testing
