#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/aimd_limit.hpp>
#include <seckill/policy/concurrency_limit.hpp>
#include <seckill/policy/gradient2_limit.hpp>
#include <seckill/policy/gradient_limit.hpp>
#include <seckill/policy/vegas_limit.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <variant>

namespace seckill::inline v1 {

/// Bounds the calls in flight, by a limit that is fixed or found out while calls come and go.
///
/// Guarantees: never more permits out than the limit was when the last one was granted; each permit comes back once.
/// Threads: any. Acquiring is one compare-and-swap, a refusal writes nothing. A finished call teaches the algorithm
/// unless another one is doing so at the moment; drops always do.
class SECKILL_EXPORT concurrency_limiter {
 public:
  using any_limit = std::variant<static_limit, aimd_limit, vegas_limit, gradient2_limit, gradient_limit>;
  class permit;

  /// Throws what the limits' constructors throw.
  explicit concurrency_limiter(any_limit limit);
  concurrency_limiter(const concurrency_limiter&) = delete;
  concurrency_limiter& operator=(const concurrency_limiter&) = delete;
  ~concurrency_limiter() = default;

  /// An empty permit: refused, the limit is in use. It must not outlive the limiter.
  [[nodiscard]] permit acquire(time_ns now) noexcept;

  [[nodiscard]] std::uint32_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t in_flight() const noexcept {
    return in_flight_.load(std::memory_order_relaxed);
  }

 private:
  void release() noexcept { in_flight_.fetch_sub(1, std::memory_order_release); }
  void learn(const concurrency_sample& sample) noexcept;

  alignas(64) std::atomic<std::uint32_t> in_flight_{0};
  alignas(64) std::atomic<std::uint32_t> limit_;
  std::mutex learning_;
  any_limit algorithm_;
};

/// The right to one call in flight. Movable; destroyed without a report it comes back and teaches nothing.
class concurrency_limiter::permit {
 public:
  permit() = default;
  permit(concurrency_limiter& of, std::uint32_t in_flight, time_ns began_ns) noexcept
      : of_(&of), in_flight_(in_flight), began_ns_(began_ns) {}
  permit(permit&& other) noexcept
      : of_(std::exchange(other.of_, nullptr)), in_flight_(other.in_flight_), began_ns_(other.began_ns_) {}
  permit& operator=(permit&& other) noexcept {
    if (this != &other) {
      ignore();
      of_ = std::exchange(other.of_, nullptr);
      in_flight_ = other.in_flight_;
      began_ns_ = other.began_ns_;
    }
    return *this;
  }
  ~permit() { ignore(); }

  /// False: the call is refused.
  [[nodiscard]] explicit operator bool() const noexcept { return of_ != nullptr; }

  /// The call came back, well or not, without a sign of overload. An empty permit reports nothing, here and below.
  void succeed(time_ns now) noexcept { finish(now, false); }
  /// The callee refused for overload, or the call timed out.
  void drop(time_ns now) noexcept { finish(now, true); }
  /// The call tells nothing about the callee's load.
  void ignore() noexcept {
    if (of_ != nullptr) std::exchange(of_, nullptr)->release();
  }

 private:
  void finish(time_ns now, bool dropped) noexcept {
    concurrency_limiter* const of = std::exchange(of_, nullptr);
    if (of == nullptr) return;
    of->release();
    of->learn({now > began_ns_ ? now - began_ns_ : 1, in_flight_, dropped});
  }

  concurrency_limiter* of_ = nullptr;
  std::uint32_t in_flight_ = 0;
  time_ns began_ns_ = 0;
};

inline concurrency_limiter::permit concurrency_limiter::acquire(time_ns now) noexcept {
  std::uint32_t seen = in_flight_.load(std::memory_order_relaxed);
  do {
    if (seen >= limit()) return {};
  } while (!in_flight_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                             std::memory_order_relaxed));
  return {*this, seen + 1, now};
}

}  // namespace seckill::inline v1
