// How simulated processes and machines end, and start again.
#include "tests/simulation/world.hpp"
#include "tests/support/open_recovered.hpp"
#include <seckill/testing/faulty_journal.hpp>
#include <seckill/testing/faulty_order_store.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace seckill::testing {
namespace {

// The last event that a snapshot or a feed has seen.
std::uint64_t seen_by_others(journal& in) {
  std::uint64_t last = 0;
  for (const std::uint64_t snapshot : in.snapshots().value()) last = std::max(last, snapshot);
  for (const journal_cursor& each : in.cursors().value()) last = std::max(last, each.sequence);
  return last;
}

}  // namespace

// What was safely stored and then damaged is refused, or made good from elsewhere, and never skipped.
void world::damage_and_recover() {
  if (!known_.damage) return;
  const auto damaged = storage_->after_damage(random_);
  if (!damaged.copy) return;
  ++tally_.damages;
  auto opened = damaged.copy->open_journal();
  if (!opened) return violate("journal with " + damaged.what + ": " + opened.error().text);
  const auto state = open_recovered(**opened, {.bounds = params_.ledger});
  if (!state) {
    const auto code = state.error().code;  // a flipped bit may also make it look like a newer version's
    if (code != errc::corrupt_data && code != errc::missing_data && code != errc::version_unsupported)
      violate("recovery from " + damaged.what + ": " + state.error().text);
    if (damaged.in_snapshot && params_.snapshots_kept > 1)
      violate("one damaged snapshot is a loss: " + state.error().text);
    return;
  }
  const std::uint64_t sequence = state->state.last_sequence();
  const std::uint64_t needed =
      damaged.in_last_frame ? seen_by_others(**opened) : shard_->journaled().synced();
  if (sequence < needed) return violate("recovery skipped over " + damaged.what);
  const auto whole = std::ranges::find(checkpoints_, sequence, &checkpoint::sequence);
  if (whole == checkpoints_.end() && !damaged.in_last_frame)
    return violate("recovery from " + damaged.what + " ends within a batch");
  if (whole != checkpoints_.end()) compare(state->state, whole->state);
  const auto again = recover(**opened, {.bounds = params_.ledger});
  if (!again || again->state.state_hash() != state->state.state_hash())
    violate("repairing " + damaged.what + " took more away");
}

// --- crashing ---

world::remains world::left_now() {
  const bool machine = known_.crashes && random_.chance(50);
  ++(machine ? tally_.machine_crashes : tally_.process_crashes);
  auto [left, torn] = storage_->after_crash(machine, random_);
  tally_.torn_frames += torn ? 1U : 0U;
  return {std::move(left), machine, promised_written_, promised_synced_};
}

// Before one of the next calls of the storage, in the middle of whatever makes it.
void world::crash_soon() {
  if (known_.crashes) crash_in_ = 1 + random_.below(12);
}

void world::before_call(storage_call call) {
  if (going_down_ || crash_in_ == 0 || --crash_in_ > 0) return;
  ++tally_.crashes_inside;
  const bool in_snapshot = call == storage_call::write_snapshot || call == storage_call::commit_snapshot;
  tally_.crashes_in_snapshot += in_snapshot ? 1U : 0U;
  crashed_ = left_now();
}

void world::crash() {
  if (!known_.crashes && !shard_->failed()) return;
  remains left = crashed_ ? *std::exchange(crashed_, std::nullopt) : left_now();
  close();
  storage_ = std::move(left.storage);
  // Only what was acknowledged before it happened counts.
  promised_written_ = left.promised_written;
  promised_synced_ = left.promised_synced;
  bool by_machine = left.by_machine;
  if (known_.crashes && random_.chance(20)) crash_in_ = 1 + random_.below(15);
  for (int starts = 1; !violation_; ++starts) {
    if (starts == 8) {  // at last somebody repairs what is in the way
      faults_->clear();
      disk_full_ = false;
      crash_in_ = 0;
    }
    const bool up = try_boot();
    if (up && !crashed_) open_feed();
    if (up && !crashed_) break;
    if (crashed_)
      ++tally_.crashes_in_recovery;
    else
      ++tally_.failed_starts;
    left = crashed_ ? *std::exchange(crashed_, std::nullopt) : left_now();
    close();
    storage_ = std::move(left.storage);
    by_machine = by_machine || left.by_machine;
    if (known_.crashes && random_.chance(40)) crash_in_ = 1 + random_.below(15);
  }
  crash_in_ = 0;
  if (violation_) return;
  const std::uint64_t sequence = shard_->stats().last_sequence;
  const std::uint64_t promised =
      by_machine ? promised_synced_ : std::max(promised_synced_, promised_written_);
  if (sequence < promised)
    return violate("event " + std::to_string(promised) + " was acknowledged, but a crash left only " +
                   std::to_string(sequence));
  return_to(sequence);
}

