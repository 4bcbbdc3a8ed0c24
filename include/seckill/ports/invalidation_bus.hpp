#pragma once

#include <seckill/error.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace seckill::inline v1 {

enum class bus_event_kind : std::uint8_t {
  changed,   ///< the record was written or removed
  created,   ///< the record is new: filters must know it
  flush,     ///< anything may have changed
  lost,      ///< from the channel itself: what is published may not arrive any more
  restored,  ///< from the channel itself: what is published from now on arrives
};

struct bus_event {
  bus_event_kind kind{};
  std::string_view key{};  ///< of changed and created
};

/// PORT. Tells all nodes what has changed, so that their near caches let go of it.
///
/// Guarantees of every implementation (tests/conformance proves them): what is published while a subscription stands is
/// told to it, the publisher's own too, or it is told `lost`, and later `restored`; in the order of publishing for one
/// publisher. A publication that failed may have been told.
///
/// Threads: any. Listeners are called on whatever thread, one call at a time for each; they must be quick, must not throw,
/// and must not call the bus. Implementations: memory_invalidation_bus, faulty_invalidation_bus.
class invalidation_bus {
 public:
  using listener = std::function<void(const bus_event&)>;
  /// Ends when it is destroyed: then no call is running, and none will come. Not from the listener.
  class subscription {
   public:
    virtual ~subscription() = default;
  };

  virtual ~invalidation_bus() = default;
  /// REQUIRES: changed, created or flush.
  [[nodiscard]] virtual result<void> publish(const bus_event& what) = 0;
  /// Stands when it is answered. The bus must outlive it.
  [[nodiscard]] virtual result<std::unique_ptr<subscription>> subscribe(listener told) = 0;
};

}  // namespace seckill::inline v1
