#pragma once

#include <seckill/policy/rate_limiter.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <mutex>

namespace seckill::inline v1 {

/// A limiter for many threads whose state is one 64-bit word: one compare-and-swap grants, refusals write nothing.
template <limiter_rule Rule>
requires(sizeof(typename Rule::state) == sizeof(std::uint64_t)) class atomic_limiter {
 public:
  using state = typename Rule::state;

  /// Throws std::invalid_argument that names the parameter.
  explicit atomic_limiter(const typename Rule::parameters& params) : rule_(params) {}

  [[nodiscard]] rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept {
    state seen = state_.load(std::memory_order_relaxed);
    for (;;) {
      state next = seen;
      const bool taken = rule_.take(next, n, now);
      if (!taken || n == 0) return rule_.tell(seen, taken, n, now);
      if (state_.compare_exchange_weak(seen, next, std::memory_order_relaxed))
        return rule_.tell(next, true, n, now);
    }
  }
  [[nodiscard]] rate_decision peek(std::uint32_t n, time_ns now) const noexcept {
    state seen = state_.load(std::memory_order_relaxed);
    return rule_.decide(seen, n, now);
  }
  void give_back(std::uint32_t n, time_ns now) noexcept {
    state seen = state_.load(std::memory_order_relaxed);
    for (;;) {
      state next = seen;
      rule_.give_back(next, n, now);
      if (state_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return;
    }
  }

  /// Runs `change(state&)` as one atomic step: for what a rule can do beyond the common interface. It may run more
  /// than once; false from it: nothing changes.
  template <std::predicate<state&> Change>
  bool update(Change&& change) noexcept {
    state seen = state_.load(std::memory_order_relaxed);
    for (;;) {
      state next = seen;
      if (!change(next)) return false;
      if (state_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return true;
    }
  }

  [[nodiscard]] const Rule& rule() const noexcept { return rule_; }
  [[nodiscard]] state snapshot() const noexcept { return state_.load(std::memory_order_relaxed); }

 private:
  const Rule rule_;
  alignas(64) std::atomic<state> state_{Rule::fresh()};
};

/// The same for states of more than one word: a mutex around the step.
template <limiter_rule Rule>
class locked_limiter {
 public:
  using state = typename Rule::state;

  /// Throws std::invalid_argument that names the parameter.
  explicit locked_limiter(const typename Rule::parameters& params) : rule_(params) {}

  [[nodiscard]] rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept {
    const std::lock_guard lock(mutex_);
    return rule_.decide(state_, n, now);
  }
  [[nodiscard]] rate_decision peek(std::uint32_t n, time_ns now) const noexcept {
    state seen = snapshot();
    return rule_.decide(seen, n, now);
  }
  void give_back(std::uint32_t n, time_ns now) noexcept {
    const std::lock_guard lock(mutex_);
    rule_.give_back(state_, n, now);
  }

  [[nodiscard]] const Rule& rule() const noexcept { return rule_; }
  [[nodiscard]] state snapshot() const noexcept {
    const std::lock_guard lock(mutex_);
    return state_;
  }

 private:
  const Rule rule_;
  mutable std::mutex mutex_;
  state state_ = Rule::fresh();
};

}  // namespace seckill::inline v1
