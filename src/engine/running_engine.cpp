#include "engine/running_engine.hpp"

#include "engine/common_fleet.hpp"
#include "engine/recovery.hpp"
#include "engine/shard_feed.hpp"
#include "engine/snapshots.hpp"
#include "engine/thread_scheduling.hpp"
#include <seckill/hash.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <random>
#include <stdexcept>
#include <system_error>

namespace seckill::inline v1 {
namespace {

using std::chrono::steady_clock;

// Submissions that are sorted by shard at a time, on the stack.
constexpr std::size_t submit_chunk = 256;

constexpr std::chrono::milliseconds snapshot_check_interval{100};
constexpr std::chrono::seconds snapshot_retry_interval{10};

// Where a command whose sale has no id yet belongs. The same for every open: a repetition must find its shard.
std::uint64_t spread(request_id request) noexcept {
  return mix(request.high ^ 0x9e3779b97f4a7c15, request.low ^ 0xc2b2ae3d27d4eb4f);
}

fleet_id draw_fleet() {
  std::random_device random;
  const auto word = [&random] { return std::uint64_t{random()} << 32U | random(); };
  fleet_id drawn;
  while (drawn.is_zero()) drawn = {word(), word()};
  return drawn;
}

result<journal_facts> look_at(journal& storage) {
  auto stated = storage.identity();
  if (!stated) return std::move(stated).error();
  auto reader = storage.read_from(0);
  if (!reader) return std::move(reader).error();
  const auto first = (*reader)->next();
  if (!first) return first.error();
  const auto snapshots = storage.snapshots();
  if (!snapshots) return snapshots.error();
  return journal_facts{*stated, first->has_value() || !snapshots->empty()};
}

}  // namespace

// --- start and stop ---

result<std::unique_ptr<engine>> running_engine::start(const engine_params& params,
                                                      std::vector<std::unique_ptr<journal>> journals,
                                                      const time_source& time) {
  try {
    auto made = std::make_unique<running_engine>(params);
    if (auto opened = made->open_shards(std::move(journals), time); !opened) return std::move(opened).error();
    made->time_ = std::make_unique<ledger_clock>(time, params.time, made->latest_);
    for (const auto& each : made->shards_)
      each->threads = std::make_unique<shard_runner>(*each->work, each->params, *made->time_);
    if (params.snapshot_every_events > 0)
      made->snapshot_thread_ = std::thread([engine = made.get()] { engine->snapshot_in_background(); });
    return std::unique_ptr<engine>(std::move(made));
  } catch (const std::bad_alloc&) {
    return make_error(errc::capacity_exceeded, "engine: not enough memory for these bounds");
  } catch (const std::system_error& failed) {
    return make_error(errc::unavailable, std::string("engine: no thread could be started: ") + failed.what());
  } catch (const std::runtime_error& failed) {  // of std::random_device
    return make_error(errc::unavailable, std::string("engine: no random number: ") + failed.what());
  }
}

ledger_identity running_engine::identity_of(const member& each) const {
  return {fleet_, each.params.ledger.shard, each.params.ledger.shard_count};
}

// Everything that can refuse is asked of every journal before anything is written to one of them.
result<void> running_engine::open_shards(std::vector<std::unique_ptr<journal>> journals,
                                         const time_source& time) {
  const auto count = static_cast<std::uint8_t>(journals.size());
  const auto told = [&](std::size_t shard, error failed) {
    if (count > 1) failed.text = "shard " + std::to_string(shard) + ": " + failed.text;
    return failed;
  };
  std::vector<journal_facts> facts;
  for (const auto& each : journals) {
    auto known = look_at(*each);
    if (!known) return told(facts.size(), std::move(known).error());
    facts.push_back(*known);
  }
  const auto stated = common_fleet(facts);
  if (!stated) return stated.error();
  fleet_ = stated->is_zero() ? draw_fleet() : *stated;

  std::vector<std::unique_ptr<member>> members;
  std::vector<recovered> found;
  for (std::uint8_t i = 0; i < count; ++i) {
    auto fresh = std::make_unique<member>();
    fresh->params = params_;
    fresh->params.ledger.shard = i;
    fresh->params.ledger.shard_count = count;
    fresh->storage = std::move(journals[i]);
    auto state = recover(*fresh->storage, {.bounds = fresh->params.ledger,
                                           .fleet = fleet_,
                                           .to_append = true,
                                           .torn_frames_max = params_.batches_in_flight_max});
    if (!state) return told(i, std::move(state).error());
    found.push_back(std::move(*state));
    members.push_back(std::move(fresh));
  }
  for (std::uint8_t i = 0; i < count; ++i)
    if (auto added = add_shard(std::move(members[i]), std::move(found[i]), time); !added)
      return told(i, std::move(added).error());
  return {};
}

result<void> running_engine::add_shard(std::unique_ptr<member> fresh, recovered found,
                                       const time_source& time) {
  if (auto adopted = fresh->storage->adopt(identity_of(*fresh)); !adopted) return adopted;
  if (auto repaired = repair(*fresh->storage, found); !repaired) return repaired;
  // What a process that died had only written counts from now on, so it must not vanish with the machine.
  if (auto synced = fresh->storage->sync(); !synced) return synced;
  fresh->snapshot_sequence = found.snapshot_sequence;
  if (const time_ms at = found.state.now_ms(); at > latest_.ledger_ms) latest_ = {at, found.wall_ms};
  fresh->work =
      std::make_unique<shard>(fresh->params, *fresh->storage,
                              shard::start{std::move(found.state), fleet_, found.last, &time}, counters_);
  shards_.push_back(std::move(fresh));
  return {};
}

void running_engine::stop() {
  const std::lock_guard once(stop_mutex_);
  if (stopped_.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(snapshot_thread_mutex_);
    stopped_.store(true, std::memory_order_release);
  }
  snapshot_thread_wakes_.notify_all();
  for (const auto& each : shards_) each->work->close();
  for (const auto& each : shards_)
    if (each->threads) each->threads->stop();
  for (const auto& each : shards_) each->work->journaled().close();
  if (snapshot_thread_.joinable()) snapshot_thread_.join();
}

// --- commands ---

std::uint8_t running_engine::shard_of(sale_id sale) const noexcept {
  return static_cast<std::uint8_t>((to_integer(sale) - 1) % shards_.size());
}

std::uint8_t running_engine::route(const command& what) const noexcept {
  if (shards_.size() == 1) return 0;
  struct router {
    const running_engine& in;

    std::uint8_t operator()(const reserve_command& each) const { return in.shard_of(each.sale); }
    std::uint8_t operator()(const cancel_request_command& each) const { return in.shard_of(each.sale); }
    std::uint8_t operator()(const restock_command& each) const { return in.shard_of(each.sale); }
    std::uint8_t operator()(const switch_sale_command& each) const { return in.shard_of(each.sale); }
    std::uint8_t operator()(const confirm_command& each) const { return of(each.reservation); }
    std::uint8_t operator()(const cancel_command& each) const { return of(each.reservation); }
    std::uint8_t operator()(const create_sale_command& each) const {
      if (to_integer(each.sale) != 0) return in.shard_of(each.sale);
      return static_cast<std::uint8_t>(spread(each.request) % in.shards_.size());
    }
    // A reservation that no shard can have made: any of them will say so.
    std::uint8_t of(reservation_id reservation) const {
      return static_cast<std::uint8_t>(ledger_of(reservation) % in.shards_.size());
    }
  };
  return std::visit(router{*this}, what);
}

void running_engine::submit(std::span<const submission> batch) {
  const time_ms now = now_ms();
  for (; batch.size() > submit_chunk; batch = batch.subspan(submit_chunk))
    submit_some(batch.first(submit_chunk), now);
  submit_some(batch, now);
}

void running_engine::submit_some(std::span<const submission> some, time_ms now) {
  constexpr std::uint8_t answered = 255;  // there are fewer shards
  std::array<std::uint8_t, submit_chunk> routes;
  for (std::size_t i = 0; i < some.size(); ++i) {
    routes[i] = route(some[i].what);
    const shard& work = *shards_[routes[i]]->work;
    if (stopped_.load(std::memory_order_acquire) || work.failed()) {
      answer_at_once(some[i], {.code = outcome::unavailable});
      routes[i] = answered;
    } else if (const auto* create = std::get_if<create_sale_command>(&some[i].what);
               create != nullptr && !validate(*create, shards_[routes[i]]->params.ledger)) {
      // Before the ring copies it: so a copy is as small as the bounds say.
      answer_at_once(some[i], {.code = outcome::invalid_request});
      routes[i] = answered;
    } else if (const auto* reserve = std::get_if<reserve_command>(&some[i].what)) {
      if (const auto refusal = work.board().refuse(*reserve, now)) {
        answer_at_once(some[i], *refusal, true);
        routes[i] = answered;
      }
    }
  }
  for (std::uint8_t number = 0; number < shards_.size(); ++number) {
    std::array<const submission*, submit_chunk> mine;
    std::size_t count = 0;
    for (std::size_t i = 0; i < some.size(); ++i)
      if (routes[i] == number) mine[count++] = &some[i];
    if (count == 0) continue;
    member& to = *shards_[number];
    const shard::claim taken = to.work->submit(std::span(mine).first(count));
    if (taken.count > 0) to.threads->submitted(taken, now);
    const outcome refused =
        stopped_.load(std::memory_order_acquire) ? outcome::unavailable : outcome::overloaded;
    for (std::size_t i = taken.count; i < count; ++i) answer_at_once(*mine[i], {.code = refused});
  }
}

void running_engine::answer_at_once(const submission& what, const answer& reply, bool by_board) noexcept {
  answer_counters::tally tally(counters_);
  if (by_board)
    tally.refused_by_board(reply);
  else
    tally.decided(reply);
  what.then.done(what.then.context, reply);
}

// --- reading ---

void running_engine::read(std::uint8_t shard, std::function<void(const ledger&)> look,
                          std::function<void(outcome)> then) {
  if (shard >= shards_.size()) {
    then(outcome::unavailable);
    return;
  }
  auto question = std::make_unique<read_request>(read_request{std::move(look), std::move(then)});
  member& to = *shards_[shard];
  if (to.work->submit(question)) {
    to.threads->wake();
    return;
  }
  question->then(stopped_.load(std::memory_order_acquire) ? outcome::unavailable : outcome::overloaded);
}

std::optional<board_sale> running_engine::find_sale(sale_id sale) const {
  return board(shard_of(sale)).find_sale(sale);
}

std::vector<sale_id> running_engine::sales() const {
  std::vector<sale_id> all;
  for (const auto& each : shards_) {
    const std::vector<sale_id> some = each->work->board().sales();
    all.insert(all.end(), some.begin(), some.end());
  }
  std::ranges::sort(all);
  return all;
}

const availability_board& running_engine::board(std::uint8_t shard) const {
  return shards_.at(shard)->work->board();
}

engine_stats running_engine::stats() const {
  engine_stats seen;
  counters_.read(seen);
  for (const auto& each : shards_) {
    shard_stats of = each->work->stats();
    of.snapshot_sequence = each->snapshot_sequence.load(std::memory_order_relaxed);
    {
      const std::lock_guard lock(each->snapshot_failure_mutex);
      of.snapshot_failure = each->snapshot_failure;
    }
    if (of.failed) {
      seen.state = engine_state::failed;
      if (!seen.failure.empty()) seen.failure += "; ";
      seen.failure += "shard " + std::to_string(seen.shards.size()) + ": " + each->work->failure();
    }
    seen.shards.push_back(std::move(of));
  }
  if (stopped_.load(std::memory_order_acquire)) seen.state = engine_state::stopped;
  seen.time = time_->status();
  return seen;
}

time_status running_engine::accept_wall_clock() {
  const time_status accepted = time_->accept_wall_clock();
  tick();
  return accepted;
}

void running_engine::tick() {
  time_->observe();
  for (const auto& each : shards_) each->threads->tick();
}

// --- feeds ---

result<void> running_engine::check_shard(std::uint8_t shard) const {
  if (shard < shards_.size()) return {};
  return make_error(errc::invalid_argument, "engine: there is no shard " + std::to_string(shard));
}

result<std::unique_ptr<event_feed>> running_engine::open_feed(std::uint8_t shard, std::string_view name) {
  if (auto known = check_shard(shard); !known) return std::move(known).error();
  member& of = *shards_[shard];
  std::string key(name);
  const std::lock_guard lock(of.retention_mutex);
  if (of.open_feeds.contains(key)) return make_error(errc::already_open, "feed " + key + ": in use");
  auto cursor = open_cursor(*of.storage, key);
  if (!cursor) return std::move(cursor).error();
  of.open_feeds.insert(key);
  const auto closed = [&of, key] {
    const std::lock_guard again(of.retention_mutex);
    of.open_feeds.erase(key);
  };
  return std::make_unique<shard_feed>(*of.storage, of.work->journaled(), identity_of(of), key, *cursor,
                                      closed);
}

result<void> running_engine::rewind_feed(std::uint8_t shard, std::string_view name, std::uint64_t sequence) {
  if (auto known = check_shard(shard); !known) return known;
  member& of = *shards_[shard];
  const std::string key(name);
  const std::lock_guard lock(of.retention_mutex);
  if (of.open_feeds.contains(key)) return make_error(errc::already_open, "feed " + key + ": in use");
  return rewind_cursor(*of.storage, key, sequence);
}

result<void> running_engine::drop_feed(std::uint8_t shard, std::string_view name) {
  if (auto known = check_shard(shard); !known) return known;
  member& of = *shards_[shard];
  const std::lock_guard lock(of.retention_mutex);
  if (of.open_feeds.contains(name))
    return make_error(errc::already_open, "feed " + std::string(name) + ": in use");
  return of.storage->drop_cursor(name);
}

// --- snapshots ---

result<void> running_engine::snapshot(std::uint8_t shard) {
  if (auto known = check_shard(shard); !known) return known;
  return take_snapshot(*shards_[shard]);
}

result<void> running_engine::take_snapshot(member& of) {
  const std::lock_guard lock(of.snapshot_mutex);
  if (stopped_.load(std::memory_order_acquire)) return make_error(errc::unavailable, "engine: stopped");
  if (of.work->failed()) return make_error(errc::unavailable, "engine: the journal has failed");
  const std::uint64_t sequence = of.work->journaled().synced();
  result<void> done = write_snapshot(*of.storage, of.params, fleet_, sequence, stopped_);
  if (done) {
    of.snapshot_sequence.store(sequence, std::memory_order_relaxed);
    const std::lock_guard retention(of.retention_mutex);
    done = trim_behind_snapshots(*of.storage, of.params);
  }
  const std::lock_guard failure(of.snapshot_failure_mutex);
  of.snapshot_failure = done ? std::string() : done.error().text;
  return done;
}

void running_engine::snapshot_in_background() {
  lower_thread_priority();
  while (true) {
    {
      std::unique_lock lock(snapshot_thread_mutex_);
      snapshot_thread_wakes_.wait_for(lock, snapshot_check_interval, [&] { return stopped_.load(); });
    }
    for (const auto& each : shards_) {
      if (stopped_.load(std::memory_order_acquire)) return;
      const std::uint64_t behind = each->work->journaled().synced() - each->snapshot_sequence.load();
      if (behind < params_.snapshot_every_events || each->work->failed()) continue;
      if (steady_clock::now() < each->next_attempt) continue;
      if (auto done = take_snapshot(*each); !done)
        each->next_attempt = steady_clock::now() + snapshot_retry_interval;
    }
  }
}

}  // namespace seckill::inline v1
