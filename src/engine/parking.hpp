#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace seckill::inline v1 {

// Where one thread sleeps until another has something for it. Waking costs one atomic exchange while nobody
// sleeps.
//
// No wake-up is lost: both sides exchange the same word. Either the waker's exchange comes after the
// sleeper's, then it sees that someone sleeps and wakes it; or it comes before, then the sleeper's exchange
// (acquire) has read from it (release), so that the sleeper's ready() sees everything that the waker did
// before wake(). The mutex closes the gap between ready() and the wait: whoever saw the sleeper cannot get
// through wake() before the sleeper waits.
//
// Source: the eventcount pattern (Dmitry Vyukov), for a single sleeper.
class parking {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Sleeps until ready() or `until`; ready() is called by this thread alone. One thread at a time.
  template <typename Ready>
  void sleep_until(time_point until, Ready&& ready) {
    std::unique_lock lock(mutex_);
    while (true) {
      asleep_.exchange(true, std::memory_order_acq_rel);
      if (ready() || waiting_.wait_until(lock, until) == std::cv_status::timeout) break;
    }
    asleep_.exchange(false, std::memory_order_acq_rel);  // not a store: that would hide a waker's exchange
  }

  // To be called after whatever makes ready() true. Any thread.
  void wake() noexcept {
    if (!asleep_.exchange(false, std::memory_order_acq_rel)) return;
    { const std::lock_guard lock(mutex_); }
    waiting_.notify_one();
  }

 private:
  std::atomic<bool> asleep_{false};
  std::mutex mutex_;
  std::condition_variable waiting_;
};

}  // namespace seckill::inline v1
