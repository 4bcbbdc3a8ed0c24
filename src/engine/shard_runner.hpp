#pragma once

#include "engine/ledger_clock.hpp"
#include "engine/parking.hpp"
#include "engine/shard.hpp"
#include <seckill/engine_params.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace seckill::inline v1 {

// The two threads of a shard, and how they wait for work: shortly by looking again, then asleep until somebody wakes
// them or the time of the next expiry, or of the next sync, has come.
//
// One decides, the other commits what was decided, so that the one goes on while the disk is busy. A lone batch is
// committed by the thread that decided it: to wake the other would take as long as a part of the sync. And where answers
// do not wait for the journal, a caller whose commands are few decides them itself while the deciding thread sleeps: to
// wake it would take longer than all of that. Then the committing thread lets batches gather, for nobody waits for it.
class shard_runner {
 public:
  // Starts the threads. Both objects must outlive this one.
  shard_runner(shard& work, const engine_params& params, ledger_clock& time);
  shard_runner(const shard_runner&) = delete;
  shard_runner& operator=(const shard_runner&) = delete;
  ~shard_runner() { stop(); }

  // After commands were submitted, which may be answered before it returns.
  void submitted(const shard::claim& mine, time_ms now) noexcept;
  // After a question was.
  void wake() noexcept { deciding_.wake(); }
  // Makes the deciding thread look at the clock.
  void tick() noexcept;
  // Decides, commits and answers what was submitted before, then ends the threads. Not from either of them.
  void stop();

 private:
  void decide_all();
  void commit_all();
  void let_gather();
  void hand_over(const shard::turn& done) noexcept;
  [[nodiscard]] bool commit_here();
  [[nodiscard]] bool decide_here(const shard::claim& mine, time_ms now) noexcept;

  shard& work_;
  ledger_clock& time_;
  const bool at_memory_;  // mostly no answer waits for the journal: callers decide, and batches gather
  const std::size_t gathered_max_;
  const bool syncs_in_background_;
  const std::chrono::milliseconds sync_interval_;

  parking deciding_;
  parking committing_;
  time_ms decides_again_ms_ = 0;       // of whoever decides: when the deciding thread will wake by itself
  std::atomic<bool> idle_{false};      // the committing thread sleeps until it is woken
  std::atomic<bool> gathered_{false};  // what waits for it is to be committed now
  std::atomic<std::uint64_t> ticks_{0};
  std::atomic<bool> all_decided_{false};
  std::mutex committer_mutex_;  // held by the thread that commits or syncs
  std::thread decider_;
  std::thread committer_;
};

}  // namespace seckill::inline v1
