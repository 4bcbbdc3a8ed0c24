// The deciding half of a shard.
#include "engine/changes.hpp"
#include "engine/recovery.hpp"
#include "engine/shard.hpp"
#include <seckill/run_prefetched.hpp>

#include <utility>

namespace seckill::inline v1 {
namespace {

// So many commands are decided in some microseconds, to which a sync is long: it is no loss if none of those that come
// meanwhile is decided.
constexpr std::size_t lone_commands_max = 64;

void answer_question(void* context, const answer& reply) noexcept {
  const std::unique_ptr<read_request> question(static_cast<read_request*>(context));
  question->then(reply.code);
}

}  // namespace

shard::shard(const engine_params& params, journal& to, start from, answer_counters& counters)
    : params_(params),
      identity_{from.fleet, params.ledger.shard, params.ledger.shard_count},
      wall_(from.wall),
      journal_(to),
      counters_(counters),
      queue_(params.ring_capacity),
      batches_(params.batches_in_flight_max, params.batch_max),
      board_(from.state.params()),
      journaled_(from.state.last_sequence()),
      ledger_(std::move(from.state)),
      last_frame_(from.last) {
  frames_.reserve(params.batches_in_flight_max);
  ledger_->drain_changes([](sale_id, std::uint16_t) {});  // the board is about to show all of it
  board_.reset(*ledger_);
  last_sequence_ = ledger_->last_sequence();
  live_ = ledger_->live_count();
}

// --- any thread ---

shard::claim shard::submit(std::span<const submission* const> commands) noexcept {
  return queue_.push(commands.size(), [&](entry& into, std::size_t i) noexcept {
    const submission& each = *commands[i];
    into.what = each.what;
    into.then = each.then;
    into.level = each.level.value_or(params_.level);
  });
}

bool shard::submit(std::unique_ptr<read_request>& question) noexcept {
  return queue_.push(1, [&](entry& into, std::size_t) noexcept { into.question = std::move(question); })
             .count == 1;
}

std::uint64_t shard::durable_sequence() const noexcept {
  return params_.level == durability::synced ? journaled_.synced() : journaled_.written();
}

std::string shard::failure() const {
  const std::lock_guard lock(failure_mutex_);
  return failure_;
}

shard_stats shard::stats() const {
  shard_stats seen;
  seen.failed = failed();
  seen.durable_sequence = durable_sequence();
  seen.last_sequence = last_sequence_.load(std::memory_order_relaxed);
  seen.frames = frames_appended_.load(std::memory_order_relaxed);
  seen.syncs = syncs_.load(std::memory_order_relaxed);
  seen.queued = static_cast<std::uint32_t>(queue_.size());
  seen.batches_in_flight = static_cast<std::uint32_t>(batches_.in_flight());
  seen.live = live_.load(std::memory_order_relaxed);
  return seen;
}

// --- the deciding thread ---

bool shard::can_apply() noexcept {
  if (failed() && !rebuilt_ && batches_.in_flight() == 0) return true;
  return queue_.ready(1) > 0 && (failed() || batches_.open() != nullptr);
}

shard::turn shard::apply_turn(time_ms now) {
  if (failed()) return failed_turn();
  return decide_turn(queue_.ready(params_.batch_max), now);
}

std::optional<shard::turn> shard::apply_turn_of(const claim& mine, time_ms now) {
  if (failed() || queue_.head() != mine.first || mine.count > params_.batch_max) return std::nullopt;
  if (const auto due = ledger_->next_expiry(); due && *due <= now) return std::nullopt;
  const turn done = decide_turn(mine.count, now);
  if (!done.worked) return std::nullopt;
  return done;
}

shard::turn shard::decide_turn(std::size_t commands, time_ms now) {
  batch* into = batches_.open();
  if (into == nullptr) return {};
  decide(*into, commands, now);
  const bool worked = commands > 0 || into->events.count() > 0;
  const bool awaited = !(into->at(durability::written).empty() && into->at(durability::synced).empty());
  const bool lone = awaited && commands <= lone_commands_max && batches_.in_flight() == 0;
  if (worked) finish(*into);
  return {worked, lone, awaited, ledger_->next_expiry()};
}

void shard::decide(batch& into, std::size_t count, time_ms now) {
  into.first_sequence = ledger_->last_sequence() + 1;
  ledger_->expire(now, params_.expire_batch_max, into.events);
  const auto prefetch = [&](std::size_t i) {
    const command& what = queue_[i].what;
    ledger_->prefetch(what);
    if (const auto* reserve = std::get_if<reserve_command>(&what)) board_.prefetch(*reserve);
  };
  run_prefetched(count, prefetch, [&](std::size_t i) { run(queue_[i], into, now); });
  queue_.pop(count);
  into.last_sequence = ledger_->last_sequence();
  into.at_ms = ledger_->now_ms();
  collect_changes(*ledger_, into.changes);
  board_.observe(into.at_ms);
  board_.maintain(*ledger_);
}

void shard::run(entry& each, batch& into, time_ms now) {
  if (each.question) {
    each.question->look(*ledger_);
    into.at(params_.level)
        .push_back({{answer_question, each.question.release()}, {.code = outcome::applied}, false});
    return;
  }
  const answer reply = ledger_->execute(each.what, now, into.events);
  remember(each.what, reply);
  into.at(each.level).push_back({each.then, reply});
  // The slot would keep the definition alive until it is used again.
  if (std::holds_alternative<create_sale_command>(each.what)) each.what = reserve_command{};
}

// Whatever has made the ledger know a request id or a buyer, the board's filter knows from now on.
void shard::remember(const command& what, const answer& reply) noexcept {
  if (reply.replayed || !is_success(reply.code)) return;
  if (const auto* reserve = std::get_if<reserve_command>(&what))
    board_.accept(reserve->request, reserve->sale, reserve->buyer);
  else if (const auto* cancel = std::get_if<cancel_request_command>(&what))
    board_.accept(cancel->request);
  else if (const auto* create = std::get_if<create_sale_command>(&what))
    board_.accept(create->request);
  else if (const auto* restock = std::get_if<restock_command>(&what))
    board_.accept(restock->request);
  else if (const auto* change = std::get_if<switch_sale_command>(&what))
    board_.accept(change->request);
}

void shard::finish(batch& decided) {
  last_sequence_.store(decided.last_sequence, std::memory_order_relaxed);
  live_.store(ledger_->live_count(), std::memory_order_relaxed);
  let_go_early(decided);
  if (!is_durable(decided)) {
    batches_.hand_over();
    return;
  }
  release(decided.at(durability::written));
  release(decided.at(durability::synced));
  decided.clear();
}

// Answers that wait for nothing, and the board's part in answers that will leave before it is published.
void shard::let_go_early(batch& decided) {
  if (params_.level == durability::memory) {
    board_.publish(decided.changes);
    decided.changes.clear();
  }
  const bool early = !decided.at(durability::memory).empty() ||
                     (params_.level == durability::synced && !decided.at(durability::written).empty());
  if (early && !decided.changes.empty()) {
    sale_id before{};
    for (const auto& each : decided.changes)
      if (std::exchange(before, each.sale) != each.sale) board_.unsettle(each.sale);
    decided.settles = true;
  }
  release(decided.at(durability::memory));
}

// Whether the answers of this batch reveal nothing but what is durable at their level.
bool shard::is_durable(batch& decided) noexcept {
  if (decided.events.count() > 0 || batches_.in_flight() > 0) return false;
  // Nothing in flight: all was committed, unless it failed, which is seen here because the batches came back
  // after.
  if (failed()) return false;
  return decided.at(durability::synced).empty() || journaled_.synced() == decided.last_sequence;
}

// --- after a failure ---

shard::turn shard::failed_turn() {
  const std::size_t count = queue_.ready(params_.batch_max);
  answer_counters::tally tally(counters_);
  for (std::size_t i = 0; i < count; ++i) {
    entry& each = queue_[i];
    if (each.question) {
      const std::unique_ptr<read_request> question = std::move(each.question);
      const bool readable = rebuilt_ && ledger_;
      if (readable) question->look(*ledger_);
      question->then(readable ? outcome::applied : outcome::unavailable);
      continue;
    }
    const answer reply{.code = outcome::unavailable};
    tally.decided(reply);
    each.then.done(each.then.context, reply);
    each.what = reserve_command{};
  }
  queue_.pop(count);
  // The watermark is final once the batches in flight have come back.
  const bool rebuilds = !rebuilt_ && batches_.in_flight() == 0;
  if (rebuilds) rebuild();
  return {count > 0 || rebuilds, false, false, {}};
}

void shard::rebuild() {
  ledger_params bounds = ledger_->params();
  bounds.touch_memory = false;  // it will only be read
  ledger_.reset();              // first: there may not be memory for two
  rebuilt_ = true;
  auto durable = recover(journal_, {.bounds = bounds, .fleet = identity_.fleet, .up_to = durable_sequence()});
  if (!durable) {
    const std::lock_guard lock(failure_mutex_);
    failure_ += "; and it cannot be read: " + durable.error().text;
    return;
  }
  ledger_.emplace(std::move(durable->state));
  board_.reset(*ledger_);
  last_sequence_.store(ledger_->last_sequence(), std::memory_order_relaxed);
  live_.store(ledger_->live_count(), std::memory_order_relaxed);
}

}  // namespace seckill::inline v1
