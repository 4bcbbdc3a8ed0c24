// Prints a frame and a stored snapshot as hexadecimal digits, and then what is in them. journal_reader.py, which
// knows only docs/internals/journal_format.md, has to come to the same.
#include "tests/support/bytes_snapshot.hpp"
#include "tests/support/shop.hpp"
#include <seckill/frame.hpp>
#include <seckill/snapshot_format.hpp>

#include <cstdio>
#include <string>

namespace seckill {
namespace {

using testing::shop;

void print_hex(const char* name, std::span<const std::byte> bytes) {
  std::printf("%s ", name);
  for (const std::byte each : bytes) std::printf("%02x", std::to_integer<unsigned>(each));
  std::printf("\n");
}

std::string text(request_id id) { return std::to_string(id.high) + ":" + std::to_string(id.low); }
template <typename Id>
std::string text(Id id) {
  return std::to_string(to_integer(id));
}
std::string text(const basket& lines) {
  std::string all = "[";
  for (const line& each : lines) all += " " + text(each.sku) + "*" + std::to_string(each.quantity);
  return all + " ]";
}

struct describe {
  std::string operator()(const sale_created& fact) const {
    const sale_definition& sale = fact.definition;
    std::string all = "sale_created " + text(fact.sale) + " " + text(fact.request) + " '" + sale.title +
                      "' " + std::to_string(sale.opens_at_ms) + " " + std::to_string(sale.closes_at_ms) +
                      " " + std::to_string(sale.reservation_ttl_ms) + " " +
                      std::to_string(sale.limit_per_buyer) + " " + std::string(to_string(sale.late)) + " " +
                      std::string(sale.currency.data(), 3);
    for (const item_definition& item : sale.items)
      all += " (" + text(item.sku) + " '" + item.title + "' " + std::to_string(item.price_minor) + " " +
             std::to_string(item.stock) + ")";
    return all;
  }
  std::string operator()(const stock_changed& fact) const {
    return "stock_changed " + text(fact.sale) + " " + text(fact.request) + " " + text(fact.sku) + " " +
           std::to_string(fact.delta);
  }
  std::string operator()(const sale_switched& fact) const {
    return "sale_switched " + text(fact.sale) + " " + text(fact.request) + " " +
           std::to_string(static_cast<int>(fact.position));
  }
  std::string operator()(const units_reserved& fact) const {
    return "units_reserved " + text(fact.sale) + " " + text(fact.reservation) + " " + text(fact.buyer) + " " +
           text(fact.request) + " " + text(fact.lines);
  }
  std::string operator()(const reservation_confirmed& fact) const {
    return "reservation_confirmed " + text(fact.reservation) + " '" + std::string(fact.payment.view()) +
           "' " + text(fact.kept) + (fact.late ? " late" : "");
  }
  std::string operator()(const reservation_cancelled& fact) const {
    return "reservation_cancelled " + text(fact.reservation);
  }
  std::string operator()(const reservation_expired& fact) const {
    return "reservation_expired " + text(fact.reservation);
  }
  std::string operator()(const payment_unfulfilled& fact) const {
    return "payment_unfulfilled " + text(fact.reservation) + " '" + std::string(fact.payment.view()) + "'";
  }
  std::string operator()(const reserve_forestalled& fact) const {
    return "reserve_forestalled " + text(fact.sale) + " " + text(fact.reservation) + " " + text(fact.request);
  }
};

// One of everything that can happen.
void play(shop& at) {
  sale_definition definition = testing::sale_of({{1, 5}, {2, 3}}, 4);
  definition.title = "a title of 20 bytes.";
  definition.late = late_payment::resell;
  const sale_id sale = at.open_sale(definition);
  const sale_id other = at.open_sale(testing::sale_of({{9, 1}}));
  at.restock(sale, 2, -1);
  at.restock(sale, 1, 1);
  const reservation_id basket = at.reserve(sale, 100, {{sku_id{1}, 2}, {sku_id{2}, 1}}).reservation;
  const reservation_id cancelled = at.reserve(sale, 101, {{sku_id{1}, 1}}).reservation;
  const reservation_id late = at.reserve(sale, 102, {{sku_id{1}, 1}}).reservation;
  const reservation_id unlucky = at.reserve(other, 103, {{sku_id{9}, 1}}).reservation;
  at.confirm(basket, "payment-1", {{sku_id{1}, 1}});
  at.cancel(cancelled);
  at.cancel_request(sale, {123, 456});
  at.now += testing::ttl;
  at.expire();
  at.reserve(other, 104, {{sku_id{9}, 1}});
  at.confirm(late, "a late payment");
  at.confirm(unlucky, "too late");
  at.turn(other, sale_switch::paused);
}

const snapshot_stamp sample_stamp{.identity = {{0x0123456789abcdef, 0xfedcba9876543210}, 1, 3},
                                  .last = {5, 1'234},
                                  .at_ms = 1'600,
                                  .wall_ms = 1'700};

void print_frame(const shop& at) {
  std::vector<std::byte> bytes;
  encode_frame(at.journal,
               {.identity = sample_stamp.identity,
                .term = 5,
                .first_sequence = 1'000,
                .at_ms = 1'234'567,
                .wall_ms = 1'234'568,
                .previous_checksum = 77},
               bytes);
  print_hex("frame", bytes);
  const frame decoded = decode_frame(bytes).value();
  std::printf("header %s layout %u term %llu wall %lld previous %llu\n",
              to_string(decoded.header.identity).c_str(), decoded.header.identity.layout,
              static_cast<unsigned long long>(decoded.header.term),
              static_cast<long long>(decoded.header.wall_ms),
              static_cast<unsigned long long>(decoded.header.previous_checksum));
  event each;
  for (event_reader events = decoded.events(); !events.done();) {
    if (!events.next(each)) return;
    std::printf("event %llu at %lld: %s\n", static_cast<unsigned long long>(each.sequence),
                static_cast<long long>(each.at_ms), std::visit(describe{}, each.body).c_str());
  }
}

void print_snapshot(const shop& at) {
  testing::bytes_snapshot state;
  if (!at.books.save(state, sample_stamp)) return;
  snapshot_encoder encoder(at.books.last_sequence());
  std::vector<std::byte> file;
  const auto add = [&file](std::span<const std::byte> piece) {
    file.insert(file.end(), piece.begin(), piece.end());
  };
  add(encoder.head());
  for (const auto& chunk : state.chunks) add(encoder.chunk(chunk).value());
  add(encoder.end());
  print_hex("snapshot", file);
  std::printf("sequence %llu\n", static_cast<unsigned long long>(at.books.last_sequence()));
  std::printf("stamp %s layout %u term %llu last %llu at %lld wall %lld\n",
              to_string(ledger_identity{sample_stamp.identity.fleet}).c_str(), sample_stamp.identity.layout,
              static_cast<unsigned long long>(sample_stamp.last.term),
              static_cast<unsigned long long>(sample_stamp.last.checksum),
              static_cast<long long>(sample_stamp.at_ms), static_cast<long long>(sample_stamp.wall_ms));
  for (const sale_id sale : at.books.sales()) {
    const sale_view shown = *at.books.find_sale(sale);
    std::printf("sale %s switch %d", text(sale).c_str(), static_cast<int>(shown.position));
    for (const item_stock& item : shown.items)
      std::printf(" (%u %u %u %u)", item.total, item.available, item.held, item.sold);
    std::printf("\n");
  }
  for (std::uint64_t id = 1; id <= 6; ++id) {
    const auto known = at.books.find(reservation_id{std::uint64_t{1} << 32U | id});
    if (!known) continue;
    std::printf("reservation %s sale %s buyer %s request %s state %d deadline %lld %s\n",
                text(known->reservation).c_str(), text(known->sale).c_str(), text(known->buyer).c_str(),
                text(known->request).c_str(), static_cast<int>(known->state),
                static_cast<long long>(known->expires_at_ms), text(known->lines).c_str());
  }
}

}  // namespace
}  // namespace seckill

int main() {
  seckill::testing::shop at;
  seckill::play(at);
  seckill::print_frame(at);
  seckill::print_snapshot(at);
}
