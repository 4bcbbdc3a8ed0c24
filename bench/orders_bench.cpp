// Events become orders: the projector with the order store in memory and on RocksDB, batches of 4096 reservations,
// then their payments. Runs in the current directory.
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/order_projector.hpp>
#include <seckill/rocksdb/rocksdb_order_store.hpp>

#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace seckill {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t batch = 4'096;
constexpr std::uint64_t buyers = 100'000;

std::unique_ptr<order_store> open_store(bool on_disk) {
  if (!on_disk) return open_memory_order_store().value();
  return open_rocksdb_order_store({.directory = (fs::current_path() / "orders_bench.scratch").string()})
      .value();
}

sale_definition one_item() {
  sale_definition sale;
  sale.currency = {'E', 'U', 'R'};
  sale.items = {{sku_id{1}, "item", 100, 1}};
  return sale;
}

/// A half of it reserves, the other half pays.
std::vector<event> next_batch(std::uint64_t& sequence, std::uint64_t& reservation) {
  std::vector<event> events;
  for (std::size_t i = 0; i < batch / 2; ++i) {
    const std::uint64_t id = ++reservation;
    events.push_back(
        {++sequence, 1,
         units_reserved{
             sale_id{1}, reservation_id{id}, buyer_id{id % buyers + 1}, {id, id}, {{sku_id{1}, 1}}}});
  }
  for (std::size_t i = 0; i < batch / 2; ++i) {
    const reservation_id id{reservation - i};
    events.push_back(
        {++sequence, 2, reservation_confirmed{id, *payment_id::from("payment-reference"), {}, false}});
  }
  return events;
}

void project(benchmark::State& state, bool on_disk) {
  fs::remove_all(fs::current_path() / "orders_bench.scratch");
  {
    const auto store = open_store(on_disk);
    const sale_definition sale = one_item();
    order_projector projector(*store, 0, [&](sale_id) { return &sale; });
    std::uint64_t sequence = 0;
    std::uint64_t reservation = 0;
    for (auto _ : state) {
      state.PauseTiming();
      const auto events = next_batch(sequence, reservation);
      state.ResumeTiming();
      projector.project(events).value();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  }
  fs::remove_all(fs::current_path() / "orders_bench.scratch");
}

BENCHMARK_CAPTURE(project, memory, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(project, rocksdb, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
