// The engine on RocksDB under an open-loop load: how long a reserve waits for its answer at 10, 50 and 80 % of what the
// engine can take, with and without orders being made of the events beside it. Runs in the current directory, which
// must be on the disk in question. The client's thread, which is part of the load, shares the machine.
#include "bench/closed_loop.hpp"
#include "bench/open_loop.hpp"
#include <seckill/order_service.hpp>
#include <seckill/rocksdb/rocksdb_order_store.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace seckill::bench {
namespace {

constexpr std::chrono::milliseconds run_length{3'000};
constexpr std::uint32_t stock_max = 12'000'000;

/// Accepted reserves per second that one client asking as fast as it can gets; measured once for each level.
double capacity(durability level) {
  static std::array<double, levels.size()> known{};
  double& mine = known[static_cast<std::size_t>(level)];
  if (mine != 0) return mine;
  constexpr std::uint32_t units = 4'000'000;
  market in(level, units);
  const sale_id sale = in.open_sale(units);
  replies seen;
  const auto start = std::chrono::steady_clock::now();
  ask(in, sale, units, seen);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return mine = static_cast<double>(seen.reserved.load()) / took.count();
}

void tell(benchmark::State& state, const std::string& prefix, const crowd::histogram& times) {
  const auto us = [&](crowd::quantile share) { return static_cast<double>(times.at(share)) / 1e3; };
  state.counters[prefix + "p50_us"] = us(crowd::quantile::p50);
  state.counters[prefix + "p99_us"] = us(crowd::quantile::p99);
  state.counters[prefix + "max_us"] = static_cast<double>(times.max_ns()) / 1e3;
}

void engine_open_loop(benchmark::State& state) {
  const durability level = levels.at(static_cast<std::size_t>(state.range(0)));
  const double rate = capacity(level) * static_cast<double>(state.range(1)) / 100;
  market in(level, stock_max);
  const sale_id sale = in.open_sale(stock_max);
  std::unique_ptr<order_store> store;
  std::unique_ptr<order_service> orders;
  if (state.range(2) != 0) {
    store = open_rocksdb_order_store({.directory = (in / "orders").string()}).value();
    orders = order_service::start(in.works(), *store).value();
  }
  open_loop load(in, sale, rate, run_length);
  for (auto _ : state) load.run();
  if (orders) state.counters["orders"] = static_cast<double>(orders->stats()[0].orders_changed);
  orders.reset();
  load.tell(state);
  in.close();
  tell(state, "append_", in.times().append);
  tell(state, "sync_", in.times().sync);
}

BENCHMARK(engine_open_loop)
    ->ArgNames({"level", "load_%", "orders"})
    ->ArgsProduct({{0, 2}, {10, 50, 80}, {0}})
    ->ArgsProduct({{2}, {10, 50}, {1}})
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seckill::bench

BENCHMARK_MAIN();
