#pragma once

#include <seckill/ports/time_source.hpp>

#include <atomic>

namespace seckill::inline v1 {

/// Time stands still until a test moves it. After moving it, engine::tick() makes engines look.
/// Threads: any.
class manual_time_source final : public time_source {
 public:
  explicit manual_time_source(time_ms wall_ms = 1) : ahead_ms_(wall_ms) {}

  [[nodiscard]] time_ms wall_ms() const noexcept override {
    return ahead_ms_.load(std::memory_order_acquire) + elapsed_ns() / 1'000'000;
  }
  [[nodiscard]] time_ns elapsed_ns() const noexcept override {
    return elapsed_ns_.load(std::memory_order_acquire);
  }

  /// Time passes, for both clocks. REQUIRES: `by_ms` is not negative.
  void advance(time_ms by_ms) noexcept {
    elapsed_ns_.fetch_add(by_ms * 1'000'000, std::memory_order_acq_rel);
  }
  /// Time passes until the wall clock shows this. REQUIRES: not earlier than it shows now.
  void set(time_ms wall) noexcept { advance(wall - wall_ms()); }
  /// Somebody sets the wall clock, forward or back; no time passes.
  void step_wall(time_ms by_ms) noexcept { ahead_ms_.fetch_add(by_ms, std::memory_order_acq_rel); }

 private:
  std::atomic<time_ms> ahead_ms_;  // of the elapsed time
  std::atomic<time_ns> elapsed_ns_{0};
};

}  // namespace seckill::inline v1
