// Sells the last unit, once, with an engine whose journal is in memory.
#include <seckill/engine.hpp>
#include <seckill/memory/memory_journal.hpp>

#include <cstdio>

using namespace seckill;

int main() {
  const system_time_source time;
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(open_memory_journal().value());
  const auto shop = engine::open({}, std::move(journals), time).value();

  sale_definition definition;
  definition.title = "The last one";
  definition.opens_at_ms = shop->now_ms() - 1'000;
  definition.closes_at_ms = shop->now_ms() + 3'600'000;
  definition.reservation_ttl_ms = 60'000;
  definition.currency = {'C', 'N', 'Y'};
  definition.items = {{.sku = sku_id{1}, .title = "phone", .price_minor = 9'900, .stock = 1}};
  const answer created = shop->execute(create_sale_command{{1, 1}, {}, definition});

  const answer first = shop->execute(reserve_command{{2, 1}, created.sale, buyer_id{1}, {{sku_id{1}, 1}}});
  const answer second = shop->execute(reserve_command{{2, 2}, created.sale, buyer_id{2}, {{sku_id{1}, 1}}});
  std::printf("%s, %s\n", to_string(first.code).data(), to_string(second.code).data());
  return first.code == outcome::reserved && second.code == outcome::all_held ? 0 : 1;
}
