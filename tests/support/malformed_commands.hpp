#pragma once

#include "tests/support/shop.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace seckill::testing {

/// Commands as no careful caller writes them: every number at its edges, every enumeration out of its range, text that
/// is no text. Mostly one field is wrong and the rest is plausible, so that each rule is met on its own.
class malformed_commands {
 public:
  explicit malformed_commands(std::uint64_t seed) : random_(seed) {}

  command next() {
    switch (below(8)) {
      case 0:
        return creation();
      case 1:
        return restock_command{request(), sale(), sku(), number<std::int64_t>(3)};
      case 2:
        return switch_sale_command{request(), sale(), enumeration<sale_switch>(2)};
      case 3:
        return confirm_command{reservation(), payment(), lines()};
      case 4:
        return cancel_command{reservation()};
      case 5:
        return cancel_request_command{request(), sale()};
      default:
        return reserve_command{request(), sale(), buyer_id{number<std::uint64_t>(4)}, lines()};
    }
  }

  create_sale_command creation() {
    create_sale_command made{request(), {}, sale_of({{1, 3}, {2, 3}}, number<std::uint32_t>(3))};
    if (chance(30)) made.sale = sale();
    sale_definition& sale = made.definition;
    sale.late = enumeration<late_payment>(1);
    if (chance(15)) sale.title = text();
    if (chance(10)) sale.opens_at_ms = number<time_ms>(opens);
    if (chance(10)) sale.closes_at_ms = number<time_ms>(closes);
    if (chance(10)) sale.reservation_ttl_ms = number<time_ms>(ttl);
    if (chance(5)) sale.currency = {'E', static_cast<char>(below(256)), 'R'};
    if (chance(5)) sale.items.clear();
    if (chance(5)) sale.items.resize(1 + below(12), sale_of({{9, 1}}).items[0]);
    for (item_definition& each : sale.items) {
      if (chance(10)) each.sku = sku();
      if (chance(10)) each.title = text();
      if (chance(10)) each.price_minor = number<std::int64_t>(100);
      if (chance(5)) each.stock = number<std::uint32_t>(3);
    }
    return made;
  }

  time_ms time(time_ms now) {
    return below(400) == 0 ? number<time_ms>(now) : now + static_cast<time_ms>(below(100));
  }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  /// A reservation that was made, for later commands.
  void remember(reservation_id made) { known_[below(known_.size())] = made; }

 private:
  /// Mostly 1 to `plausible`, else at an edge of its type.
  template <typename Number>
  Number number(std::uint64_t plausible) {
    if (chance(90)) return static_cast<Number>(1 + below(plausible));
    using limits = std::numeric_limits<Number>;
    const std::array<Number, 8> edges = {0,
                                         limits::min(),
                                         limits::max(),
                                         Number(limits::max() - 1),
                                         Number(limits::min() + 1),
                                         Number(limits::max() / 2),
                                         Number(limits::max() / 4),
                                         Number(1)};
    return edges[below(edges.size())];
  }
  template <typename Enumeration>
  Enumeration enumeration(std::uint64_t last) {
    return static_cast<Enumeration>(chance(90) ? below(last + 1) : below(256));
  }
  request_id request() { return {number<std::uint64_t>(1), number<std::uint64_t>(400)}; }
  sale_id sale() { return sale_id{number<std::uint64_t>(8)}; }
  sku_id sku() { return sku_id{number<std::uint32_t>(2)}; }
  reservation_id reservation() {
    if (chance(70)) return known_[below(known_.size())];
    return reservation_id{number<std::uint64_t>(40) | (chance(50) ? std::uint64_t{1} << 32U : 0)};
  }
  basket lines() {
    basket made;
    for (std::uint64_t count = chance(80) ? 1 : below(basket::lines_max + 1); count > 0; --count)
      made.push_back({sku(), number<std::uint32_t>(2)});
    return made;
  }
  payment_id payment() { return payment_id::from(text()).value_or(payment_id{}); }
  std::string text() {
    static const std::array<std::string, 12> samples = {"",
                                                        "x",
                                                        std::string(200, 'x'),
                                                        std::string(201, 'x'),
                                                        std::string(64, '\0'),
                                                        "\xff",
                                                        "\xc0\x80",
                                                        "\xed\xa0\x80",
                                                        "\xf4\x90\x80\x80",
                                                        "\xe7\xa7",
                                                        "\xe7\xa7\x92",
                                                        std::string("a\0b", 3)};
    return samples[below(samples.size())];
  }

  std::mt19937_64 random_;
  std::array<reservation_id, 16> known_{};
};

}  // namespace seckill::testing
