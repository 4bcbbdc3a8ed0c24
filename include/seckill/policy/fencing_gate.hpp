#pragma once

#include <atomic>
#include <cstdint>

namespace seckill::inline v1 {

/// Stands before a resource that only the newest owner of a lease may change: lets a token pass that is at least as
/// high as every one seen. An owner that was paused, and whose lease went to another, is stopped here.
///
/// The resource must ask and act in one step (under its own lock, in its own transaction), and must store `highest()`
/// with itself. Threads: any. Source: M. Kleppmann, "How to do distributed locking" (2016).
class fencing_gate {
 public:
  /// `highest`: what the resource has stored; 0 at first.
  explicit fencing_gate(std::uint64_t highest = 0) noexcept : highest_(highest) {}

  /// False: a higher token was here; the caller's lease is over. Zero, which is no token, never passes.
  [[nodiscard]] bool admit(std::uint64_t token) noexcept {
    std::uint64_t seen = highest_.load(std::memory_order_acquire);
    while (token > seen)
      if (highest_.compare_exchange_weak(seen, token, std::memory_order_acq_rel, std::memory_order_acquire))
        return true;
    return token == seen && token != 0;
  }
  [[nodiscard]] std::uint64_t highest() const noexcept { return highest_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> highest_;
};

}  // namespace seckill::inline v1
