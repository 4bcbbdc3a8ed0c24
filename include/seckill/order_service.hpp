#pragma once

#include <seckill/error.hpp>
#include <seckill/event_feed.hpp>
#include <seckill/export.hpp>
#include <seckill/order_projector.hpp>
#include <seckill/ports/order_store.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

class engine;

/// The bounds of an order service.
struct order_service_params {
  std::size_t batch_events_max = 4'096;          ///< worked in by one commit, at least 1
  std::chrono::milliseconds gather{2};           ///< after a batch that was not full: for events to gather
  std::chrono::milliseconds sync_every{500};     ///< how often orders are synced and events given up
  std::chrono::milliseconds idle_wait_max{100};  ///< how long stop() may have to wait
  std::chrono::milliseconds retry_first{10};     ///< after a failure; doubles up to retry_max
  std::chrono::milliseconds retry_max{5'000};
};

/// One shard's events on their way to become orders.
struct order_source {
  std::uint8_t shard = 0;
  std::unique_ptr<event_feed> feed{};
  std::uint64_t last_sequence = 0;  ///< of the journal: a store that is beyond it belongs to another one
  order_projector::definition_source definitions{};
};

enum class order_worker_state : std::uint8_t {
  running = 0,
  retrying = 1,  ///< the last attempt failed; it will be made again
  failed = 2,    ///< a retry cannot help: see the failure, repair, start again
  stopped = 3,
};

struct order_worker_stats {
  std::uint8_t shard = 0;
  order_worker_state state{};
  std::uint64_t position = 0;    ///< last sequence that is worked into the orders
  std::uint64_t started_at = 0;  ///< the position when the service started
  std::uint64_t catch_up_to =
      0;  ///< last sequence of the journal then: the orders are complete from there on
  std::uint64_t synced_position = 0;  ///< last sequence that the feed may forget
  std::uint64_t orders_changed = 0;   ///< since the start, with repetition
  std::uint64_t failures = 0;
  std::optional<error> failure{};  ///< the present one, if retrying or failed
};

/// Turns the events of an engine into orders, one thread per shard: feed -> projector -> store -> feed.
///
/// Guarantees: every event is worked in exactly once, in order, whatever crashes when: the store's own position
/// decides what is new, and a feed's events are given up only when their orders survive the machine. A failing
/// store is tried again, more and more slowly; what no retry can heal stops that shard and is said in stats().
/// A store that is new, or older than what its feed has given up, catches up from the events that the journal still
/// has (engine_params::events_kept).
///
/// Threads: any. The store must outlive it; it must not outlive the engine. stop() before engine::stop() leaves
/// the rest for the next start.
class SECKILL_EXPORT order_service {
 public:
  /// Told the orders that a commit changed, as they now are: one call at a time, on the service's threads. It
  /// must be quick and must not throw. After a crash the same change may be told again.
  using listener = std::function<void(std::span<const order>)>;

  static constexpr std::string_view feed_name = "orders";

  /// Errors: errc::invalid_argument naming the parameter; errc::missing_data, naming the events, if the store needs
  /// some that the journal no longer has; errc::corrupt_data if it is beyond the journal; those of the feed and of the
  /// store.
  [[nodiscard]] static result<std::unique_ptr<order_service>> start(engine& from, order_store& into,
                                                                    const order_service_params& params = {},
                                                                    listener changed = {});
  /// The same on feeds from elsewhere.
  [[nodiscard]] static result<std::unique_ptr<order_service>> start(std::vector<order_source> from,
                                                                    order_store& into,
                                                                    const order_service_params& params = {},
                                                                    listener changed = {});
  order_service(const order_service&) = delete;
  order_service& operator=(const order_service&) = delete;
  ~order_service();

  /// Finishes the batches at hand, syncs, and ends the threads. Idempotent.
  void stop();
  /// True when the orders show everything up to `sequence`; false after `timeout`, or if the shard failed or
  /// stopped before.
  [[nodiscard]] bool wait_for(std::uint8_t shard, std::uint64_t sequence, std::chrono::milliseconds timeout);
  /// One for each shard. The lag is shard_stats::durable_sequence less the position.
  [[nodiscard]] std::vector<order_worker_stats> stats() const;

 private:
  class worker;
  class shared;

  order_service();

  std::unique_ptr<shared> shared_;
  std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace seckill::inline v1
