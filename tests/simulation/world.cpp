#include "tests/simulation/world.hpp"

#include "engine/recovery.hpp"
#include "engine/snapshots.hpp"
#include <seckill/memory/memory_journal.hpp>
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/testing/faulty_journal.hpp>
#include <seckill/testing/faulty_order_store.hpp>

namespace seckill::testing {
namespace {

engine_params params_by_lot(workload& random) {
  engine_params params;
  params.ledger.stock_max = 40;
  params.ledger.remembered_max = 4'000;
  params.ledger.tombstones_max = 500;
  params.ledger.operator_requests_max = 4'000;
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
  return params;
}

order_status status_for(reservation_state state) {
  switch (state) {
    case reservation_state::held:
      return order_status::pending_payment;
    case reservation_state::confirmed:
    case reservation_state::confirmed_late:
      return order_status::paid;
    case reservation_state::cancelled:
      return order_status::cancelled;
    case reservation_state::expired:
      return order_status::expired;
    case reservation_state::unfulfilled:
      return order_status::unfulfilled;
  }
  return {};
}

}  // namespace

world::world(std::uint64_t seed, misfortunes known)
    : random_(seed), known_(known), params_(params_by_lot(random_)), oracle_(params_.ledger) {
  checkpoints_.push_back({0, oracle_});
  boot();
}

std::optional<std::string> world::run(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps && !violation_; ++i) {
    step();
    ++tally_.steps;
  }
  if (!violation_) settle();
  return violation_;
}

void world::violate(const std::string& what) {
  if (!violation_) violation_ = "step " + std::to_string(tally_.steps) + ": " + what;
}

