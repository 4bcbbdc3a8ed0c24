#pragma once

#include "engine/answer_counters.hpp"
#include "engine/batch_queue.hpp"
#include "engine/ring.hpp"
#include "engine/watermark.hpp"
#include <seckill/availability_board.hpp>
#include <seckill/engine.hpp>
#include <seckill/ledger.hpp>
#include <seckill/ledger_identity.hpp>
#include <seckill/ports/journal.hpp>
#include <seckill/ports/time_source.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace seckill::inline v1 {

// A question to a ledger that travels like a command.
struct read_request {
  std::function<void(const ledger&)> look;
  std::function<void(outcome)> then;
};

// One ledger at work, without its threads: an engine gives it two, a simulator steps it by hand.
//
//   submit() -> ring -> apply_turn(): decide a batch -> batch queue -> commit_turn(): journal, publish,
//   answer
//
// Invariants, which every line of shard_apply.cpp and shard_commit.cpp serves:
// 1. An answer leaves when the journal covers the ledger as it was when the answer was decided, at the
// answer's level:
//    the batch that it is in, and with it every batch before, is written or synced. This holds for refusals,
//    replays and reads as well, for they reveal the same state.
// 2. Before an answer leaves, the request ids behind it are in the board's filter, and what it changed is on
// the board,
//    or the board is silent about that sale.
// 3. Batches are committed in order, in groups: one append, at most one sync.
// 4. A journal that failed is never written again. Whatever was not durable then is answered `unavailable`,
// and the
//    ledger is replaced by what the journal holds up to the watermark, so that nothing undurable can be read.
//
// Threads: apply_turn() and apply_turn_of() by one at a time; commit_turn() and sync_turn() by one at a time, which may be the same; the rest as it
// says.
class shard {
  struct entry {
    command what;
    completion then;
    durability level{};
    std::unique_ptr<read_request> question;  // if there is one, it is this and no command
  };

 public:
  // What the journal holds, all of it synced, and what its next frame must say.
  struct start {
    ledger state;
    fleet_id fleet;
    frame_link last;
    const time_source* wall = nullptr;  // what frames say of the wall clock; null: it is ledger time
  };
  shard(const engine_params& params, journal& to, start from, answer_counters& counters);

  // --- any thread ---
  using claim = ring<entry>::claim;
  // Queues the first of these, as many as there is room for. Does not ask the board.
  [[nodiscard]] claim submit(std::span<const submission* const> commands) noexcept;
  [[nodiscard]] bool submit(std::unique_ptr<read_request>& question) noexcept;
  // From now on nothing is taken; what was taken is still decided.
  void close() noexcept { queue_.close(); }

  [[nodiscard]] const availability_board& board() const noexcept { return board_; }
  [[nodiscard]] watermark& journaled() noexcept { return journaled_; }
  // The last event that is durable at the engine's level.
  [[nodiscard]] std::uint64_t durable_sequence() const noexcept;
  [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] shard_stats stats() const;

  // --- the deciding thread, or a caller in its stead ---
  struct turn {
    bool worked = false;   // there may be more to do at once
    bool lone = false;     // what was decided would gain nothing by another thread's committing it
    bool awaited = false;  // an answer waits for the journal
    std::optional<time_ms> wake_at_ms;  // nothing to do before this time, unless something is submitted
  };
  turn apply_turn(time_ms now);
  // A turn of these commands alone. None, and nothing is done, if others come first, an expiry is due, or the journal
  // has failed. REQUIRES: what submit() returned to this caller.
  std::optional<turn> apply_turn_of(const claim& mine, time_ms now);
  // False: apply_turn() has nothing to do but what time brings.
  [[nodiscard]] bool can_apply() noexcept;
  // Closed, and everything taken is decided and handed over.
  [[nodiscard]] bool finished() const noexcept { return queue_.drained(); }

  // --- the committing thread, or the deciding one in its stead ---
  // Commits all waiting batches as one group; false if there are none.
  bool commit_turn();
  // Whether the deciding thread may have waited for what the last commit_turn() did.
  [[nodiscard]] bool lets_decide() const noexcept { return lets_decide_; }
  // Batches that wait for it.
  [[nodiscard]] std::size_t committable() const noexcept { return batches_.waiting(); }
  // Syncs what is only written: for levels below synced, from time to time.
  void sync_turn();
  [[nodiscard]] bool has_unsynced() const noexcept {
    return !failed() && journaled_.synced() != journaled_.written();
  }

 private:
  // shard_apply.cpp
  turn decide_turn(std::size_t commands, time_ms now);
  void decide(batch& into, std::size_t count, time_ms now);
  void run(entry& each, batch& into, time_ms now);
  void remember(const command& what, const answer& reply) noexcept;
  void finish(batch& decided);
  void let_go_early(batch& decided);
  [[nodiscard]] bool is_durable(batch& decided) noexcept;
  turn failed_turn();
  void rebuild();

  // shard_commit.cpp
  [[nodiscard]] result<void> append(std::size_t count);
  [[nodiscard]] result<void> sync();
  [[nodiscard]] bool needs_sync(std::size_t count);
  void publish(std::size_t count) noexcept;
  void release(std::vector<pending_answer>& answers) noexcept;
  void fail(const error& why);
  void refuse_rest(std::size_t count) noexcept;

  const engine_params params_;
  const ledger_identity identity_;
  const time_source* const wall_;
  journal& journal_;
  answer_counters& counters_;
  ring<entry> queue_;
  batch_queue batches_;
  availability_board board_;
  watermark journaled_;

  // Of the deciding thread.
  std::optional<ledger> ledger_;  // none: the journal failed, and could not be read either
  bool rebuilt_ = false;

  // Of whoever commits.
  frame_link last_frame_;
  std::vector<stored_frame> frames_;
  bool lets_decide_ = false;

  // Set by the committing thread, once: `failed_` is stored after the failure and the last rise of the
  // watermark.
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  std::string failure_;

  // For stats(); each stored by one thread.
  std::atomic<std::uint64_t> last_sequence_{0};
  std::atomic<std::uint64_t> live_{0};
  std::atomic<std::uint64_t> frames_appended_{0};
  std::atomic<std::uint64_t> syncs_{0};
};

}  // namespace seckill::inline v1
