#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/invalidation_bus.hpp>
#include <seckill/testing/fault_script.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A bus that does what `inner` does, but for the faults of the script, and whose channel can be cut.
///
/// While it is cut, nothing that is published is told. Threads: any.
class SECKILL_EXPORT faulty_invalidation_bus final : public invalidation_bus {
 public:
  faulty_invalidation_bus(std::unique_ptr<invalidation_bus> inner, std::shared_ptr<fault_script> script);
  ~faulty_invalidation_bus() override;

  /// Tells everybody `lost`, and nothing after it; `restored`, and all that comes after it.
  void cut();
  void restore();

  [[nodiscard]] result<void> publish(const bus_event& what) override;
  [[nodiscard]] result<std::unique_ptr<subscription>> subscribe(listener told) override;

 private:
  class channel;
  std::shared_ptr<channel> channel_;
};

}  // namespace seckill::inline v1
