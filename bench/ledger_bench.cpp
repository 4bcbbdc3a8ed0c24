// One ledger, one thread: accepted reserves at 10^4 to 10^7 live reservations, refusals, and what a
// reservation takes in memory. Beside it the same rules in the obvious way: a mutex and hash maps of the
// standard library.
#include <seckill/ledger.hpp>

#include <benchmark/benchmark.h>

#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <unistd.h>
#include <unordered_map>

namespace seckill {
namespace {

constexpr time_ms opens_at = 1'000;
constexpr std::size_t batch = 4'096;
constexpr std::size_t prefetch_distance = 12;

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

reserve_command random_reserve(std::mt19937_64& random) {
  return {{random(), random()}, sale_id{1}, buyer_id{random() | 1U}, {{sku_id{1}, 1}}};
}

std::vector<reserve_command> random_reserves(std::mt19937_64& random, std::size_t count) {
  std::vector<reserve_command> commands;
  commands.reserve(count);
  for (std::size_t i = 0; i < count; ++i) commands.push_back(random_reserve(random));
  return commands;
}

sale_definition big_sale(std::uint32_t stock) {
  sale_definition sale;
  sale.title = "bench";
  sale.opens_at_ms = opens_at;
  sale.closes_at_ms = opens_at * 1'000'000;
  sale.reservation_ttl_ms = 1'000'000;
  sale.limit_per_buyer = 5;
  sale.currency = {'E', 'U', 'R'};
  sale.items = {{sku_id{1}, "unit", 100, stock}};
  return sale;
}

/// A ledger with `live` holds and room for one batch more.
class loaded_ledger {
 public:
  explicit loaded_ledger(std::uint32_t live) : books(params_for(live)), events(std::size_t{1} << 20U) {
    books.create_sale({{1, 1}, {}, std::make_shared<sale_definition>(big_sale(live + batch))}, opens_at,
                      events);
    while (books.live_count() < live)
      reserve(random_reserves(random, std::min<std::size_t>(batch, live - books.live_count())));
  }

  std::size_t reserve(const std::vector<reserve_command>& commands) {
    events.clear();
    given.clear();
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (i + prefetch_distance < commands.size()) books.prefetch(commands[i + prefetch_distance]);
      const answer reply = books.reserve(commands[i], opens_at, events);
      if (reply.code == outcome::reserved) given.push_back(reply.reservation);
    }
    return given.size();
  }

  void give_back() {
    for (const reservation_id each : given) books.cancel({each}, opens_at, events);
    events.clear();
  }

  static ledger_params params_for(std::uint32_t live) {
    ledger_params params;
    params.stock_max = live + batch;
    params.remembered_max = batch;
    params.touch_memory = true;
    return params;
  }

  std::mt19937_64 random{1};
  ledger books;
  event_buffer events;
  std::vector<reservation_id> given;
};

void ledger_accepted_reserve(benchmark::State& state) {
  const std::uint64_t before = resident_bytes();
  loaded_ledger loaded(static_cast<std::uint32_t>(state.range(0)));
  const std::uint64_t after = resident_bytes();
  std::size_t accepted = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto commands = random_reserves(loaded.random, batch);
    state.ResumeTiming();
    accepted += loaded.reserve(commands);
    state.PauseTiming();
    loaded.give_back();
    state.ResumeTiming();
  }
  state.counters["accepted/s"] =
      benchmark::Counter(static_cast<double>(accepted), benchmark::Counter::kIsRate);
  state.counters["bytes/live"] = static_cast<double>(after - before) / static_cast<double>(state.range(0));
}
BENCHMARK(ledger_accepted_reserve)->RangeMultiplier(10)->Range(10'000, 10'000'000)->MinTime(0.5);

void ledger_refused_reserve(benchmark::State& state) {
  loaded_ledger loaded(100'000);
  loaded.reserve(random_reserves(loaded.random, batch));
  std::size_t refused = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto commands = random_reserves(loaded.random, batch);
    state.ResumeTiming();
    refused += batch - loaded.reserve(commands);
  }
  state.counters["refused/s"] = benchmark::Counter(static_cast<double>(refused), benchmark::Counter::kIsRate);
}
BENCHMARK(ledger_refused_reserve)->MinTime(0.5);

/// The rival: the same rules (idempotency, limit, stock, deadline order), written in the obvious way.
class mutex_and_maps {
 public:
  explicit mutex_and_maps(std::uint32_t stock) : available_(stock) {}

  bool reserve(const reserve_command& what) {
    const std::lock_guard lock(mutex_);
    const std::string key = std::to_string(what.request.high) + ":" + std::to_string(what.request.low);
    if (by_request_.contains(key)) return false;
    std::uint32_t& units = by_buyer_[to_integer(what.buyer)];
    if (units + 1 > 5 || available_ == 0) return false;
    --available_;
    ++units;
    const std::uint64_t id = ++last_;
    by_request_.emplace(key, id);
    by_id_.emplace(id, what);
    deadlines_.emplace_back(opens_at + 1'000'000, id);
    return true;
  }
  void give_back(std::size_t count) {
    for (; count > 0; --count, --last_) {
      const reserve_command& what = by_id_.at(last_);
      by_request_.erase(std::to_string(what.request.high) + ":" + std::to_string(what.request.low));
      by_buyer_.erase(to_integer(what.buyer));
      by_id_.erase(last_);
      deadlines_.pop_back();
      ++available_;
    }
  }

 private:
  std::mutex mutex_;
  std::uint32_t available_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::string, std::uint64_t> by_request_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_buyer_;
  std::unordered_map<std::uint64_t, reserve_command> by_id_;
  std::deque<std::pair<time_ms, std::uint64_t>> deadlines_;
};

void rival_mutex_and_maps_accepted_reserve(benchmark::State& state) {
  const auto live = static_cast<std::uint32_t>(state.range(0));
  const std::uint64_t before = resident_bytes();
  std::mt19937_64 random(1);
  mutex_and_maps rival(live + batch);
  for (std::uint32_t i = 0; i < live; ++i) rival.reserve(random_reserve(random));
  const std::uint64_t after = resident_bytes();
  std::size_t accepted = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto commands = random_reserves(random, batch);
    state.ResumeTiming();
    std::size_t now = 0;
    for (const reserve_command& each : commands) now += rival.reserve(each) ? 1U : 0U;
    state.PauseTiming();
    rival.give_back(now);
    accepted += now;
    state.ResumeTiming();
  }
  state.counters["accepted/s"] =
      benchmark::Counter(static_cast<double>(accepted), benchmark::Counter::kIsRate);
  state.counters["bytes/live"] = static_cast<double>(after - before) / static_cast<double>(live);
}
BENCHMARK(rival_mutex_and_maps_accepted_reserve)->RangeMultiplier(10)->Range(10'000, 1'000'000)->MinTime(0.5);

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
