#include "engine/shard_runner.hpp"

#include "engine/cache_line.hpp"
#include "engine/thread_scheduling.hpp"

#include <algorithm>

namespace seckill::inline v1 {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Ledger time is not quite that of a sleeping thread, so a thread that sleeps until a time looks again after so long.
constexpr milliseconds nap_max{1'000};

// So many commands are decided in about the time that waking a thread takes.
constexpr std::size_t callers_commands_max = 64;

// How long the committing thread lets batches gather when nobody waits for them: a frame costs some 15 µs, however
// small it is.
constexpr milliseconds gathering{1};

// Looks before a thread goes to sleep: some microseconds, about what going to sleep and being woken would cost.
// Where there is one core only, whoever is waited for cannot run meanwhile.
const int looks_max = std::thread::hardware_concurrency() > 1 ? 100 : 0;

template <typename Ready>
void wait(parking& place, steady_clock::time_point until, Ready&& ready) {
  for (int i = 0; i < looks_max; ++i) {
    if (ready()) return;
    relax();
  }
  place.sleep_until(until, ready);
}

}  // namespace

shard_runner::shard_runner(shard& work, const engine_params& params, ledger_clock& time)
    : work_(work),
      time_(time),
      at_memory_(params.level == durability::memory),
      gathered_max_(std::max<std::size_t>(1, params.batches_in_flight_max * 3 / 4)),
      syncs_in_background_(params.level != durability::synced),
      sync_interval_(params.sync_every_ms) {
  decider_ = std::thread([this] { decide_all(); });
  try {
    committer_ = std::thread([this] { commit_all(); });
  } catch (...) {
    work_.close();
    wake();
    decider_.join();
    throw;
  }
}

void shard_runner::submitted(const shard::claim& mine, time_ms now) noexcept {
  const bool decides = at_memory_ && mine.count <= callers_commands_max;
  if (decides && deciding_.stand_in([&] { return decide_here(mine, now); })) return;
  deciding_.wake();
}

// On a caller's thread while the deciding one sleeps; true if that one has to do something now.
bool shard_runner::decide_here(const shard::claim& mine, time_ms now) noexcept {
  const auto done = work_.apply_turn_of(mine, now);
  if (!done) return true;
  hand_over(*done);
  return work_.can_apply() || (done->wake_at_ms && *done->wake_at_ms < decides_again_ms_);
}

void shard_runner::tick() noexcept {
  ticks_.fetch_add(1, std::memory_order_release);
  deciding_.wake();
}

void shard_runner::stop() {
  if (!decider_.joinable()) return;
  work_.close();
  deciding_.wake();
  decider_.join();
  committer_.join();
}

void shard_runner::decide_all() {
  shorten_thread_slice();
  while (true) {
    // Before the clock: a tick that comes later makes it look again.
    const std::uint64_t ticks = ticks_.load(std::memory_order_acquire);
    const time_ms now = time_.now_ms();
    const shard::turn done = work_.apply_turn(now);
    if (done.worked) {
      if (!done.lone || !commit_here()) hand_over(done);
      continue;
    }
    if (work_.finished()) break;
    const milliseconds nap = done.wake_at_ms
                                 ? std::clamp(milliseconds(*done.wake_at_ms - now), milliseconds(0), nap_max)
                                 : nap_max;
    decides_again_ms_ = now + nap.count();
    wait(deciding_, steady_clock::now() + nap, [&] {
      return work_.can_apply() || work_.finished() || ticks_.load(std::memory_order_acquire) != ticks;
    });
  }
  all_decided_.store(true, std::memory_order_release);
  committing_.wake();
}

// Wakes the committing thread, unless it is up to let more gather. Of two threads, one of which hands over and then looks
// whether the other is idle, which says so and then looks what there is, one sees what the other did: all four are
// sequentially consistent.
void shard_runner::hand_over(const shard::turn& done) noexcept {
  const bool now = !at_memory_ || done.awaited || work_.committable() >= gathered_max_;
  if (now) gathered_.store(true, std::memory_order_release);
  if (now || idle_.load()) committing_.wake();
}

// Commits on the deciding thread, unless the other one is at it; false if that one has to do something now.
bool shard_runner::commit_here() {
  const std::unique_lock lock(committer_mutex_, std::try_to_lock);
  if (!lock) return false;
  const bool expects_to_sync = work_.has_unsynced();
  work_.commit_turn();
  return expects_to_sync || !work_.has_unsynced();
}

void shard_runner::let_gather() {
  committing_.sleep_until(steady_clock::now() + gathering, [&] {
    return gathered_.load(std::memory_order_acquire) || all_decided_.load(std::memory_order_acquire);
  });
  gathered_.exchange(false, std::memory_order_acq_rel);
}

void shard_runner::commit_all() {
  shorten_thread_slice();
  auto next_sync = steady_clock::now() + sync_interval_;
  while (true) {
    // Before looking for batches: what was decided before it was set is seen below.
    const bool last_round = all_decided_.load(std::memory_order_acquire);
    if (at_memory_ && !last_round) let_gather();
    bool worked = false;
    bool lets_decide = false;
    {
      const std::lock_guard lock(committer_mutex_);
      worked = work_.commit_turn();
      lets_decide = work_.lets_decide();
      if (syncs_in_background_ && steady_clock::now() >= next_sync) {
        work_.sync_turn();
        next_sync = steady_clock::now() + sync_interval_;
      }
    }
    if (worked) {
      if (lets_decide) deciding_.wake();
      continue;
    }
    if (last_round) break;
    const bool unsynced = work_.has_unsynced();
    idle_.store(true);
    wait(committing_, unsynced ? next_sync : steady_clock::now() + nap_max, [&] {
      return work_.committable() > 0 || all_decided_.load(std::memory_order_acquire) ||
             work_.has_unsynced() != unsynced;
    });
    idle_.store(false, std::memory_order_relaxed);
  }
  work_.sync_turn();
}

}  // namespace seckill::inline v1
