#include "tests/simulation/world.hpp"

#include "engine/snapshots.hpp"
#include "tests/support/open_recovered.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace seckill::testing {
namespace {

engine_params params_by_lot(workload& random) {
  engine_params params;
  params.ledger.shard_count = static_cast<std::uint8_t>(random.chance(50) ? 1 : 1 + random.below(3));
  params.ledger.shard = static_cast<std::uint8_t>(random.below(params.ledger.shard_count));
  // Mostly nothing is forgotten; sometimes nearly everything is.
  const bool small = random.chance(30);
  params.ledger.stock_max = small ? 12 : 45;
  params.ledger.remembered_max = small ? static_cast<std::uint32_t>(random.below(6)) : 4'000;
  params.ledger.tombstones_max = small ? 1 + static_cast<std::uint32_t>(random.below(3)) : 500;
  params.ledger.operator_requests_max = small ? 1 + static_cast<std::uint32_t>(random.below(4)) : 4'000;
  params.ledger.sales_max = random.chance(80) ? 100 : 3;
  params.ledger.quantity_max = 100;
  params.ledger.tombstone_ttl_ms = 700;
  params.level = static_cast<durability>(random.below(3));
  params.ring_capacity = 1U << (2 + random.below(4));
  params.batch_max = 1 + static_cast<std::uint32_t>(random.below(12));
  params.batches_in_flight_max = 1 + static_cast<std::uint32_t>(random.below(4));
  params.snapshot_bytes_per_second = 0;
  // Mostly the sweep keeps up; sometimes it lags, and holds are dead before they are swept.
  params.expire_batch_max = random.chance(75) ? 1'000 : 1 + static_cast<std::uint32_t>(random.below(2));
  params.snapshots_kept = 1 + static_cast<std::uint32_t>(random.below(2));
  params.events_kept = 0;
  params.time.step_max_ms = 60;
  params.time.downtime_max_ms = 2'500;
  params.time.slew_one_in = 10 + static_cast<std::uint32_t>(random.below(20));
  return params;
}

}  // namespace

world::world(std::uint64_t seed, misfortunes known, std::unique_ptr<simulated_storage> storage)
    : random_(seed),
      known_(known),
      params_(params_by_lot(random_)),
      storage_(std::move(storage)),
      time_oracle_(params_.time),
      oracle_(params_.ledger),
      quiet_(random_.chance(30)) {
  checkpoints_.push_back({0, oracle_});
  faults_->before_each([this](storage_call call, std::uint64_t) { before_call(call); });
  boot();
}

world::~world() { close(); }

std::optional<std::string> world::run(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps && !violation_; ++i) {
    step();
    if (crashed_ && !violation_) crash();
    ++tally_.steps;
  }
  if (!violation_) settle();
  return violation_;
}

void world::violate(const std::string& what) {
  if (!violation_) violation_ = "step " + std::to_string(tally_.steps) + ": " + what;
}

bool world::is_planned(const error& what) const {
  return what.code == errc::injected || what.code == errc::storage_full;
}

