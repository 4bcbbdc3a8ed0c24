#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace seckill::inline v1::http {

/// One thread for work that may block (storage reads, scrapes), so that event loops never do. Bounded.
/// Threads: any. Destruction does what was taken on first.
class desk {
 public:
  explicit desk(std::size_t jobs_max);
  desk(const desk&) = delete;
  desk& operator=(const desk&) = delete;
  ~desk();

  /// False if as many jobs are waiting as allowed. A job must not throw.
  [[nodiscard]] bool take_on(std::function<void()> job);

 private:
  void work();

  std::size_t jobs_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace seckill::inline v1::http
