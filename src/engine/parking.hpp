#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace seckill::inline v1 {

// Where one thread sleeps until another has something for it. Waking costs one atomic operation while nobody sleeps.
// While it sleeps, another thread may stand in for it.
//
// No wake-up is lost, and nobody works beside the sleeper: all sides change one word, by read-modify-writes that acquire
// and release. A call that comes before the sleeper's last look is seen by that look; one that comes after it keeps
// `dozing` from becoming `asleep`, or finds the sleeper `asleep` and notifies it, or finds it `lent` and has whoever
// stands in notify it. From `asleep` one thread alone gets to `lent`, and the sleeper leaves only where nobody stands in.
// The mutex closes the gap between the sleeper's last change and its wait.
//
// Source: the eventcount pattern (Dmitry Vyukov), for a single sleeper.
class parking {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Sleeps until ready() or `until`; ready() is called by this thread alone, and not while another stands in for it. One
  // thread at a time.
  template <typename Ready>
  void sleep_until(time_point until, Ready&& ready) {
    std::unique_lock lock(mutex_);
    bool in_time = true;
    while (in_time) {
      state_.exchange(dozing, std::memory_order_acq_rel);
      if (ready()) break;
      std::uint32_t expected = dozing;
      if (!state_.compare_exchange_strong(expected, asleep, std::memory_order_acq_rel)) continue;
      in_time = waiting_.wait_until(lock, until, [&] { return called_home(); });
      if (in_time) continue;
      state_.fetch_or(called, std::memory_order_acq_rel);  // who stands in comes to an end now
      waiting_.wait(lock, [&] { return called_home(); });
    }
    state_.exchange(awake, std::memory_order_acq_rel);  // not a store: that would hide what a waker did
  }

  // To be called after whatever makes ready() true. Any thread.
  void wake() noexcept {
    if (state_.fetch_or(called, std::memory_order_acq_rel) == asleep) notify();
  }

  // If the thread sleeps: runs work() in its stead, which must not throw, and wakes it if that returns true or somebody
  // called meanwhile. Otherwise returns false. Any thread.
  template <typename Work>
  bool stand_in(Work&& work) noexcept {
    std::uint32_t expected = asleep;
    if (!state_.compare_exchange_strong(expected, lent, std::memory_order_acq_rel)) return false;
    const bool wakes = work();
    expected = lent;
    if (!wakes && state_.compare_exchange_strong(expected, asleep, std::memory_order_acq_rel)) return true;
    state_.exchange(asleep | called, std::memory_order_acq_rel);
    notify();
    return true;
  }

 private:
  enum : std::uint32_t {
    awake = 0,
    dozing = 1,  // it looks once more
    asleep = 2,
    lent = 3,    // asleep, and another stands in
    called = 4,  // with one of them: somebody has something for it
  };

  [[nodiscard]] bool called_home() const noexcept {
    return state_.load(std::memory_order_acquire) == (asleep | called);
  }

  void notify() noexcept {
    { const std::lock_guard lock(mutex_); }
    waiting_.notify_one();
  }

  std::atomic<std::uint32_t> state_{awake};
  std::mutex mutex_;
  std::condition_variable waiting_;
};

}  // namespace seckill::inline v1
