#include "engine/thread_scheduling.hpp"
#include <seckill/engine.hpp>
#include <seckill/order_service.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace seckill::inline v1 {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What the workers have in common.
class SECKILL_HIDDEN order_service::shared {
 public:
  shared(order_store& into, const order_service_params& bounds, listener told)
      : store(into), params(bounds), changed(std::move(told)) {}

  order_store& store;
  const order_service_params params;
  const listener changed;
  std::mutex committing;  // the store has one writer at a time

  mutable std::mutex mutex;  // of the rest
  std::condition_variable moved;
  bool stopping = false;
};

class SECKILL_HIDDEN order_service::worker {
 public:
  worker(shared& common, order_source from)
      : shared_(common),
        feed_(std::move(from.feed)),
        projector_(common.store, from.shard, std::move(from.definitions)) {
    stats_.shard = from.shard;
  }

  result<void> check(std::uint64_t last_sequence);
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] order_worker_stats stats() const {
    const std::lock_guard lock(shared_.mutex);
    return stats_;
  }
  [[nodiscard]] bool wait_for(std::uint64_t sequence, milliseconds timeout);

 private:
  void run();
  result<std::size_t> turn();
  void gather();
  result<void> work_in();
  result<void> give_up();
  void succeeded();
  bool failed(const error& what);
  bool stopping() const {
    const std::lock_guard lock(shared_.mutex);
    return shared_.stopping;
  }

  shared& shared_;
  std::unique_ptr<event_feed> feed_;
  order_projector projector_;
  std::vector<event> batch_;     // polled, not yet worked in
  std::uint64_t delivered_ = 0;  // last sequence polled; before the first, the feed's cursor
  steady_clock::time_point synced_at_ = steady_clock::now();
  milliseconds retry_in_{0};
  order_worker_stats stats_;  // guarded by shared_.mutex
  std::thread thread_;
};

// The store must stand between what the feed has given up and what the journal has.
result<void> order_service::worker::check(std::uint64_t last_sequence) {
  const auto position = projector_.position();
  if (!position) return position.error();
  const std::string where = "orders of shard " + std::to_string(stats_.shard);
  if (*position < feed_->cursor())
    return make_error(errc::missing_data, where + " end at event " + std::to_string(*position) +
                                              ", but the feed has given up those up to " +
                                              std::to_string(feed_->cursor()) +
                                              "; open the feed at the store's position, or restore a newer "
                                              "copy of the store");
  if (*position > last_sequence)
    return make_error(errc::corrupt_data,
                      where + " are at event " + std::to_string(*position) + ", but the journal ends at " +
                          std::to_string(last_sequence) +
                          ": the journal is older than they are, or another one, and does "
                          "not know what they sold. Restore the journal that belongs to "
                          "them, or both from one copy; without either, `seckill "
                          "rebuild-orders` lists the orders that the journal does not know");
  stats_.position = *position;
  stats_.started_at = *position;
  stats_.catch_up_to = last_sequence;
  stats_.synced_position = feed_->cursor();
  delivered_ = feed_->cursor();
  return {};
}

// Orders come of what has been answered: they give way to those who wait for an answer.
void order_service::worker::run() {
  lower_thread_priority();
  while (!stopping()) {
    const result<std::size_t> worked = turn();
    if (!worked) {
      if (!failed(worked.error())) return;
      continue;
    }
    succeeded();
    if (*worked == 0)
      feed_->wait(shared_.params.idle_wait_max);
    else if (*worked < shared_.params.batch_events_max)
      gather();
  }
  const result<void> settled = give_up();
  const std::lock_guard lock(shared_.mutex);
  stats_.state = order_worker_state::stopped;
  if (!settled) stats_.failure = settled.error();
  shared_.moved.notify_all();
}

// One batch, if there is one; says how many events it had.
result<std::size_t> order_service::worker::turn() {
  if (batch_.empty())
    if (auto polled = feed_->poll(batch_, shared_.params.batch_events_max); !polled) return polled.error();
  const std::size_t count = batch_.size();
  if (count > 0) {
    delivered_ = batch_.back().sequence;
    if (auto done = work_in(); !done) return done.error();
  }
  if (steady_clock::now() - synced_at_ >= shared_.params.sync_every)
    if (auto done = give_up(); !done) return done.error();
  return count;
}

// Where one sync of the journal follows the other, each would wake this thread for a few events, at the price of
// many; and that on cores that answers are waiting for.
void order_service::worker::gather() {
  std::unique_lock lock(shared_.mutex);
  shared_.moved.wait_for(lock, shared_.params.gather, [this] { return shared_.stopping; });
}

result<void> order_service::worker::work_in() {
  const std::lock_guard committing(shared_.committing);
  const auto orders = projector_.project(batch_);
  if (!orders) return orders.error();
  const std::uint64_t reached = std::max(stats_.position, batch_.back().sequence);
  batch_.clear();
  {
    const std::lock_guard lock(shared_.mutex);
    stats_.position = reached;
    stats_.orders_changed += orders->size();
  }
  if (shared_.changed && !orders->empty()) shared_.changed(*orders);
  shared_.moved.notify_all();
  return {};
}

