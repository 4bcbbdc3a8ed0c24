#pragma once

#include "engine/shard.hpp"
#include "engine/shard_feed.hpp"
#include "tests/simulation/model.hpp"
#include "tests/simulation/workload.hpp"
#include <seckill/memory/journal_image.hpp>
#include <seckill/memory/order_image.hpp>
#include <seckill/order_projector.hpp>
#include <seckill/testing/fault_script.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace seckill::testing {

/// Which misfortunes a run knows.
struct misfortunes {
  bool crashes = true;      ///< of the process and of the machine, with or without a torn frame
  bool storage = true;      ///< appends, syncs and the rest fail
  bool damage = true;       ///< bits flip and frames vanish in what was safely stored
  bool clock_jumps = true;  ///< forwards and backwards
  bool snapshots = true;
};

/// What a run was good for, to show that it went everywhere.
struct tally {
  std::uint64_t steps = 0;
  std::uint64_t answers = 0;
  std::uint64_t board_refusals = 0;
  std::uint64_t process_crashes = 0;
  std::uint64_t machine_crashes = 0;
  std::uint64_t torn_frames = 0;
  std::uint64_t failures = 0;
  std::uint64_t damages_refused = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t events_lost = 0;  ///< never acknowledged at their level, and gone with a crash
  std::uint64_t orders = 0;
};

/// The real shard, journal code, recovery, snapshots, feed and projector on a simulated disk and clock, in one
/// thread, stepped by lot; beside it the oracle. After each step whatever can be observed must agree with it:
/// every answer, every refusal of the board, what a crash leaves, stock, and at the end the orders.
class world {
 public:
  world(std::uint64_t seed, misfortunes known);

  /// Runs so many steps and settles everything. The violation found, if any.
  std::optional<std::string> run(std::uint64_t steps);
  [[nodiscard]] const tally& counted() const { return tally_; }

 private:
  // A command on its way: decided by the oracle when the shard decides it, compared when its answer comes.
  struct ticket {
    world* owner = nullptr;
    command what;
    durability level{};
    std::optional<answer> expected;
    std::uint64_t revealed = 0;  // the sequence that the answer rests on
    bool answered = false;
  };
  struct checkpoint {
    std::uint64_t sequence = 0;
    model state;
  };

  void step();
  void submit();
  void apply();
  void commit();
  void consume();
  void snapshot();
  void move_clock();
  void plan_fault();
  void damage_and_refuse();
  void crash();
  void boot();
  void open_feed();
  void settle();
  void compare_state();
  void compare_orders();

  static void answered(void* context, const answer& reply) noexcept;
  void judge(ticket& which, const answer& reply);
  void judge_refusal(const reserve_command& what, const answer& refusal);
  [[nodiscard]] bool same(const answer& got, const answer& expected);
  [[nodiscard]] command in_oracle_terms(const command& what) const;
  [[nodiscard]] reservation_id known_reservation();
  void violate(const std::string& what);

  workload random_;
  misfortunes known_;
  tally tally_;
  std::optional<std::string> violation_;

  engine_params params_;
  std::shared_ptr<journal_image> disk_ = std::make_shared<journal_image>();
  std::shared_ptr<order_image> order_disk_ = std::make_shared<order_image>();
  std::shared_ptr<fault_script> faults_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<order_store> orders_;
  answer_counters counters_;
  std::unique_ptr<shard> shard_;
  std::unique_ptr<shard_feed> feed_;
  std::unique_ptr<order_projector> projector_;
  time_ms now_ = 900;
  time_ms observed_ = 0;         // the latest that this boot's shard was told; its board never goes back
  std::uint64_t delivered_ = 0;  // by the feed

  model oracle_;
  std::deque<checkpoint> checkpoints_;  // of each state that a crash could leave, oldest first
  std::deque<std::unique_ptr<ticket>> tickets_;
  std::deque<ticket*> queued_;          // submitted and not decided
  std::uint64_t promised_written_ = 0;  // what acknowledged answers rest on, by what they must survive
  std::uint64_t promised_synced_ = 0;
  std::uint64_t next_oracle_id_ = 1;
  std::map<reservation_id, reservation_id> real_of_;    // oracle's id -> the ledger's
  std::map<reservation_id, reservation_id> oracle_of_;  // and back
};

}  // namespace seckill::testing
