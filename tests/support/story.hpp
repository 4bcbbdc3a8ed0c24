#pragma once

#include "shop.hpp"
#include <seckill/event.hpp>

#include <utility>
#include <vector>

namespace seckill::testing {

/// The events of one ledger, told one after another.
class story {
 public:
  std::uint64_t add(event_body body, time_ms at_ms = opens) {
    events.push_back({next_++, at_ms, std::move(body)});
    return events.back().sequence;
  }
  std::uint64_t create_sale(sale_id sale, sale_definition definition) {
    return add(sale_created{req(1), sale, std::move(definition)});
  }
  std::uint64_t reserve(sale_id sale, std::uint64_t reservation, std::uint64_t buyer, basket lines,
                        time_ms at_ms = opens) {
    return add(units_reserved{sale, reservation_id{reservation}, buyer_id{buyer}, req(reservation), lines},
               at_ms);
  }
  [[nodiscard]] std::uint64_t last() const noexcept { return next_ - 1; }

  std::vector<event> events;

 private:
  std::uint64_t next_ = 1;
};

/// Sells sku 1 at 100 and sku 2 at 250, in EUR.
inline constexpr sale_id story_sale{5};
inline sale_definition story_definition() {
  sale_definition sale = sale_of({{1, 100}, {2, 100}});
  sale.items[1].price_minor = 250;
  return sale;
}
inline story started_story() {
  story told;
  told.create_sale(story_sale, story_definition());
  return told;
}

}  // namespace seckill::testing
