#pragma once

#include <seckill/error.hpp>
#include <seckill/event.hpp>
#include <seckill/export.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

/// One shard's durable events, in order and without gaps, from a named cursor that survives restarts.
///
/// Delivery is at least once: after a crash, events behind the last commit() come again, so a consumer must
/// be idempotent (by reservation id or by sequence). Events leave the journal only after every named feed has
/// committed them. An event is delivered when it survives the machine, whatever level the engine answers at,
/// so that no consumer ever knows of events that the journal has lost. Threads: one consumer per feed. Must
/// not outlive its engine.
class event_feed {
 public:
  virtual ~event_feed() = default;

  /// Appends up to `count_max` further events to `into`; none at the present end.
  [[nodiscard]] virtual result<void> poll(std::vector<event>& into, std::size_t count_max) = 0;
  /// Returns when there may be more to poll, when the engine stops, or after `timeout`.
  virtual void wait(std::chrono::milliseconds timeout) = 0;
  /// Moves the cursor, durably: everything up to `sequence` is done with.
  [[nodiscard]] virtual result<void> commit(std::uint64_t sequence) = 0;
  /// The last sequence committed.
  [[nodiscard]] virtual std::uint64_t cursor() const = 0;
};

}  // namespace seckill::inline v1
