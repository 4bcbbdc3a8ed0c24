#include "engine/shard_runner.hpp"

#include "engine/cache_line.hpp"
#include "engine/thread_scheduling.hpp"

#include <algorithm>

namespace seckill::inline v1 {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A wall clock may be set: who sleeps until a time looks at it again after so long.
constexpr milliseconds nap_max{1'000};

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

shard_runner::shard_runner(shard& work, const engine_params& params, const clock& time)
    : work_(work),
      time_(time),
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
      if (!done.lone || !commit_here()) committing_.wake();
      continue;
    }
    if (work_.finished()) break;
    auto until = steady_clock::now() + nap_max;
    if (done.wake_at_ms)
      until -= nap_max - std::clamp(milliseconds(*done.wake_at_ms - now), milliseconds(0), nap_max);
    wait(deciding_, until, [&] {
      return work_.can_apply() || work_.finished() || ticks_.load(std::memory_order_acquire) != ticks;
    });
  }
  all_decided_.store(true, std::memory_order_release);
  committing_.wake();
}

// Commits on the deciding thread, unless the other one is at it; false if that one has to do something now.
bool shard_runner::commit_here() {
  const std::unique_lock lock(committer_mutex_, std::try_to_lock);
  if (!lock) return false;
  const bool expects_to_sync = work_.has_unsynced();
  work_.commit_turn();
  return expects_to_sync || !work_.has_unsynced();
}

void shard_runner::commit_all() {
  shorten_thread_slice();
  auto next_sync = steady_clock::now() + sync_interval_;
  while (true) {
    // Before looking for batches: what was decided before it was set is seen below.
    const bool last_round = all_decided_.load(std::memory_order_acquire);
    bool worked = false;
    {
      const std::lock_guard lock(committer_mutex_);
      worked = work_.commit_turn();
      if (syncs_in_background_ && steady_clock::now() >= next_sync) {
        work_.sync_turn();
        next_sync = steady_clock::now() + sync_interval_;
      }
    }
    if (worked) {
      deciding_.wake();
      continue;
    }
    if (last_round) break;
    const bool unsynced = work_.has_unsynced();
    wait(committing_, unsynced ? next_sync : steady_clock::now() + nap_max, [&] {
      return work_.can_commit() || all_decided_.load(std::memory_order_acquire) ||
             work_.has_unsynced() != unsynced;
    });
  }
  work_.sync_turn();
}

}  // namespace seckill::inline v1
