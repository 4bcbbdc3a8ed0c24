#include "sql_shop.hpp"

namespace seckill::rivals {
namespace {

constexpr std::uint32_t slots_max = 1'000;

}  // namespace

void sql_shop::open(const sale_terms& terms) {
  run(read_file(options_.setup));
  offer(terms, sale_terms::plenty, terms.plenty_stock);
  offer(terms, sale_terms::scarce, terms.scarce_stock);
}

books sql_shop::read(sku_id sku) {
  const auto sum = [&](const char* column, const char* table) {
    return std::stoull(run(std::string("SELECT COALESCE(SUM(") + column + "), 0) FROM " + table +
                           " WHERE sku = " + std::to_string(to_integer(sku))));
  };
  return {sum("available", "stock"), sum("quantity", "orders"), sum("units", "buyers")};
}

void sql_shop::offer(const sale_terms& terms, sku_id sku, std::uint32_t stock) {
  const std::string number = std::to_string(to_integer(sku));
  run("INSERT INTO items VALUES (" + number + ", " + std::to_string(terms.opens_at_ms) + ", " +
      std::to_string(terms.closes_at_ms) + ", " + std::to_string(terms.ttl_ms) + ", " +
      std::to_string(terms.limit_per_buyer) + ")");
  for (std::uint32_t slot = 0; slot < slots_; ++slot)
    run("INSERT INTO stock VALUES (" + number + ", " + std::to_string(slot) + ", " +
        std::to_string(stock / slots_ + (slot < stock % slots_ ? 1 : 0)) + ")");
}

int run_sql_bench(
    int argc, char** argv,
    const std::function<std::unique_ptr<shop>(const bench_options&, std::uint32_t slots)>& make) {
  std::uint32_t slots = 1;
  return run_sale_bench(
      argc, argv,
      [&](CLI::App& app) {
        app.add_option("--slots", slots, "Rows that an item's stock is split over; 1: the hot row")
            ->check(CLI::Range(1U, slots_max));
      },
      [&](const bench_options& options) { return make(options, slots); });
}

}  // namespace seckill::rivals
