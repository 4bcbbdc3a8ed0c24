#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/pipeline_plan.hpp>
#include <seckill/policy/swap_cell.hpp>

#include <memory>

namespace seckill::inline v1 {

/// The policies around the calls to one callee, whose order and parameters can be changed while calls are in flight.
///
/// A call ends under the plan that it began under; one that begins after reconfigure() has returned begins under the new
/// one. What only the old plan has is destroyed with the last call under it. Calls are made through pipeline_call
/// (callbacks, event loops) or run_call() (a blocking caller).
///
/// Threads: any. A call's beginning takes no lock.
class SECKILL_EXPORT pipeline {
 public:
  /// Throws std::invalid_argument that names what is wrong with the plan.
  explicit pipeline(pipeline_plan plan);

  /// Throws as the constructor, and changes nothing then.
  void reconfigure(pipeline_plan plan);

  [[nodiscard]] std::shared_ptr<const pipeline_plan> plan() const noexcept {
    return plans_.read([](const std::shared_ptr<const pipeline_plan>& now) { return now; });
  }

 private:
  swap_cell<std::shared_ptr<const pipeline_plan>> plans_;
};

}  // namespace seckill::inline v1
