#pragma once

#include <seckill/ids.hpp>

#include <functional>

namespace seckill::inline v1 {

/// PORT. Where work that may block is done: a pool of threads, the pool of your framework, or the test itself.
///
/// Guarantees of every implementation: a task that was taken is run once, unless the executor is destroyed before; never
/// inside post() or post_at(). Bounded: beyond that it takes nothing. Threads: any. Tasks must not throw.
/// Implementations: worker_pool, manual_executor.
class executor {
 public:
  using task = std::function<void()>;

  virtual ~executor() = default;
  /// False: there is no room; the task is destroyed.
  [[nodiscard]] virtual bool post(task work) = 0;
  /// Not before `when`, by now_ns().
  [[nodiscard]] virtual bool post_at(time_ns when, task work) = 0;
  [[nodiscard]] virtual time_ns now_ns() const noexcept = 0;
};

}  // namespace seckill::inline v1
