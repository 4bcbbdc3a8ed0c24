#pragma once

#include <seckill/ledger.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seckill::testing {

inline constexpr time_ms opens = 1'000;
inline constexpr time_ms closes = 1'000'000;
inline constexpr time_ms ttl = 500;

struct item {
  std::uint32_t sku;
  std::uint32_t stock;
};

/// A sale that is open from `opens` to `closes`, for tests that do not care about the rest.
inline sale_definition sale_of(std::vector<item> items, std::uint32_t limit = 0) {
  sale_definition sale;
  sale.title = "drop";
  sale.opens_at_ms = opens;
  sale.closes_at_ms = closes;
  sale.reservation_ttl_ms = ttl;
  sale.limit_per_buyer = limit;
  sale.currency = {'E', 'U', 'R'};
  for (const item& each : items) sale.items.push_back({sku_id{each.sku}, "item", 100, each.stock});
  return sale;
}

inline payment_id pay(std::string_view text) { return payment_id::from(text).value(); }
inline request_id req(std::uint64_t number) { return {7, number}; }

/// A ledger with its clock and its journal, in words that read well in a test.
class shop {
 public:
  explicit shop(const ledger_params& params = {}) : books(params) {}

  sale_id open_sale(sale_definition definition) {
    const answer reply = books.create_sale({req(next_request_++), {}, std::move(definition)}, now, journal);
    return reply.sale;
  }
  answer reserve(sale_id sale, std::uint64_t buyer, basket lines, request_id request) {
    return books.reserve({request, sale, buyer_id{buyer}, lines}, now, journal);
  }
  answer reserve(sale_id sale, std::uint64_t buyer, basket lines) {
    return reserve(sale, buyer, lines, req(next_request_++));
  }
  answer confirm(reservation_id id, std::string_view payment, basket keep = {}) {
    return books.confirm({id, pay(payment), keep}, now, journal);
  }
  answer cancel(reservation_id id) { return books.cancel({id}, now, journal); }
  answer cancel_request(sale_id sale, request_id request) {
    return books.cancel_request({request, sale}, now, journal);
  }
  answer restock(sale_id sale, std::uint32_t sku, std::int64_t delta) {
    return books.restock({req(next_request_++), sale, sku_id{sku}, delta}, now, journal);
  }
  answer turn(sale_id sale, sale_switch position) {
    return books.switch_sale({req(next_request_++), sale, position}, now, journal);
  }
  std::size_t expire(std::size_t batch_max = 1'000'000) { return books.expire(now, batch_max, journal); }

  [[nodiscard]] item_stock stock(sale_id sale, std::size_t item_at = 0) const {
    return books.find_sale(sale)->items[item_at];
  }
  [[nodiscard]] reservation_state state_of(reservation_id id) const { return books.find(id)->state; }

  ledger books;
  event_buffer journal;
  time_ms now = opens;

 private:
  std::uint64_t next_request_ = 1'000'000;
};

}  // namespace seckill::testing
