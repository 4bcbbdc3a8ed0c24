#pragma once

#include "engine/ledger_clock.hpp"
#include "engine/shard.hpp"
#include "engine/shard_feed.hpp"
#include "tests/simulation/model.hpp"
#include "tests/simulation/storage.hpp"
#include "tests/simulation/tally.hpp"
#include "tests/simulation/time_oracle.hpp"
#include "tests/simulation/workload.hpp"
#include <seckill/order_projector.hpp>
#include <seckill/testing/fault_script.hpp>
#include <seckill/testing/manual_time_source.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace seckill::testing {

/// The real shard, journal code, recovery, snapshots, feed and projector on simulated disks and clock, in one
/// thread, stepped by lot; beside it the oracle. After each step whatever can be observed must agree with it:
/// every answer, every refusal of the board and what it shows, what a crash leaves, the ledger's state as it is
/// asked for, the events, and the orders.
class world {
 public:
  world(std::uint64_t seed, misfortunes known, std::unique_ptr<simulated_storage> storage);
  ~world();

  /// Runs so many steps and settles everything. The violation found, if any.
  std::optional<std::string> run(std::uint64_t steps);
  [[nodiscard]] const tally& counted() const { return tally_; }

 private:
  // A command or a question on its way: decided by the oracle when the shard decides it, compared when its answer
  // comes.
  struct ticket {
    world* owner = nullptr;
    std::optional<command> what;  // none: a question
    durability level{};
    std::optional<answer> expected;
    std::unique_ptr<model> seen;  // of a question: the state that it must see
    std::uint64_t revealed = 0;   // the sequence that the answer rests on
    std::optional<answer> reply;
  };
  struct checkpoint {
    std::uint64_t sequence = 0;
    model state;
  };
  // What a crash leaves, and what had been acknowledged until then.
  struct remains {
    std::unique_ptr<simulated_storage> storage;
    bool by_machine = false;
    std::uint64_t promised_written = 0;
    std::uint64_t promised_synced = 0;
  };

  // world.cpp: what happens
  void step();
  void submit();
  void submit_late();
  [[nodiscard]] command draw();
  void ask();
  void apply(std::optional<shard::claim> mine = {});
  void commit();
  void consume();
  void give_up_orders();
  void snapshot();
  void move_clocks();
  void set_wall_clock();
  void accept_wall_clock();
  void look_at_clock(const time_oracle::violation& found);
  void plan_fault();
  void settle();
  [[nodiscard]] reservation_id known_reservation();
  [[nodiscard]] bool is_planned(const error& what) const;
  void violate(const std::string& what);

  // world_crash.cpp: what ends, and starts again
  void damage_and_recover();
  void crash();
  void crash_soon();
  void before_call(storage_call call);
  [[nodiscard]] remains left_now();
  void close();
  void boot();
  bool try_boot();
  void start_clock(const journaled_time& latest);
  void open_feed();
  void return_to(std::uint64_t sequence);

  // world_checks.cpp: what must be so
  static void answered(void* context, const answer& reply) noexcept;
  void judge(ticket& which, const answer& reply);
  void judge_refusal(const reserve_command& what, const answer& refusal);
  void remember_told(const ticket& which, const answer& reply);
  [[nodiscard]] bool same(const answer& got, const answer& expected);
  [[nodiscard]] command in_oracle_terms(const command& what) const;
  void compare(const ledger& books, const model& expected);
  void compare_buyers(const ledger& books, const model& expected);
  void compare_board();
  [[nodiscard]] bool shows(const model& expected) const;
  void compare_board_refuses();
  void compare_state();
  void compare_journal();
  void compare_orders();

  workload random_;
  misfortunes known_;
  tally tally_;
  std::optional<std::string> violation_;

  engine_params params_;
  std::unique_ptr<simulated_storage> storage_;
  std::shared_ptr<fault_script> faults_ = std::make_shared<fault_script>();
  std::unique_ptr<journal> journal_;
  std::unique_ptr<order_store> orders_;
  answer_counters counters_;
  std::unique_ptr<shard> shard_;
  std::unique_ptr<shard_feed> feed_;
  std::unique_ptr<order_projector> projector_;
  manual_time_source machine_{900};  // its clocks, whatever process runs on it
  std::optional<ledger_clock> clock_;
  time_oracle time_oracle_;
  time_ms now_ = 900;               // ledger time, as the one who acts knows it
  time_ms observed_ = 0;            // the latest that this boot's shard was told; its board never goes back
  std::uint64_t delivered_ = 0;     // by the feed
  std::uint64_t naps_ = 0;          // steps that the consumer still sleeps
  bool disk_full_ = false;          // until somebody makes room
  std::uint64_t crash_in_ = 0;      // calls of the storage; 0: none planned
  std::optional<remains> crashed_;  // it has happened, in the middle of what is going on
  bool going_down_ = false;         // whatever is still answered, nobody hears

  model oracle_;
  std::deque<checkpoint> checkpoints_;  // of each state that a crash could leave, oldest first
  std::deque<std::unique_ptr<ticket>> tickets_;
  std::deque<ticket*> queued_;          // submitted and not decided
  std::deque<command> sent_;            // lately, to be sent again
  std::uint64_t promised_written_ = 0;  // what acknowledged answers rest on, by what they must survive
  std::uint64_t promised_synced_ = 0;
  std::uint64_t next_oracle_id_ = 1;
  std::map<sale_id, std::uint64_t> told_;               // the last change of a sale that somebody was told of
  bool rebuilt_ = false;                                // a failed shard has gone back to the durable state
  std::map<reservation_id, reservation_id> real_of_;    // oracle's id -> the ledger's
  std::map<reservation_id, reservation_id> oracle_of_;  // and back
  const bool quiet_;  // nothing crashes unless it has failed: a longer life, in which more is forgotten
};

}  // namespace seckill::testing
