// Orders follow reservations: a projector reads the engine's events from a feed and keeps one order for each.
#include <seckill/engine.hpp>
#include <seckill/memory/memory_journal.hpp>
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/order_projector.hpp>

#include <iostream>

namespace {

using namespace seckill;

sale_definition tickets(time_ms now) {
  sale_definition sale;
  sale.title = "Concert";
  sale.opens_at_ms = now;
  sale.closes_at_ms = now + 60'000;
  sale.reservation_ttl_ms = 30'000;
  sale.currency = {'E', 'U', 'R'};
  sale.items = {{.sku = sku_id{1}, .title = "Ticket", .price_minor = 99'00, .stock = 10}};
  return sale;
}

// Works in whatever the feed has until the order store has reached `sequence`.
result<void> follow(event_feed& feed, order_projector& projector, order_store& orders,
                    std::uint64_t sequence) {
  std::vector<event> events;
  for (;;) {
    const auto position = orders.position(0);
    if (!position) return position.error();
    if (*position >= sequence) return feed.commit(*position);  // the journal may forget these now
    events.clear();
    if (auto polled = feed.poll(events, 1'000); !polled) return polled.error();
    if (events.empty()) {
      feed.wait(std::chrono::milliseconds(100));
    } else if (auto changed = projector.project(events); !changed) {
      return changed.error();
    }
  }
}

}  // namespace

int main() {
  const system_time_source time;
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(open_memory_journal().value());
  const auto shop = engine::open({}, std::move(journals), time).value();
  const create_sale_command create{.request = {0, 1}, .sale = {}, .definition = tickets(shop->now_ms())};
  const sale_id sale = shop->execute(create).sale;

  std::vector<reservation_id> reservations;
  for (std::uint64_t buyer = 1; buyer <= 3; ++buyer) {
    const answer reserved = shop->execute(reserve_command{.request = {1, buyer},
                                                          .sale = sale,
                                                          .buyer = buyer_id{buyer},
                                                          .lines = {{.sku = sku_id{1}, .quantity = 2}}});
    reservations.push_back(reserved.reservation);
  }
  std::cout << to_string(shop->execute(confirm_command{reservations[0], *payment_id::from("r1"), {}}).code)
            << '\n';
  std::cout << to_string(shop->execute(cancel_command{reservations[1]}).code) << '\n';

  const auto orders = open_memory_order_store().value();
  const auto feed = shop->open_feed(0, "orders").value();
  order_projector projector(*orders, 0,
                            [&](sale_id id) { return shop->board(shop->shard_of(id)).definition(id); });
  follow(*feed, projector, *orders, shop->stats().shards[0].last_sequence).value();

  for (const reservation_id each : reservations) {
    const order made = orders->find(each).value().value();
    std::cout << "buyer " << to_integer(made.buyer) << ": " << made.lines.units() << " units, "
              << made.amount_minor << " minor units of money, " << to_string(made.status) << '\n';
  }
}