void world::step() {
  const std::uint64_t kind = random_.below(1'000);
  if (kind < 330) return submit();
  if (kind < 560) return apply();
  if (kind < 760) return commit();
  if (kind < 880) return consume();
  if (kind < 960) return move_clock();
  if (kind < 970) return snapshot();
  if (kind < 982) return plan_fault();
  if (kind < 988) return damage_and_refuse();
  return crash();
}

// --- commands ---

void world::submit() {
  for (std::uint64_t burst = 1 + random_.below(4); burst > 0; --burst) {
    auto made = std::make_unique<ticket>();
    made->owner = this;
    // Sales are created like everything else; a crash may take the creation back, so it is tried again.
    if (oracle_.items().size() < 4 && random_.chance(60)) {
      const std::uint64_t number = 1'000 + random_.below(2);
      workload fixed(number);  // the same request must say the same
      made->what = create_sale_command{
          req(number),
          {},
          fixed.definition(number == 1'000 ? 4 : 0,
                           number == 1'000 ? late_payment::resell : late_payment::refuse)};
    } else {
      made->what = random_.next([&] { return known_reservation(); });
    }
    made->level = random_.chance(20) ? static_cast<durability>(random_.below(3)) : params_.level;
    if (const auto* reserve = std::get_if<reserve_command>(&made->what))
      if (const auto refusal = shard_->board().refuse(*reserve, now_)) {
        judge_refusal(*reserve, *refusal);
        continue;
      }
    const submission sent{made->what, {answered, made.get()}, made->level};
    const submission* const one = &sent;
    if (shard_->submit(std::span(&one, 1)) == 0) continue;  // overloaded: nothing has happened
    queued_.push_back(made.get());
    tickets_.push_back(std::move(made));
  }
}

reservation_id world::known_reservation() {
  if (oracle_of_.empty() || random_.chance(3)) return reservation_id{random_.below(100)};
  return std::next(oracle_of_.begin(), static_cast<std::ptrdiff_t>(random_.below(oracle_of_.size())))->first;
}

command world::in_oracle_terms(const command& what) const {
  const auto translate = [&](reservation_id real) {
    const auto found = oracle_of_.find(real);
    return found == oracle_of_.end() ? reservation_id{0} : found->second;
  };
  command translated = what;
  if (auto* confirm = std::get_if<confirm_command>(&translated))
    confirm->reservation = translate(confirm->reservation);
  if (auto* cancel = std::get_if<cancel_command>(&translated))
    cancel->reservation = translate(cancel->reservation);
  return translated;
}

void world::apply() {
  const bool was_failed = shard_->failed();
  const bool open = shard_->stats().batches_in_flight < params_.batches_in_flight_max;
  const std::size_t count = std::min<std::size_t>(queued_.size(), params_.batch_max);
  if (!was_failed && open) {
    // The oracle goes first, in the same order, because answers may come before apply_turn() returns.
    oracle_.advance(now_);
    oracle_.expire(params_.expire_batch_max);
    observed_ = std::max(observed_, now_);
    for (std::size_t i = 0; i < count; ++i) {
      queued_[i]->expected =
          oracle_.execute(in_oracle_terms(queued_[i]->what), reservation_id{next_oracle_id_++});
      queued_[i]->revealed = std::uint64_t(-1);  // set below, unless it is answered at once
    }
  }
  std::vector<ticket*> decided(queued_.begin(),
                               queued_.begin() + static_cast<std::ptrdiff_t>(was_failed || open ? count : 0));
  queued_.erase(queued_.begin(), queued_.begin() + static_cast<std::ptrdiff_t>(decided.size()));
  shard_->apply_turn(now_);
  if (was_failed || !open) return;
  const std::uint64_t sequence = shard_->stats().last_sequence;
  for (ticket* each : decided) {
    each->revealed = sequence;
    // Answered at once, and no longer than the process: at a higher level it was durable already.
    if (each->answered && each->level == durability::written)
      promised_written_ = std::max(promised_written_, sequence);
    if (each->answered && each->level == durability::synced)
      promised_synced_ = std::max(promised_synced_, sequence);
  }
  if (checkpoints_.empty() || checkpoints_.back().sequence < sequence)
    checkpoints_.push_back({sequence, oracle_});
}

void world::commit() {
  const bool was_failed = shard_->failed();
  if (random_.chance(20)) shard_->sync_turn();
  shard_->commit_turn();
  if (!was_failed && shard_->failed()) ++tally_.failures;
  // What is synced, no crash takes back.
  while (checkpoints_.size() > 1 && checkpoints_[1].sequence <= shard_->journaled().synced())
    checkpoints_.pop_front();
  while (!tickets_.empty() && tickets_.front()->answered) tickets_.pop_front();
}

void world::answered(void* context, const answer& reply) noexcept {
  auto* which = static_cast<ticket*>(context);
  which->owner->judge(*which, reply);
}

void world::judge(ticket& which, const answer& reply) {
  if (std::exchange(which.answered, true)) return violate("a command was answered twice");
  ++tally_.answers;
  if (reply.code == outcome::unavailable) {
    if (!shard_->failed()) violate("unavailable, though nothing failed");
    return;
  }
  if (!which.expected) return violate("answered before it was decided");
  if (!same(reply, *which.expected))
    return violate(
        "answered " + std::string(to_string(reply.code)) + (reply.replayed ? " replayed" : "") + " at " +
        std::to_string(reply.at_ms) + ", expected " + std::string(to_string(which.expected->code)) +
        (which.expected->replayed ? " replayed" : "") + " at " + std::to_string(which.expected->at_ms));
  if (which.revealed == std::uint64_t(-1)) return;
  const std::uint64_t written = shard_->journaled().written();
  const std::uint64_t synced = shard_->journaled().synced();
  if (which.level == durability::written) {
    if (written < which.revealed) violate("acknowledged as written before it was");
    promised_written_ = std::max(promised_written_, which.revealed);
  }
  if (which.level == durability::synced) {
    if (synced < which.revealed) violate("acknowledged as synced before it was");
    promised_synced_ = std::max(promised_synced_, which.revealed);
  }
}

bool world::same(const answer& got, const answer& expected) {
  if (got.code != expected.code || got.replayed != expected.replayed || got.sale != expected.sale ||
      got.at_ms != expected.at_ms)
    return false;
  const bool named = to_integer(expected.reservation) != 0;
  if (!named) return to_integer(got.reservation) == 0 || got.code == outcome::invalid_request;
  const auto real = real_of_.find(expected.reservation);
  if (real != real_of_.end()) return real->second == got.reservation;
  if (oracle_of_.contains(got.reservation)) return false;  // two reservations with one id
  real_of_[expected.reservation] = got.reservation;
  oracle_of_[got.reservation] = expected.reservation;
  return true;
}

// The board shows what is durable, so it may lag the oracle; but then it must be right about that state.
void world::judge_refusal(const reserve_command& what, const answer& refusal) {
  ++tally_.board_refusals;
  const auto would_say = [&](model state) {
    state.advance(std::max(now_, observed_));
    const answer expected = state.reserve(what, reservation_id{next_oracle_id_});
    return expected.code == refusal.code && expected.at_ms == refusal.at_ms && !expected.replayed;
  };
  if (would_say(oracle_)) return;
  for (const checkpoint& each : checkpoints_)
    if (each.sequence >= shard_->durable_sequence() && would_say(each.state)) return;
  violate("the board refused with " + std::string(to_string(refusal.code)) + " at " +
          std::to_string(refusal.at_ms));
}

// --- what happens beside the commands ---

void world::consume() {
  std::vector<event> events;
  if (const auto polled = feed_->poll(events, 1 + random_.below(30)); !polled) {
    if (polled.error().code != errc::injected) violate("feed: " + polled.error().text);
    return open_feed();  // what it gave before it failed is dropped here, so start again from the cursor
  }
  if (!events.empty()) delivered_ = events.back().sequence;
  if (!events.empty())
    if (const auto done = projector_->project(events); !done) {
      if (done.error().code != errc::injected) violate("projector: " + done.error().text);
      return open_feed();  // the feed has moved on: a consumer that failed starts again from its cursor
    }
  if (random_.chance(60)) return;
  if (!orders_->sync()) return;
  const auto position = orders_->position(0);
  if (!position) return;
  // After a restart the orders may be ahead of what the feed has delivered again.
  const std::uint64_t done = std::min(*position, delivered_);
  if (done <= feed_->cursor()) return;
  if (const auto saved = feed_->commit(done); !saved && saved.error().code != errc::injected)
    violate("feed: " + saved.error().text);
}

void world::snapshot() {
  if (!known_.snapshots) return;
  static const std::atomic<bool> never{false};
  const auto written = write_snapshot(*journal_, params_, shard_->journaled().synced(), never);
  if (!written && written.error().code != errc::injected) return violate("snapshot: " + written.error().text);
  tally_.snapshots += written ? 1U : 0U;
  if (const auto trimmed = trim_behind_snapshots(*journal_, params_);
      !trimmed && trimmed.error().code != errc::injected)
    violate("trim: " + trimmed.error().text);
}

void world::move_clock() {
  now_ += static_cast<time_ms>(random_.below(120));
  if (!known_.clock_jumps || !random_.chance(5)) return;
  const auto jump = static_cast<time_ms>(random_.below(2'000));
  now_ = random_.chance(50) ? now_ + jump : std::max<time_ms>(1, now_ - jump);
}

void world::plan_fault() {
  if (!known_.storage) return;
  const auto call = static_cast<storage_call>(random_.below(storage_call_count));
  faults_->plan({call, faults_->count(call) + 1 + random_.below(5), 1, errc::injected, random_.below(3)});
}

// What was safely stored and then damaged must be refused, never skipped.
void world::damage_and_refuse() {
  if (!known_.damage || disk_->synced_frame_count() < 2) return;
  const auto copy = disk_->after_machine_crash();
  const std::size_t index =
      random_.below(copy->frame_count() - 1);  // not the last: that could be a torn tail
  const bool vanishes = random_.chance(30);
  if (vanishes)
    copy->lose_frame(index);
  else
    copy->damage_frame(index, random_.below(frame_header::size), std::byte{1} << random_.below(8));
  auto damaged = open_memory_journal(copy);
  const auto state = recover(**damaged, {.bounds = params_.ledger, .repair = true});
  if (state) {
    // Unless a snapshot has made the frame superfluous: then nothing is lost.
    if (state->state.last_sequence() < shard_->journaled().synced())
      return violate("recovery skipped over a damaged frame");
  } else {
    ++tally_.damages_refused;
  }
}

// --- crashes ---

void world::crash() {
  if (!known_.crashes && !shard_->failed()) return;
  const bool machine = known_.crashes && random_.chance(50);
  const std::size_t synced = disk_->synced_frame_count();
  const std::size_t unsynced = disk_->frame_count() - synced;
  ++(machine ? tally_.machine_crashes : tally_.process_crashes);
  const auto left =
      machine ? disk_->after_machine_crash(random_.below(unsynced + 1)) : disk_->after_process_crash();
  if (machine && left->frame_count() > synced && random_.chance(50)) {
    left->tear_last_frame(random_.below(frame_header::size + 8));
    ++tally_.torn_frames;
  }
  const auto orders_left = machine ? order_disk_->after_machine_crash() : order_disk_->after_process_crash();
  projector_.reset();
  feed_.reset();
  shard_.reset();
  orders_.reset();
  journal_.reset();
  disk_ = left;
  order_disk_ = orders_left;
  const std::uint64_t promised = machine ? promised_synced_ : std::max(promised_synced_, promised_written_);
  queued_.clear();
  tickets_.clear();

  boot();
  if (violation_) return;
  const std::uint64_t sequence = shard_->stats().last_sequence;
  if (sequence < promised)
    return violate("event " + std::to_string(promised) + " was acknowledged, but a crash left only " +
                   std::to_string(sequence));
  const auto survived = std::ranges::find(checkpoints_, sequence, &checkpoint::sequence);
  if (survived == checkpoints_.end())
    return violate("a crash left event " + std::to_string(sequence) + ", which no batch ended with");
  tally_.events_lost += checkpoints_.back().sequence - sequence;
  oracle_ = survived->state;
  checkpoints_.clear();
  checkpoints_.push_back({sequence, oracle_});
  promised_written_ = promised_synced_ = sequence;
  std::erase_if(real_of_, [&](const auto& each) { return !oracle_.reservations().contains(each.first); });
  std::erase_if(oracle_of_, [&](const auto& each) { return !real_of_.contains(each.second); });
  compare_state();
}

// Opens everything on what the disks hold.
void world::boot() {
  faults_ = std::make_shared<fault_script>();
  observed_ = 0;
  auto opened = open_memory_journal(disk_);
  if (!opened) return violate("journal: " + opened.error().text);
  journal_ = make_faulty_journal(std::move(opened).value(), faults_);
  auto state =
      recover(*journal_,
              {.bounds = params_.ledger, .repair = true, .torn_frames_max = params_.batches_in_flight_max});
  if (!state) return violate("recovery: " + state.error().text);
  if (const auto faults = state->state.audit(); !faults.empty())
    return violate("recovered: " + faults.front());
  // As the engine does: what a process that died had only written counts from now on.
  if (const auto synced = journal_->sync(); !synced) return violate("journal: " + synced.error().text);
  shard_ = std::make_unique<shard>(params_, *journal_, std::move(state->state), counters_);

  auto store = open_memory_order_store(order_disk_);
  if (!store) return violate("orders: " + store.error().text);
  orders_ = make_faulty_order_store(std::move(store).value(), faults_);
  projector_ = std::make_unique<order_projector>(
      *orders_, std::uint8_t{0}, [this](sale_id sale) { return shard_->board().definition(sale); });
  open_feed();
}

void world::open_feed() {
  feed_.reset();
  auto cursor = open_cursor(*journal_, "orders");
  if (!cursor && cursor.error().code == errc::injected) {
    faults_->clear();
    cursor = open_cursor(*journal_, "orders");
  }
  if (!cursor) return violate("cursor: " + cursor.error().text);
  feed_ =
      std::make_unique<shard_feed>(*journal_, shard_->journaled(), frame_origin{}, "orders", *cursor, [] {});
  delivered_ = *cursor;
}

// --- comparing ---

void world::compare_state() {
  bool seen = false;
  auto question = std::make_unique<read_request>();
  question->look = [&](const ledger& books) {
    for (const auto& [sale, sku] : oracle_.items()) {
      const auto view = books.find_sale(sale);
      if (!view) return violate("sale " + std::to_string(to_integer(sale)) + " is lost");
      const item_stock& stock = view->items[to_integer(sku) - 1];
      const model::counted_stock counted = oracle_.stock(sale, sku);
      if (stock.total != counted.total || stock.available != counted.available ||
          stock.held != counted.held || stock.sold != counted.sold)
        violate("stock of sku " + std::to_string(to_integer(sku)) + " differs from the oracle's");
    }
    for (const auto& [oracle_id, real] : real_of_) {
      const auto view = books.find(real);
      const model::reservation& expected = oracle_.reservations().at(oracle_id);
      const bool due = expected.state == reservation_state::held && books.now_ms() >= expected.deadline;
      if (!view || view->state != (due ? reservation_state::expired : expected.state) ||
          !model::same(view->lines, expected.lines))
        violate("reservation " + std::to_string(to_integer(real)) + " differs from the oracle's");
    }
    if (const auto faults = books.audit(); !faults.empty()) violate(faults.front());
  };
  question->then = [&](outcome) { seen = true; };
  if (!shard_->submit(question)) return violate("no room to ask");
  for (int i = 0; i < 4 && !seen; ++i) {
    apply();
    commit();
    shard_->sync_turn();
  }
  if (!seen) violate("a read was not answered");
}

// Without further misfortune, everything submitted is answered, and every reservation has become its order.
void world::settle() {
  faults_->clear();
  if (shard_->failed()) crash();
  for (int i = 0; i < 1'000 && !violation_ && (!queued_.empty() || shard_->stats().batches_in_flight > 0);
       ++i) {
    apply();
    commit();
  }
  shard_->sync_turn();
  if (violation_) return;
  for (const auto& each : tickets_)
    if (!each->answered) return violate("a command was never answered");
  compare_state();
  for (std::uint64_t before = std::uint64_t(-1); !violation_;) {
    const auto position = orders_->position(0);
    if (!position || *position == before) break;
    before = *position;
    std::vector<event> events;
    if (auto polled = feed_->poll(events, 1'000); !polled) return violate("feed: " + polled.error().text);
    if (auto done = projector_->project(events); !done) return violate("projector: " + done.error().text);
  }
  if (!violation_) compare_orders();
}

void world::compare_orders() {
  order_counts expected{};
  for (const auto& [id, each] : oracle_.reservations())
    ++expected[static_cast<std::size_t>(status_for(each.state))];
  const auto counted = orders_->counts();
  if (!counted) return violate("orders: " + counted.error().text);
  if (*counted != expected) return violate("orders and reservations differ in number");
  for (const auto& [oracle_id, real] : real_of_) {
    const model::reservation& reserved = oracle_.reservations().at(oracle_id);
    const auto found = orders_->find(real);
    if (!found || !*found)
      return violate("reservation " + std::to_string(to_integer(real)) + " has no order");
    if ((*found)->status != status_for(reserved.state) || !model::same((*found)->lines, reserved.lines) ||
        (*found)->payment.view() != reserved.payment ||
        (*found)->amount_minor != 100 * static_cast<std::int64_t>(reserved.lines.units()))
      return violate("the order of reservation " + std::to_string(to_integer(real)) + " is wrong");
    ++tally_.orders;
  }
}

}  // namespace seckill::testing
