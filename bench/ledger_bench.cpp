// One ledger, one thread, no journal: accepted reserves at 10^4 to 10^7 live reservations, beside the same rules in
// the obvious way; refusals; and coming back: replay of events and loading of a snapshot.
//
// Two shops, because they cost differently. In a *sale* each reserve takes a slot that was never used, as on the
// day. In *churn* the stock is reserved, and comes back by expiry and cancels, for ever: each reserve takes the
// slot of an ended reservation and forgets that one's request id.
//
// Timed is the thread's own CPU time of the named operation alone; making the commands is not.
#include <seckill/availability_board.hpp>
#include <seckill/ledger.hpp>
#include <seckill/run_prefetched.hpp>

#include <benchmark/benchmark.h>

#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <time.h>
#include <unistd.h>
#include <unordered_map>

namespace seckill {
namespace {

constexpr time_ms opens_at = 1'000;
constexpr std::size_t batch_max = 4'096;

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// CPU time of this thread, summed over what is measured.
class cpu_timer {
 public:
  template <typename Work>
  void measure(Work&& work) {
    const double start = now();
    work();
    seconds_ += now() - start;
  }
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  static double now() {
    timespec at{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
  }
  double seconds_ = 0;
};

double per_second(std::size_t count, double seconds) { return static_cast<double>(count) / seconds; }

using crowd = std::mt19937_64;

reserve_command random_reserve(crowd& random) {
  return {{random(), random()}, sale_id{1}, buyer_id{random() | 1U}, {{sku_id{1}, 1}}};
}

void refill(std::vector<reserve_command>& commands, std::size_t count, crowd& random) {
  commands.resize(count);
  for (reserve_command& each : commands) each = random_reserve(random);
}

std::size_t batch_for(std::size_t live) { return std::min(batch_max, live / 10); }

ledger_params params_for(std::size_t stock, std::size_t remembered) {
  ledger_params params;
  params.stock_max = static_cast<std::uint32_t>(stock);
  params.remembered_max = static_cast<std::uint32_t>(remembered);
  params.tombstones_max = 1'000;
  params.operator_requests_max = 1'000;
  params.touch_memory = true;
  return params;
}

/// A ledger with one sale.
class shop {
 public:
  shop(const ledger_params& params, time_ms ttl_ms) : books(params), events(std::size_t{1} << 20U) {
    sale_definition sale;
    sale.title = "bench";
    sale.opens_at_ms = opens_at;
    sale.closes_at_ms = opens_at * 1'000'000'000;
    sale.reservation_ttl_ms = ttl_ms;
    sale.limit_per_buyer = 5;
    sale.currency = {'E', 'U', 'R'};
    sale.items = {{sku_id{1}, "unit", 100, params.stock_max}};
    books.create_sale({{1, 1}, {}, sale}, opens_at, events);
  }

  void make_commands(std::size_t count) { refill(commands, count, random); }
  /// Reserves as a shard does; with a board, remembers as it does. Returns how many were accepted.
  std::size_t reserve(time_ms now, availability_board* board = nullptr) {
    events.clear();
    given.clear();
    const auto prefetch = [&](std::size_t i) {
      books.prefetch(commands[i]);
      if (board != nullptr) board->prefetch(commands[i]);
    };
    const auto run = [&](std::size_t i) {
      const answer reply = books.reserve(commands[i], now, events);
      if (reply.code != outcome::reserved) return;
      given.push_back(reply.reservation);
      if (board != nullptr) board->accept(commands[i].request, commands[i].sale, commands[i].buyer);
    };
    run_prefetched(commands.size(), prefetch, run);
    return given.size();
  }

