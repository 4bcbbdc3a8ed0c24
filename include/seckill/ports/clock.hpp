#pragma once

#include <seckill/ids.hpp>

#include <atomic>
#include <chrono>

namespace seckill::inline v1 {

/// PORT. Tells the time to whoever may not ask the machine. Threads: any.
class clock {
 public:
  virtual ~clock() = default;
  [[nodiscard]] virtual time_ms now_ms() const noexcept = 0;
};

/// The machine's wall clock.
class system_clock final : public clock {
 public:
  [[nodiscard]] time_ms now_ms() const noexcept override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

/// A clock that stands still until it is moved: for tests. After moving it, engine::tick() makes engines
/// look.
class manual_clock final : public clock {
 public:
  explicit manual_clock(time_ms start_ms = 1) : now_ms_(start_ms) {}
  [[nodiscard]] time_ms now_ms() const noexcept override { return now_ms_.load(std::memory_order_acquire); }
  void set(time_ms now) noexcept { now_ms_.store(now, std::memory_order_release); }
  void advance(time_ms by) noexcept { now_ms_.fetch_add(by, std::memory_order_acq_rel); }

 private:
  std::atomic<time_ms> now_ms_;
};

}  // namespace seckill::inline v1
