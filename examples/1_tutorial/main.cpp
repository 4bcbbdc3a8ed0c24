// Three tickets, five buyers, and one engine in memory.
#include <seckill/engine.hpp>
#include <seckill/memory/memory_journal.hpp>

#include <iostream>

int main() {
  using namespace seckill;
  const system_time_source time;
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(open_memory_journal().value());
  const auto shop = engine::open({}, std::move(journals), time).value();

  sale_definition concert;
  concert.title = "Concert";
  concert.opens_at_ms = shop->now_ms();
  concert.closes_at_ms = concert.opens_at_ms + 60'000;
  concert.reservation_ttl_ms = 10'000;  // unpaid for so long, a ticket goes back on sale
  concert.limit_per_buyer = 1;
  concert.currency = {'E', 'U', 'R'};
  concert.items = {{.sku = sku_id{1}, .title = "Ticket", .price_minor = 99'00, .stock = 3}};
  const answer created =
      shop->execute(create_sale_command{.request = {0, 1}, .sale = {}, .definition = concert});

  for (std::uint64_t buyer = 1; buyer <= 5; ++buyer) {
    // The request id makes it idempotent: sent again, it gets the same answer and takes nothing more.
    const answer reserved = shop->execute(reserve_command{.request = {1, buyer},
                                                          .sale = created.sale,
                                                          .buyer = buyer_id{buyer},
                                                          .lines = {{.sku = sku_id{1}, .quantity = 1}}});
    std::cout << "buyer " << buyer << ": " << to_string(reserved.code);
    if (reserved.code == outcome::reserved) {
      const auto payment = payment_id::from("receipt " + std::to_string(buyer));
      const answer paid =
          shop->execute(confirm_command{.reservation = reserved.reservation, .payment = *payment});
      std::cout << ", " << to_string(paid.code);
    }
    std::cout << '\n';
  }
}