  crowd random{1};
  ledger books;
  event_buffer events;
  std::vector<reserve_command> commands;
  std::vector<reservation_id> given;
};

// --- a sale ---

/// The reserves from `live` to a tenth above it, which is all the stock.
void sale(benchmark::State& state, bool with_board) {
  const auto live = static_cast<std::size_t>(state.range(0));
  const std::size_t stock = live + live / 10;
  const std::size_t batch = batch_for(live);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  double bytes = 0;
  for (auto _ : state) {
    const std::uint64_t before = resident_bytes();
    const ledger_params params = params_for(stock, 1'000);
    shop drop(params, 1'000'000);
    std::unique_ptr<availability_board> board;
    if (with_board) board = std::make_unique<availability_board>(params);
    while (drop.books.live_count() < live) {
      drop.make_commands(std::min(batch, live - drop.books.live_count()));
      drop.reserve(opens_at, board.get());
    }
    cpu_timer timer;
    while (drop.books.live_count() < stock) {
      drop.make_commands(std::min(batch, stock - drop.books.live_count()));
      std::size_t now = 0;
      timer.measure([&] { now = drop.reserve(opens_at, board.get()); });
      accepted += now;
      refused += drop.commands.size() - now;
    }
    state.SetIterationTime(timer.seconds());
    bytes = static_cast<double>(resident_bytes() - before) / static_cast<double>(stock);
  }
  state.counters["accepted/s"] =
      benchmark::Counter(static_cast<double>(accepted), benchmark::Counter::kIsRate);
  state.counters["refused"] = static_cast<double>(refused);
  state.counters["live"] = static_cast<double>(live);
  state.counters["bytes/live"] = bytes;
}
void ledger_accepted_reserve(benchmark::State& state) { sale(state, false); }
void ledger_and_board(benchmark::State& state) { sale(state, true); }

// --- churn ---

/// `live` holds, all made in batches a millisecond apart. In each round the oldest batch expires, some others
/// are cancelled here and there, and as many are reserved anew.
class churning_shop {
 public:
  explicit churning_shop(std::size_t live)
      : batch_(batch_for(live)),
        rounds_(live / batch_),
        drop_(params_for(rounds_ * batch_, live / 10), static_cast<time_ms>(rounds_)),
        held_(rounds_) {
    for (std::size_t i = 0; i < rounds_; ++i) reserve(batch_);
  }

  void round() {
    cancel_some();
    const std::size_t before = drop_.books.live_count();
    ending.measure([&] { drop_.books.expire(now_, batch_max, drop_.events); });
    expired += before - drop_.books.live_count();
    reserve(rounds_ * batch_ - drop_.books.live_count());
  }

  [[nodiscard]] double reserve_seconds() const { return reserving_.seconds(); }

  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t expired = 0;
  cpu_timer ending;

 private:
  void reserve(std::size_t count) {
    drop_.make_commands(count);
    reserving_.measure([&] { accepted += drop_.reserve(now_); });
    refused += count - drop_.given.size();
    held_[static_cast<std::size_t>(now_) % rounds_] = drop_.given;
    ++now_;
  }
  void cancel_some() {
    for (std::size_t i = 0; i < batch_ / 4; ++i) {
      const auto& from = held_[drop_.random() % rounds_];
      drop_.books.cancel({from[drop_.random() % from.size()]}, now_ - 1, drop_.events);
    }
    drop_.events.clear();
  }

  std::size_t batch_;
  std::size_t rounds_;
  shop drop_;
  std::vector<std::vector<reservation_id>> held_;
  cpu_timer reserving_;
  time_ms now_ = opens_at;
};

void ledger_churn(benchmark::State& state) {
  const auto live = static_cast<std::size_t>(state.range(0));
  churning_shop drop(live);
  // Twice through all slots: their order is what it will be ever after.
  for (std::size_t i = 0; i < 2 * live / batch_for(live); ++i) drop.round();
  drop.accepted = drop.refused = drop.expired = 0;
  const double ending_before = drop.ending.seconds();
  for (auto _ : state) {
    const double before = drop.reserve_seconds();
    drop.round();
    state.SetIterationTime(drop.reserve_seconds() - before);
  }
  state.counters["accepted/s"] =
      benchmark::Counter(static_cast<double>(drop.accepted), benchmark::Counter::kIsRate);
  state.counters["refused"] = static_cast<double>(drop.refused);
  state.counters["expired/s"] = per_second(drop.expired, drop.ending.seconds() - ending_before);
  state.counters["live"] = static_cast<double>(live);
}

// --- refusals that reach the ledger ---

void ledger_refused(benchmark::State& state) {
  shop drop(params_for(100'000, 1'000), 1'000'000);
  drop.make_commands(100'000);
  drop.reserve(opens_at);
  std::size_t refused = 0;
  for (auto _ : state) {
    drop.make_commands(batch_max);
    cpu_timer timer;
    timer.measure([&] { refused += batch_max - drop.reserve(opens_at); });
    state.SetIterationTime(timer.seconds());
  }
  state.counters["refused/s"] = benchmark::Counter(static_cast<double>(refused), benchmark::Counter::kIsRate);
}

// --- coming back ---

/// Decodes and applies the events of `live` reserves, in the form and in the groups that recovery uses.
void ledger_replay(benchmark::State& state) {
  const auto live = static_cast<std::size_t>(state.range(0));
  shop drop(params_for(live, 1'000), 1'000'000);
  drop.make_commands(live);
  drop.reserve(opens_at);
  std::vector<std::byte> reserves(drop.events.bytes().begin(), drop.events.bytes().end());
  std::size_t applied = 0;
  for (auto _ : state) {
    shop copy(params_for(live, 1'000), 1'000'000);
    event_reader reader(reserves, 2, opens_at);
    std::array<event, 16> group;
    cpu_timer timer;
    timer.measure([&] {
      while (!reader.done()) {
        std::size_t count = 0;
        for (; count < group.size() && !reader.done(); ++count) {
          if (!reader.next(group[count])) return;
          copy.books.prefetch(group[count]);
        }
        for (std::size_t i = 0; i < count; ++i) applied += copy.books.apply(group[i]).has_value() ? 1U : 0U;
      }
    });
    state.SetIterationTime(timer.seconds());
    if (copy.books.live_count() != live) state.SkipWithError("replay is incomplete");
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(applied), benchmark::Counter::kIsRate);
  state.counters["live"] = static_cast<double>(live);
}

struct stored_snapshot final : snapshot_sink, snapshot_source {
  result<void> write(std::span<const std::byte> chunk) override {
    chunks.emplace_back(chunk.begin(), chunk.end());
    return {};
  }
  result<std::span<const std::byte>> read() override {
    if (next == chunks.size()) return std::span<const std::byte>{};
    return std::span<const std::byte>(chunks[next++]);
  }
  std::vector<std::vector<std::byte>> chunks;
  std::size_t next = 0;
};

void ledger_load_snapshot(benchmark::State& state) {
  const auto live = static_cast<std::size_t>(state.range(0));
  stored_snapshot stored;
  {
    shop drop(params_for(live, 1'000), 1'000'000);
    drop.make_commands(live);
    drop.reserve(opens_at);
    if (!drop.books.save(stored)) state.SkipWithError("not saved");
  }
  for (auto _ : state) {
    stored.next = 0;
    ledger_params params = params_for(live, 1'000);
    params.touch_memory = false;
    cpu_timer timer;
    timer.measure([&] {
      const auto loaded = ledger::load(params, stored);
      if (!loaded || loaded->live_count() != live) state.SkipWithError("not loaded");
    });
    state.SetIterationTime(timer.seconds());
  }
  state.counters["reservations/s"] = benchmark::Counter(
      static_cast<double>(live * static_cast<std::size_t>(state.iterations())), benchmark::Counter::kIsRate);
  state.counters["live"] = static_cast<double>(live);
}

// --- the rival: the same rules (idempotency, limit, stock, deadline order), written in the obvious way ---

class mutex_and_maps {
 public:
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
  [[nodiscard]] std::size_t live() const { return by_id_.size(); }

 private:
  std::mutex mutex_;
  std::uint32_t available_ = 1'000'000'000;
  std::uint64_t last_ = 0;
  std::unordered_map<std::string, std::uint64_t> by_request_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_buyer_;
  std::unordered_map<std::uint64_t, reserve_command> by_id_;
  std::deque<std::pair<time_ms, std::uint64_t>> deadlines_;
};

/// One rival for all points: filling it anew for each would take minutes. REQUIRES: `live` ascends.
void rival_mutex_and_maps_accepted_reserve(benchmark::State& state) {
  static mutex_and_maps rival;
  static crowd random(1);
  static const std::uint64_t before = resident_bytes();
  const auto live = static_cast<std::size_t>(state.range(0));
  while (rival.live() < live) rival.reserve(random_reserve(random));
  std::vector<reserve_command> commands;
  std::size_t accepted = 0;
  for (auto _ : state) {
    refill(commands, std::min<std::size_t>(live / 10, 100'000), random);
    cpu_timer timer;
    timer.measure([&] {
      for (const reserve_command& each : commands) accepted += rival.reserve(each) ? 1U : 0U;
    });
    state.SetIterationTime(timer.seconds());
  }
  state.counters["accepted/s"] =
      benchmark::Counter(static_cast<double>(accepted), benchmark::Counter::kIsRate);
  state.counters["live"] = static_cast<double>(live);
  state.counters["bytes/live"] =
      static_cast<double>(resident_bytes() - before) / static_cast<double>(rival.live());
}

constexpr std::int64_t points[] = {10'000,  20'000,    50'000,    100'000,   200'000,
                                   500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};

void register_curves() {
  for (const std::int64_t live : points) {
    // About a million timed reserves, but no more than seconds of filling.
    const std::int64_t fills = std::clamp<std::int64_t>(10'000'000 / live, 1, 200);
    benchmark::RegisterBenchmark("ledger_accepted_reserve", ledger_accepted_reserve)
        ->Arg(live)
        ->Iterations(fills)
        ->UseManualTime();
  }
  for (const std::int64_t live : {1'000'000, 10'000'000})
    benchmark::RegisterBenchmark("ledger_and_board", ledger_and_board)
        ->Arg(live)
        ->Iterations(10'000'000 / live)
        ->UseManualTime();
  for (const std::int64_t live : points)
    benchmark::RegisterBenchmark("ledger_churn", ledger_churn)->Arg(live)->Iterations(500)->UseManualTime();
  for (const std::int64_t live : points)
    benchmark::RegisterBenchmark("rival_mutex_and_maps_accepted_reserve",
                                 rival_mutex_and_maps_accepted_reserve)
        ->Arg(live)
        ->Iterations(live < 1'000'000 ? 5 : 1)
        ->UseManualTime();
}

BENCHMARK(ledger_refused)->UseManualTime();
BENCHMARK(ledger_replay)->Arg(1'000'000)->Arg(10'000'000)->Iterations(1)->UseManualTime();
BENCHMARK(ledger_load_snapshot)->Arg(1'000'000)->Arg(10'000'000)->Iterations(1)->UseManualTime();

}  // namespace
}  // namespace seckill

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  seckill::register_curves();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
