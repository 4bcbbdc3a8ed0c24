// The same on RocksDB: an answer that was given is still true after the process has ended, however it ended.
#include <seckill/engine.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <iostream>

namespace {

using namespace seckill;

result<std::unique_ptr<engine>> open_shop(const std::string& directory, const time_source& time) {
  auto opened = open_rocksdb_journal({.directory = directory});
  if (!opened) return opened.error();
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(*std::move(opened));
  engine_params params;
  params.level = durability::synced;  // survives the machine; `written` survives the process, and is faster
  return engine::open(params, std::move(journals), time);
}

sale_definition one_ticket(time_ms now) {
  sale_definition sale;
  sale.title = "Concert";
  sale.opens_at_ms = now;
  sale.closes_at_ms = now + 60'000;
  sale.reservation_ttl_ms = 30'000;
  sale.currency = {'E', 'U', 'R'};
  sale.items = {{.sku = sku_id{1}, .title = "Ticket", .price_minor = 99'00, .stock = 1}};
  return sale;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: example_2_durable NEW-DIRECTORY\n";
    return 2;
  }
  const system_time_source time;
  reserve_command wanted;
  wanted.request = {1, 1};
  wanted.buyer = buyer_id{1001};
  wanted.lines = {{.sku = sku_id{1}, .quantity = 1}};
  {
    const auto shop = open_shop(argv[1], time).value();
    const create_sale_command create{.request = {0, 1}, .sale = {}, .definition = one_ticket(shop->now_ms())};
    wanted.sale = shop->execute(create).sale;
    const answer first = shop->execute(wanted);
    std::cout << "before: " << to_string(first.code) << ", replayed " << first.replayed << '\n';
  }
  // The buyer never got that answer and asks again with the same request id, now of a new process.
  const auto shop = open_shop(argv[1], time).value();
  const answer again = shop->execute(wanted);
  std::cout << "after: " << to_string(again.code) << ", replayed " << again.replayed << '\n';
  const item_stock stock = shop->find_sale(wanted.sale)->items.front();
  std::cout << "available " << stock.available << ", held " << stock.held << '\n';
}
