// What the availability board refuses per second, from one thread and from two, with the filter as full as a sale of
// a million units makes it. Beside it the same knowledge in the obvious form: hash tables behind a shared mutex.
#include <seckill/availability_board.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

namespace seckill {
namespace {

constexpr std::uint32_t stock = 1'000'000;
constexpr sale_id sale{1};
constexpr time_ms now = 2'000;

ledger_params bounds() {
  ledger_params params;
  params.stock_max = stock;
  params.sales_max = 16;
  params.items_per_sale_max = 16;
  params.hash_seed = std::random_device()() * 2'654'435'769U + 1;
  return params;
}

std::shared_ptr<const sale_definition> definition(std::uint32_t limit) {
  sale_definition drop;
  drop.title = "drop";
  drop.opens_at_ms = 1'000;
  drop.closes_at_ms = 1'000'000;
  drop.reservation_ttl_ms = 1'000;
  drop.currency = {'E', 'U', 'R'};
  drop.limit_per_buyer = limit;
  drop.items = {{sku_id{1}, "unit", 100, stock}};
  return std::make_shared<const sale_definition>(drop);
}

/// New requests of new buyers without end; cheap, so that what is measured is the refusal.
class crowd {
 public:
  explicit crowd(std::uint64_t seed) : state_(seed * 0xd1342543de82ef95) {
    what_.sale = sale;
    what_.lines = {{sku_id{1}, 1}};
  }
  const reserve_command& next() {
    what_.request = {step(), step()};
    what_.buyer = buyer_id{what_.request.low | 1U};
    return what_;
  }

 private:
  std::uint64_t step() {
    state_ += 0x9e3779b97f4a7c15;
    const std::uint64_t mixed = (state_ ^ (state_ >> 30U)) * 0xbf58476d1ce4e5b9;
    return mixed ^ (mixed >> 31U);
  }
  std::uint64_t state_;
  reserve_command what_;
};

/// A board that has seen everything sold.
availability_board& sold_out_board(std::uint32_t limit) {
  static std::mutex making;
  static std::unordered_map<std::uint32_t, std::unique_ptr<availability_board>> made;
  const std::lock_guard lock(making);
  auto& board = made[limit];
  if (board) return *board;
  board = std::make_unique<availability_board>(bounds());
  crowd buyers(99);
  for (std::uint32_t i = 0; i < stock; ++i) {
    const reserve_command& each = buyers.next();
    board->accept(each.request, each.sale, each.buyer);
  }
  const availability_board::change change{sale, 0, {}, {stock, 0, 0, stock}, 0, definition(limit)};
  board->publish({&change, 1});
  return *board;
}

void board_refusals(benchmark::State& state) {
  const availability_board& board = sold_out_board(static_cast<std::uint32_t>(state.range(0)));
  crowd losers(static_cast<std::uint64_t>(state.thread_index()) + 1);
  std::int64_t refused = 0;
  for (auto _ : state) {
    const auto refusal = board.refuse(losers.next(), now);
    refused += refusal && refusal->code == outcome::sold_out;
  }
  state.counters["refused"] = benchmark::Counter(static_cast<double>(refused), benchmark::Counter::kIsRate);
  state.counters["to_the_ledger_%"] = benchmark::Counter(
      100.0 * static_cast<double>(state.iterations() - refused) / static_cast<double>(state.iterations()),
      benchmark::Counter::kAvgThreads);
}

/// The requests alone, to be subtracted.
void crowd_alone(benchmark::State& state) {
  crowd losers(static_cast<std::uint64_t>(state.thread_index()) + 1);
  for (auto _ : state) benchmark::DoNotOptimize(losers.next());
}

/// One shared mutex over: which requests were accepted, and what is left of each item.
class locked_tables {
 public:
  locked_tables() {
    crowd buyers(99);
    for (std::uint32_t i = 0; i < stock; ++i) accepted_.insert(buyers.next().request.low);
    left_[1] = 0;
  }
  bool refuses(const reserve_command& what) const {
    const std::shared_lock lock(mutex_);
    if (accepted_.contains(what.request.low)) return false;
    const auto found = left_.find(to_integer(what.lines[0].sku));
    return found == left_.end() || found->second == 0;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_set<std::uint64_t> accepted_;
  std::unordered_map<std::uint32_t, std::uint32_t> left_;
};

void rival_locked_tables_refusals(benchmark::State& state) {
  static const locked_tables tables;
  crowd losers(static_cast<std::uint64_t>(state.thread_index()) + 1);
  std::int64_t refused = 0;
  for (auto _ : state) refused += tables.refuses(losers.next());
  state.counters["refused"] = benchmark::Counter(static_cast<double>(refused), benchmark::Counter::kIsRate);
}

BENCHMARK(crowd_alone)->Threads(1);
BENCHMARK(board_refusals)->ArgName("limit")->Arg(0)->Arg(1)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(rival_locked_tables_refusals)->ThreadRange(1, 2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