void world::step() {
  const std::uint64_t kind = random_.below(1'000);
  // Sooner or later somebody starts a process again whose journal has failed.
  if (shard_->failed() && kind < 100) return crash();
  if (kind < 290) return submit();
  if (kind < 320) return submit_late();
  if (kind < 350) return ask();
  if (kind < 560) return apply();
  if (kind < 760) return commit();
  if (kind < 880) return consume();
  if (kind < 957) return move_clocks();
  if (kind < 967) return snapshot();
  if (kind < 979) return plan_fault();
  if (kind < 984) return damage_and_recover();
  if (kind < 987) return settle();
  if (quiet_) return submit();
  if (kind < 994) return crash_soon();
  crash();
}

// --- commands ---

void world::submit() {
  for (std::uint64_t burst = 1 + random_.below(4); burst > 0; --burst) {
    auto made = std::make_unique<ticket>();
    made->owner = this;
    made->what = draw();
    made->level = random_.chance(20) ? static_cast<durability>(random_.below(3)) : params_.level;
    if (const auto* reserve = std::get_if<reserve_command>(&*made->what))
      if (const auto refusal = shard_->board().refuse(*reserve, now_)) {
        judge_refusal(*reserve, *refusal);
        continue;
      }
    const submission sent{*made->what, {answered, made.get()}, made->level};
    const submission* const one = &sent;
    const shard::claim taken = shard_->submit(std::span(&one, 1));
    if (taken.count == 0) continue;  // overloaded: nothing has happened
    queued_.push_back(made.get());
    tickets_.push_back(std::move(made));
    if (random_.chance(20)) apply(taken);
    if (crashed_ || violation_) return;
  }
}

// By callers who took the time and then lost their core for a while.
void world::submit_late() {
  ++tally_.late_callers;
  const time_ms current = now_;
  now_ -= std::min(now_ - 1, static_cast<time_ms>(random_.below(2'000)));
  submit();
  if (!crashed_) now_ = current;
}

// A new command, or one that was sent before: a client that never got its answer, or a network that delivers twice and
// late.
command world::draw() {
  if (!sent_.empty() && random_.chance(12)) {
    ++tally_.repeated;
    return sent_[random_.below(sent_.size())];
  }
  const std::vector<sale_id> sales = oracle_.sales();
  // Sales are created like everything else; a crash may take the creation back, so it is tried again.
  command drawn = random_.chance(sales.size() < 2 ? 60 : 1)
                      ? command(random_.creation())
                      : random_.next(sales, [&] { return known_reservation(); });
  sent_.push_back(drawn);
  if (sent_.size() > 30) sent_.pop_front();
  return drawn;
}

reservation_id world::known_reservation() {
  if (oracle_of_.empty() || random_.chance(3)) return reservation_id{random_.below(100)};
  return std::next(oracle_of_.begin(), static_cast<std::ptrdiff_t>(random_.below(oracle_of_.size())))->first;
}

// A look into the ledger, queued like a command: it must find the state that the oracle has at that place.
void world::ask() {
  auto made = std::make_unique<ticket>();
  ticket* const mine = made.get();
  mine->owner = this;
  mine->level = params_.level;
  auto question = std::make_unique<read_request>();
  question->look = [this, mine](const ledger& books) {
    if (!shard_->failed()) return compare(books, *mine->seen);
    const auto durable = std::ranges::find(checkpoints_, shard_->durable_sequence(), &checkpoint::sequence);
    if (durable == checkpoints_.end())
      return violate("a failed shard shows a state that no batch ended with");
    compare(books, durable->state);
  };
  question->then = [mine](outcome code) { answered(mine, {.code = code}); };
  if (!shard_->submit(question)) return;
  queued_.push_back(mine);
  tickets_.push_back(std::move(made));
}

// A turn of the deciding thread, or of a caller that tries to decide what it has just submitted.
void world::apply(std::optional<shard::claim> mine) {
  const bool was_failed = shard_->failed();
  const bool open = shard_->stats().batches_in_flight < params_.batches_in_flight_max;
  const std::size_t count = std::min<std::size_t>(queued_.size(), params_.batch_max);
  if (!was_failed && open) {
    // The oracle goes first, in the same order, because answers may come before apply_turn() returns.
    oracle_.advance(now_);
    oracle_.expire(params_.expire_batch_max);
    observed_ = std::max(observed_, now_);
    for (std::size_t i = 0; i < count; ++i) {
      ticket& each = *queued_[i];
      each.revealed = std::uint64_t(-1);  // set below, unless it is answered at once
      if (each.what)
        each.expected = oracle_.execute(in_oracle_terms(*each.what), reservation_id{next_oracle_id_++});
      else
        each.seen = std::make_unique<model>(oracle_);
    }
  }
  const auto end = queued_.begin() + static_cast<std::ptrdiff_t>(was_failed || open ? count : 0);
  const std::vector<ticket*> decided(queued_.begin(), end);
  queued_.erase(queued_.begin(), end);
  const bool all_back = shard_->stats().batches_in_flight == 0;
  if (mine && shard_->apply_turn_of(*mine, now_))
    ++tally_.decided_by_callers;
  else
    shard_->apply_turn(now_);
  if (was_failed && all_back) rebuilt_ = shard_->failure().find("cannot be read") == std::string::npos;
  if (was_failed || !open) return;
  const std::uint64_t sequence = shard_->stats().last_sequence;
  for (ticket* each : decided) {
    each->revealed = sequence;
    // Answered at once, and no longer than the process: at a higher level it was durable already.
    if (!each->reply) continue;
    remember_told(*each, *each->reply);
    if (each->level == durability::written) promised_written_ = std::max(promised_written_, sequence);
    if (each->level == durability::synced) promised_synced_ = std::max(promised_synced_, sequence);
  }
  if (checkpoints_.back().sequence < sequence) checkpoints_.push_back({sequence, oracle_});
  compare_board();
}

void world::commit() {
  const bool was_failed = shard_->failed();
  if (random_.chance(20)) shard_->sync_turn();
  shard_->commit_turn();
  if (!was_failed && shard_->failed()) ++tally_.failures;
  if (crashed_) return;
  // What is synced, no crash takes back.
  while (checkpoints_.size() > 1 && checkpoints_[1].sequence <= shard_->journaled().synced())
    checkpoints_.pop_front();
  while (!tickets_.empty() && tickets_.front()->reply) tickets_.pop_front();
  compare_board();
}

// --- what happens beside the commands ---

void world::consume() {
  if (naps_ > 0) {
    --naps_;
    return;
  }
  if (known_.naps && random_.chance(2)) {
    ++tally_.naps;
    naps_ = 10 + random_.below(60);
    return;
  }
  if (!feed_) return open_feed();
  std::vector<event> events;
  if (const auto polled = feed_->poll(events, 1 + random_.below(30)); !polled) {
    if (!is_planned(polled.error())) violate("feed: " + polled.error().text);
    return open_feed();  // what it gave before it failed is dropped here, so start again from the cursor
  }
  for (const event& each : events)
    if (each.sequence != ++delivered_) return violate("the feed left out an event");
  if (delivered_ > shard_->journaled().synced()) violate("the feed told what a crash could still take back");
  if (!events.empty())
    if (const auto done = projector_->project(events); !done) {
      if (!is_planned(done.error())) violate("projector: " + done.error().text);
      return open_feed();  // the feed has moved on: a consumer that failed starts again from its cursor
    }
  if (random_.chance(40)) give_up_orders();
}

// Lets the feed forget what the orders can no longer lose.
void world::give_up_orders() {
  if (!orders_->sync()) return;
  const auto position = orders_->position(params_.ledger.shard);
  if (!position) return;
  // After a restart the orders may be ahead of what the feed has delivered again.
  const std::uint64_t done = std::min(*position, delivered_);
  if (done <= feed_->cursor()) return;
  if (const auto saved = feed_->commit(done); !saved && !is_planned(saved.error()))
    violate("feed: " + saved.error().text);
}

void world::snapshot() {
  if (!known_.snapshots || shard_->failed() || !feed_) return;
  static const std::atomic<bool> never{false};
  const auto written = write_snapshot(*journal_, params_, test_fleet, shard_->journaled().synced(), never);
  if (!written && !is_planned(written.error())) return violate("snapshot: " + written.error().text);
  if (!written) return;
  ++tally_.snapshots;
  const auto stored = journal_->snapshots();
  if (stored && stored->size() >= params_.snapshots_kept && feed_ && feed_->cursor() < stored->back())
    ++tally_.held_back;
  if (const auto trimmed = trim_behind_snapshots(*journal_, params_);
      !trimmed && !is_planned(trimmed.error()))
    violate("trim: " + trimmed.error().text);
}

// Time passes; sometimes the machine was suspended, and sometimes somebody sets its wall clock.
void world::move_clocks() {
  auto length = static_cast<time_ms>(random_.below(120));
  if (known_.clock_jumps && random_.chance(3)) {
    ++tally_.suspensions;
    length += static_cast<time_ms>(random_.below(2'000));
  }
  machine_.advance(length);
  look_at_clock(time_oracle_.passed(length, clock_->status()));
  if (!known_.clock_jumps) return;
  if (random_.chance(8)) set_wall_clock();
  if (random_.chance(3)) accept_wall_clock();
}

void world::set_wall_clock() {
  constexpr time_ms year = 365LL * 24 * 3'600'000;
  const std::vector<time_ms> sizes{60, 500, 3'000, 3'600'000, 90 * year};
  const auto size = static_cast<time_ms>(random_.below(static_cast<std::uint64_t>(random_.among(sizes))));
  const time_ms wrong = machine_.wall_ms() - now_;
  // Mostly a clock that is far off is set right again, or the world would live with one alarm for ever.
  time_ms step = random_.chance(50) ? size : -size;
  if (std::abs(wrong) > 3'000 && random_.chance(70))
    step = -wrong + static_cast<time_ms>(random_.below(100)) - 50;
  tally_.jumps_back += step < 0 ? 1U : 0U;
  tally_.jumps_of_years += std::abs(step) > year ? 1U : 0U;
  machine_.step_wall(step);
  look_at_clock(time_oracle_.stepped(clock_->status()));
}

// Mostly one that is not far off: what is accepted ends every sale of the world.
void world::accept_wall_clock() {
  if (clock_->status().difference_ms() > 3'000 && !random_.chance(1)) return;
  ++tally_.accepted_clocks;
  look_at_clock(time_oracle_.accepted(clock_->accept_wall_clock()));
}

void world::look_at_clock(const time_oracle::violation& found) {
  if (found) violate(*found);
  const time_ms before = now_;
  now_ = clock_->now_ms();
  if (now_ < before) violate("ledger time went back");
}

void world::plan_fault() {
  if (!known_.storage) return;
  if (disk_full_) {
    if (!random_.chance(40)) return;
    disk_full_ = false;  // somebody has made room
    return faults_->clear();
  }
  constexpr std::uint64_t always = std::numeric_limits<std::uint64_t>::max();
  if (random_.chance(8)) {
    disk_full_ = true;
    ++tally_.full_disks;
    for (const storage_call each : {storage_call::append, storage_call::commit_snapshot,
                                    storage_call::save_cursor, storage_call::commit})
      faults_->plan({each, faults_->count(each) + 1, always, errc::storage_full, 0});
    return;
  }
  const auto call = static_cast<storage_call>(random_.below(storage_call_count));
  const errc code = random_.chance(20) ? errc::storage_full : errc::injected;
  faults_->plan({call, faults_->count(call) + 1 + random_.below(5), 1, code, random_.below(3)});
}

// Without further misfortune, everything submitted is answered, and every reservation has become its order.
void world::settle() {
  faults_->clear();
  disk_full_ = false;
  naps_ = 0;
  crash_in_ = 0;
  if (shard_->failed()) crash();
  for (int i = 0; i < 1'000 && !violation_ && (!queued_.empty() || shard_->stats().batches_in_flight > 0);
       ++i) {
    apply();
    commit();
  }
  if (violation_) return;
  for (const auto& each : tickets_)
    if (!each->reply) return violate("a command was never answered");
  compare_state();
  if (!violation_) compare_board_refuses();
  if (!violation_) compare_journal();
  if (!feed_) open_feed();
  for (std::uint64_t before = std::uint64_t(-1); !violation_;) {
    const auto position = orders_->position(params_.ledger.shard);
    if (!position || *position == before) break;
    before = *position;
    std::vector<event> events;
    if (auto polled = feed_->poll(events, 1'000); !polled) return violate("feed: " + polled.error().text);
    if (!events.empty()) delivered_ = events.back().sequence;
    if (auto done = projector_->project(events); !done) return violate("projector: " + done.error().text);
  }
  if (!violation_) compare_orders();
}

}  // namespace seckill::testing