// Lets the feed forget what the orders can no longer lose. After a restart the orders may be ahead of what the feed
// has delivered again.
result<void> order_service::worker::give_up() {
  synced_at_ = steady_clock::now();
  const std::uint64_t done_with = std::min(stats_.position, delivered_);
  if (done_with == stats_.synced_position) return {};
  {
    const std::lock_guard committing(shared_.committing);
    if (auto synced = shared_.store.sync(); !synced) return synced;
  }
  if (auto done = feed_->commit(done_with); !done) return done;
  const std::lock_guard lock(shared_.mutex);
  stats_.synced_position = done_with;
  return {};
}

void order_service::worker::succeeded() {
  if (retry_in_.count() == 0) return;
  retry_in_ = milliseconds(0);
  const std::lock_guard lock(shared_.mutex);
  stats_.state = order_worker_state::running;
  stats_.failure.reset();
}

// Notes it and waits before the next attempt; false if there is to be none. What may or may not have happened is
// tried again too: the projector asks the store where it is.
bool order_service::worker::failed(const error& what) {
  std::unique_lock lock(shared_.mutex);
  ++stats_.failures;
  stats_.failure = what;
  if (what.code == failure::permanent) {
    stats_.state = order_worker_state::failed;
    shared_.moved.notify_all();
    return false;
  }
  stats_.state = order_worker_state::retrying;
  retry_in_ = std::clamp(retry_in_ * 2, shared_.params.retry_first, shared_.params.retry_max);
  shared_.moved.wait_for(lock, retry_in_, [this] { return shared_.stopping; });
  return true;
}

bool order_service::worker::wait_for(std::uint64_t sequence, milliseconds timeout) {
  std::unique_lock lock(shared_.mutex);
  const auto over = [&] {
    return stats_.position >= sequence || stats_.state == order_worker_state::failed ||
           stats_.state == order_worker_state::stopped;
  };
  shared_.moved.wait_for(lock, timeout, over);
  return stats_.position >= sequence;
}

namespace {

result<void> check(const order_service_params& params) {
  const auto wrong = [](std::string_view what) {
    return make_error(errc::invalid_argument, "order_service_params::" + std::string(what));
  };
  if (params.batch_events_max == 0) return wrong("batch_events_max must be at least 1");
  if (params.gather.count() < 0) return wrong("gather must not be negative");
  if (params.sync_every.count() < 0) return wrong("sync_every must not be negative");
  if (params.idle_wait_max.count() < 1) return wrong("idle_wait_max must be at least 1 ms");
  if (params.retry_first.count() < 1) return wrong("retry_first must be at least 1 ms");
  if (params.retry_max < params.retry_first) return wrong("retry_max must be at least retry_first");
  return {};
}

}  // namespace

order_service::order_service() = default;

order_service::~order_service() {
  if (shared_) stop();
}

result<std::unique_ptr<order_service>> order_service::start(std::vector<order_source> from, order_store& into,
                                                            const order_service_params& params,
                                                            listener changed) {
  if (auto good = check(params); !good) return good.error();
  std::unique_ptr<order_service> service(new order_service);
  service->shared_ = std::make_unique<shared>(into, params, std::move(changed));
  for (order_source& each : from) {
    const std::uint64_t last_sequence = each.last_sequence;
    auto made = std::make_unique<worker>(*service->shared_, std::move(each));
    if (auto good = made->check(last_sequence); !good) return good.error();
    service->workers_.push_back(std::move(made));
  }
  for (const auto& each : service->workers_) each->start();
  return service;
}

namespace {

// A feed that begins no later than behind the last event of this shard that the store has worked in.
result<std::unique_ptr<event_feed>> open_feed_for(engine& from, order_store& into, std::uint8_t shard) {
  const auto position = into.position(shard);
  if (!position) return position.error();
  if (auto rewound = from.rewind_feed(shard, order_service::feed_name, *position); !rewound) {
    error failed = std::move(rewound).error();
    if (failed.code == errc::missing_data)
      failed.text =
          "orders of shard " + std::to_string(shard) + " end at event " + std::to_string(*position) + "; " +
          failed.text +
          ". Restore a newer copy of the order store; without one, `seckill rebuild-orders` makes it "
          "from the oldest snapshot and the events behind it";
    return failed;
  }
  return from.open_feed(shard, order_service::feed_name);
}

}  // namespace

result<std::unique_ptr<order_service>> order_service::start(engine& from, order_store& into,
                                                            const order_service_params& params,
                                                            listener changed) {
  std::vector<order_source> sources;
  const engine_stats now = from.stats();
  for (std::uint8_t shard = 0; shard < from.shard_count(); ++shard) {
    auto feed = open_feed_for(from, into, shard);
    if (!feed) return feed.error();
    const auto definitions = [&board = from.board(shard)](sale_id sale) { return board.definition(sale); };
    sources.push_back({shard, std::move(*feed), now.shards[shard].last_sequence, definitions});
  }
  return start(std::move(sources), into, params, std::move(changed));
}

void order_service::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
    shared_->moved.notify_all();
  }
  for (const auto& each : workers_) each->join();
}

bool order_service::wait_for(std::uint8_t shard, std::uint64_t sequence, milliseconds timeout) {
  for (const auto& each : workers_)
    if (each->stats().shard == shard) return each->wait_for(sequence, timeout);
  return false;
}

std::vector<order_worker_stats> order_service::stats() const {
  std::vector<order_worker_stats> all;
  for (const auto& each : workers_) all.push_back(each->stats());
  return all;
}

}  // namespace seckill::inline v1
