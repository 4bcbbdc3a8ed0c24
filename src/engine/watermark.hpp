#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace seckill::inline v1 {

// How far a journal has got: the last event that is written, and the last that is synced. The committing
// thread raises them, any thread reads; whoever wants to know of more waits here. Raising is cheap while
// nobody waits.
class watermark {
 public:
  explicit watermark(std::uint64_t synced) : written_(synced), synced_(synced) {}

  [[nodiscard]] std::uint64_t written() const noexcept { return written_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t synced() const noexcept { return synced_.load(std::memory_order_acquire); }

  // --- the committing thread ---
  void raise_written(std::uint64_t sequence) noexcept { written_.store(sequence, std::memory_order_release); }
  void raise_synced(std::uint64_t sequence) noexcept {
    synced_.store(sequence, std::memory_order_release);
    notify();
  }

  // --- any thread ---
  // Returns when more than `sequence` is synced, after close(), or after `timeout`.
  void wait_beyond(std::uint64_t sequence, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    // Either the committer's exchange on waiting_ comes later and sees this one, or this one sees what it
    // stored before; the mutex closes the gap until the wait. As in parking.
    waiting_.fetch_add(1, std::memory_order_acq_rel);
    raised_.wait_for(lock, timeout, [&] { return closed_ || synced() > sequence; });
    waiting_.fetch_sub(1, std::memory_order_acq_rel);
  }
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    raised_.notify_all();
  }

 private:
  void notify() noexcept {
    if (waiting_.fetch_add(0, std::memory_order_acq_rel) == 0) return;
    { const std::lock_guard lock(mutex_); }
    raised_.notify_all();
  }

  std::atomic<std::uint64_t> written_;
  std::atomic<std::uint64_t> synced_;
  std::atomic<std::uint32_t> waiting_{0};
  std::mutex mutex_;
  std::condition_variable raised_;
  bool closed_ = false;  // under the mutex
};

}  // namespace seckill::inline v1
