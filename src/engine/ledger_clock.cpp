#include "engine/ledger_clock.hpp"

#include <limits>
#include <thread>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr time_ns observe_interval_ns = 100'000'000;

struct reading {
  time_ms wall_ms = 0;
  time_ns elapsed_ns = 0;
};

// The two clocks are read one after the other, and time between the two, say because the thread lost its core or the
// machine was suspended, would look like a step of the wall clock: so the closest of some pairs counts.
reading read_both(const time_source& source) noexcept {
  constexpr time_ns close_ns = 100'000;
  constexpr int pairs_max = 10;
  reading best;
  time_ns best_between = std::numeric_limits<time_ns>::max();
  for (int i = 0; i < pairs_max && best_between > close_ns; ++i) {
    const time_ns before = source.elapsed_ns();
    const time_ms wall = source.wall_ms();
    const time_ns between = source.elapsed_ns() - before;
    if (between >= best_between) continue;
    best_between = between;
    best = {wall, before};
  }
  return best;
}

time_discipline begin(const time_source& source, const time_params& params, const journaled_time& latest) {
  const reading now = read_both(source);
  return {params, latest, now.wall_ms, now.elapsed_ns};
}

}  // namespace

ledger_clock::ledger_clock(const time_source& source, const time_params& params, const journaled_time& latest)
    : source_(source),
      on_change_(params.on_change),
      discipline_(begin(source, params, latest)),
      one_in_(params.slew_one_in) {
  publish();
  if (discipline_.state() != time_state::following && on_change_) on_change_(status());
}

time_ms ledger_clock::now_ms() noexcept {
  while (true) {
    bool due = false;
    const std::optional<time_ms> now = try_now_ms(due);
    if (!now) {
      std::this_thread::yield();
    } else if (!due) {
      return *now;
    } else {
      std::unique_lock lock(mutex_, std::try_to_lock);
      if (!lock) return *now;  // somebody is at it
      change(std::move(lock), false);
    }
  }
}

std::optional<time_ms> ledger_clock::try_now_ms(bool& due) const noexcept {
  const std::uint64_t version = version_.load(std::memory_order_acquire);
  if ((version & 1U) != 0) return std::nullopt;
  const time_ns elapsed = source_.elapsed_ns();
  time_segment now;
  now.from_ns = from_ns_.load(std::memory_order_acquire);
  now.at_ms = at_ms_.load(std::memory_order_acquire);
  now.rest_ns = rest_ns_.load(std::memory_order_acquire);
  const time_ns slew = slew_ns_.load(std::memory_order_acquire);
  if (version_.load(std::memory_order_relaxed) != version) return std::nullopt;
  now.slower = slew < 0;
  now.slew_ns = now.slower ? -slew : slew;
  now.one_in = one_in_;
  due = elapsed - now.from_ns >= observe_interval_ns;
  return now.at(elapsed);
}

void ledger_clock::observe() noexcept { change(std::unique_lock(mutex_), false); }

time_status ledger_clock::accept_wall_clock() noexcept { return change(std::unique_lock(mutex_), true); }

time_status ledger_clock::status() noexcept { return change(std::unique_lock(mutex_), false); }

// The clocks are read while the version is odd: see the class.
time_status ledger_clock::change(std::unique_lock<std::mutex> lock, bool accepts) noexcept {
  const time_state before = discipline_.state();
  version_.fetch_add(1, std::memory_order_seq_cst);
  const auto [wall, elapsed] = read_both(source_);
  if (accepts)
    discipline_.accept(wall, elapsed);
  else
    discipline_.observe(wall, elapsed);
  publish();
  version_.fetch_add(1, std::memory_order_release);
  const time_status after{discipline_.state(), discipline_.segment().at(elapsed), wall, discipline_.alarms()};
  lock.unlock();
  if (after.state != before && on_change_) on_change_(after);
  return after;
}

void ledger_clock::publish() noexcept {
  const time_segment& now = discipline_.segment();
  from_ns_.store(now.from_ns, std::memory_order_release);
  at_ms_.store(now.at_ms, std::memory_order_release);
  rest_ns_.store(now.rest_ns, std::memory_order_release);
  slew_ns_.store(now.slower ? -now.slew_ns : now.slew_ns, std::memory_order_release);
}

}  // namespace seckill::inline v1
