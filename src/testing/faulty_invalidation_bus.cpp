#include <seckill/testing/faulty_invalidation_bus.hpp>

#include <atomic>
#include <utility>

namespace seckill::inline v1 {

class SECKILL_HIDDEN faulty_invalidation_bus::channel {
 public:
  channel(std::unique_ptr<invalidation_bus> of, std::shared_ptr<fault_script> by)
      : inner(std::move(of)), script(std::move(by)) {}

  // The channel's own news go the way of all others.
  void tell(bus_event_kind kind) { [[maybe_unused]] const auto told = inner->publish({.kind = kind}); }

  std::unique_ptr<invalidation_bus> inner;
  std::shared_ptr<fault_script> script;
  std::atomic<bool> is_cut{false};
};

faulty_invalidation_bus::faulty_invalidation_bus(std::unique_ptr<invalidation_bus> inner,
                                                 std::shared_ptr<fault_script> script)
    : channel_(std::make_shared<channel>(std::move(inner), std::move(script))) {}
faulty_invalidation_bus::~faulty_invalidation_bus() = default;

void faulty_invalidation_bus::cut() {
  channel_->tell(bus_event_kind::lost);
  channel_->is_cut = true;
}

void faulty_invalidation_bus::restore() {
  channel_->is_cut = false;
  channel_->tell(bus_event_kind::restored);
}

result<void> faulty_invalidation_bus::publish(const bus_event& what) {
  return channel_->script->attempt(storage_call::publish, [&]() -> result<void> {
    if (channel_->is_cut) return {};
    return channel_->inner->publish(what);
  });
}

auto faulty_invalidation_bus::subscribe(listener told) -> result<std::unique_ptr<subscription>> {
  return channel_->script->attempt(storage_call::subscribe,
                                   [&] { return channel_->inner->subscribe(std::move(told)); });
}

}  // namespace seckill::inline v1