// The process is gone: nobody hears what it still says.
void world::close() {
  going_down_ = true;
  projector_.reset();
  feed_.reset();
  if (shard_) shard_->commit_turn();  // on a disk that nobody will look at again
  shard_.reset();
  orders_.reset();
  journal_.reset();
  queued_.clear();
  tickets_.clear();
  going_down_ = false;
}

// --- starting ---

void world::boot() {
  if (!try_boot()) return violate("the first start failed");
  if (random_.chance(80)) open_feed();
}

// Opens everything on what the disks hold; false if a planned fault is in the way.
bool world::try_boot() {
  observed_ = 0;
  const auto failed = [&](const char* where, const error& what) {
    if (!is_planned(what)) violate(where + what.text);
    return false;
  };
  auto opened = storage_->open_journal();
  if (!opened) return failed("journal: ", opened.error());
  journal_ = make_faulty_journal(std::move(opened).value(), faults_);
  auto state =
      open_recovered(*journal_, {.bounds = params_.ledger, .torn_frames_max = params_.batches_in_flight_max});
  if (!state) return failed("recovery: ", state.error());
  if (const auto faults = state->state.audit(); !faults.empty()) violate("recovered: " + faults.front());
  // As the engine does: what a process that died had only written counts from now on.
  if (const auto synced = journal_->sync(); !synced) return failed("journal: ", synced.error());
  start_clock({state->state.now_ms(), state->wall_ms});
  shard_ = std::make_unique<shard>(params_, *journal_,
                                   shard::start{std::move(state->state), test_fleet, state->last, &machine_},
                                   counters_);

  auto store = storage_->open_orders();
  if (!store) return failed("orders: ", store.error());
  orders_ = make_faulty_order_store(std::move(store).value(), faults_);
  projector_ = std::make_unique<order_projector>(
      *orders_, params_.ledger.shard, [this](sale_id sale) { return shard_->board().definition(sale); });
  return true;
}

// As the engine does. Some time has passed since the last process, and somebody may have set the wall clock.
void world::start_clock(const journaled_time& latest) {
  machine_.advance(static_cast<time_ms>(random_.below(200)));
  if (known_.clock_jumps && random_.chance(10))
    machine_.step_wall(static_cast<time_ms>(random_.below(6'000)) - 3'000);
  time_params rules = params_.time;
  rules.accept_wall_clock =
      known_.clock_jumps && random_.chance(3) && std::abs(machine_.wall_ms() - latest.ledger_ms) < 5'000;
  clock_.emplace(machine_, rules, latest);
  now_ = 0;
  look_at_clock(time_oracle_.started(latest, clock_->status(), rules.accept_wall_clock));
  if (now_ < latest.ledger_ms) violate("ledger time starts before the journal's end");
}

// May leave none: then it is tried again.
void world::open_feed() {
  ++tally_.feed_restarts;
  feed_.reset();
  const auto cursor = open_cursor(*journal_, "orders");
  if (!cursor) {
    if (!is_planned(cursor.error())) violate("cursor: " + cursor.error().text);
    return;
  }
  const ledger_identity whose{test_fleet, params_.ledger.shard, params_.ledger.shard_count};
  feed_ = std::make_unique<shard_feed>(*journal_, shard_->journaled(), whose, "orders", *cursor, [] {});
  delivered_ = *cursor;
}

// Time goes on from the end of a batch that survived; what came later has never been.
void world::return_to(std::uint64_t sequence) {
  const auto survived = std::ranges::find(checkpoints_, sequence, &checkpoint::sequence);
  if (survived == checkpoints_.end())
    return violate("a crash left event " + std::to_string(sequence) + ", which no batch ended with");
  tally_.events_lost += checkpoints_.back().sequence - sequence;
  oracle_ = survived->state;
  checkpoints_.clear();
  checkpoints_.push_back({sequence, oracle_});
  promised_written_ = promised_synced_ = sequence;
  told_.clear();
  rebuilt_ = false;
  std::erase_if(real_of_, [&](const auto& each) { return !oracle_.reservations().contains(each.first); });
  std::erase_if(oracle_of_, [&](const auto& each) { return !real_of_.contains(each.second); });
  // A reservation's id may be given again after its reservation was lost, so nobody may still name it.
  std::erase_if(sent_, [](const command& each) {
    return std::holds_alternative<confirm_command>(each) || std::holds_alternative<cancel_command>(each);
  });
  compare_state();
}

}  // namespace seckill::testing
