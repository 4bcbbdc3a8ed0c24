#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace seckill::inline v1 {

/// Lets readers in and out, and keeps them out while what they read is replaced. Unlike a shared mutex it never makes a
/// reader wait, and readers that keep coming cannot keep the writer waiting. Threads: any, but close() and open() by one
/// at a time.
class reader_gate {
 public:
  class pass {
   public:
    explicit pass(reader_gate& of) noexcept : of_(&of) {}
    pass(pass&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (of_ != nullptr) of_->leave();
    }

   private:
    reader_gate* of_;
  };

  /// Nothing while the gate is closed.
  [[nodiscard]] std::optional<pass> enter() {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::nullopt;
    ++inside_;
    return std::optional<pass>(std::in_place, *this);
  }
  /// Returns when nobody is inside.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    left_.wait(lock, [this] { return inside_ == 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    closed_ = false;
  }

 private:
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) left_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t inside_ = 0;
  bool closed_ = false;
};

}  // namespace seckill::inline v1
