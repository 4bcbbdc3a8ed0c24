#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/concurrency_limiter.hpp>
#include <seckill/policy/deadline.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

namespace seckill::inline v1 {

struct bulkhead_params {
  std::uint32_t queue_max = 100;   ///< callers waiting at once; 0: nobody waits. At most 65,536
  time_ns wait_max_ns = ns_per_s;  ///< nobody waits longer
};

/// Who is told that a place's state may have changed. Called with the bulkhead's lock held: it must only wake somebody
/// (post, notify), must not call the bulkhead, and must not throw. Never called once the place is destroyed.
struct bulkhead_waker {
  void (*wake)(void* context) noexcept = nullptr;
  void* context = nullptr;
};

/// Bounds the calls in flight to one callee and those that wait for their turn, so that a slow callee fills its own
/// compartment and not the ship: a concurrency limiter with a queue in front.
///
/// First come, first served; nobody overtakes who waits. A caller waits no longer than its deadline and wait_max_ns, and
/// is refused at once when the queue is full. Threads: any. Entering without a queue costs what the limiter does; nothing
/// is allocated after the construction.
class SECKILL_EXPORT bulkhead {
 public:
  enum class state : std::uint8_t {
    none,     ///< no place: never entered, or left
    entered,  ///< go on
    waiting,
    full,  ///< refused: the queue is full
    late,  ///< refused: the turn has not come in time
  };
  class place;

  /// Throws std::invalid_argument that names the parameter.
  bulkhead(concurrency_limiter::any_limit limit, const bulkhead_params& params);

  /// A place: entered, waiting, full or late. It must not outlive the bulkhead.
  [[nodiscard]] place enter(deadline until, bulkhead_waker waker, time_ns now) noexcept;

  [[nodiscard]] std::uint32_t in_flight() const noexcept { return limiter_.in_flight(); }
  [[nodiscard]] std::uint32_t limit() const noexcept { return limiter_.limit(); }
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t none = ~0U;
  static constexpr time_ns always = std::numeric_limits<time_ns>::min();

  struct seat {
    std::uint32_t next = none;
    std::uint32_t previous = none;
    state now = state::none;
    time_ns until_ns = 0;
    bulkhead_waker waker;
    concurrency_limiter::permit permit;
  };

  [[nodiscard]] place wait(time_ns until_ns, bulkhead_waker waker, time_ns now) noexcept;
  [[nodiscard]] state poll(std::uint32_t at, concurrency_limiter::permit& permit, time_ns now) noexcept;
  void give_up(std::uint32_t at) noexcept;
  void serve(time_ns now) noexcept;
  void serve_locked() noexcept;
  void append(std::uint32_t at) noexcept;
  void unlink(std::uint32_t at) noexcept;
  void release(std::uint32_t at) noexcept;

  concurrency_limiter limiter_;
  const bulkhead_params params_;
  std::mutex mutex_;  // guards all below
  std::unique_ptr<seat[]> seats_;
  std::uint32_t free_ = none;
  std::uint32_t first_ = none;
  std::uint32_t last_ = none;
  time_ns latest_ns_ = always;  // that anybody has told: who leaves without a time serves as of then
  std::atomic<std::uint32_t> waiting_{0};  // in the queue; read without the lock
};

/// A caller's place in a bulkhead. Movable; leaves when it is destroyed, from inside or from the queue. One thread at a
/// time.
class bulkhead::place {
 public:
  place() = default;
  place(place&& other) noexcept
      : of_(std::exchange(other.of_, nullptr)),
        permit_(std::move(other.permit_)),
        at_(other.at_),
        state_(std::exchange(other.state_, state::none)),
        until_ns_(other.until_ns_) {}
  place& operator=(place&& other) noexcept {
    if (this != &other) {
      leave();
      of_ = std::exchange(other.of_, nullptr);
      permit_ = std::move(other.permit_);
      at_ = other.at_;
      state_ = std::exchange(other.state_, state::none);
      until_ns_ = other.until_ns_;
    }
    return *this;
  }
  ~place() { leave(); }

  /// The state, after looking whether a waiting one has changed.
  [[nodiscard]] state poll(time_ns now) noexcept {
    if (state_ == state::waiting) state_ = of_->poll(at_, permit_, now);
    return state_;
  }
  /// While waiting: when it becomes late.
  [[nodiscard]] time_ns until_ns() const noexcept { return until_ns_; }

  /// The call came back, without or with a sign of overload. REQUIRES: entered.
  void succeed(time_ns now) noexcept { finish(now, &concurrency_limiter::permit::succeed); }
  void drop(time_ns now) noexcept { finish(now, &concurrency_limiter::permit::drop); }
  /// The call was not made or tells nothing, or the caller waits no longer.
  void leave() noexcept {
    const state left = std::exchange(state_, state::none);
    if (left == state::waiting) of_->give_up(at_);
    if (left != state::entered) return;
    permit_.ignore();
    of_->serve(always);
  }

 private:
  friend class bulkhead;
  place(bulkhead& of, state now, std::uint32_t at, time_ns until_ns) noexcept
      : of_(&of), at_(at), state_(now), until_ns_(until_ns) {}
  void finish(time_ns now, void (concurrency_limiter::permit::*how)(time_ns) noexcept) noexcept {
    if (state_ != state::entered) return;
    (permit_.*how)(now);
    state_ = state::none;
    of_->serve(now);
  }

  bulkhead* of_ = nullptr;
  concurrency_limiter::permit permit_;
  std::uint32_t at_ = none;
  state state_ = state::none;
  time_ns until_ns_ = 0;
};

}  // namespace seckill::inline v1
