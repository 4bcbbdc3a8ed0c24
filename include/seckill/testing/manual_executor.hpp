#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/executor.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>

namespace seckill::inline v1 {

/// Runs tasks when it is told to, on the thread that tells it, at a time that stands still until it is moved. For tests.
/// Threads: any. Tasks run outside its lock, and may post.
class SECKILL_EXPORT manual_executor final : public executor {
 public:
  /// `tasks_max`: waiting at once, those for later too.
  explicit manual_executor(time_ns start_ns = 1, std::size_t tasks_max = 100'000)
      : tasks_max_(tasks_max), now_(start_ns) {}

  [[nodiscard]] bool post(task work) override;
  [[nodiscard]] bool post_at(time_ns when, task work) override;
  [[nodiscard]] time_ns now_ns() const noexcept override;

  /// False: nothing is due.
  bool run_one();
  /// Until nothing is due.
  void run();
  /// Moves the time on, and runs what is due on the way, each task at its time.
  void advance(time_ns by);
  /// Waiting, those for later too.
  [[nodiscard]] std::size_t waiting() const;

 private:
  const std::size_t tasks_max_;
  mutable std::mutex mutex_;
  time_ns now_;
  std::deque<task> ready_;
  std::multimap<time_ns, task> later_;
};

}  // namespace seckill::inline v1
