#pragma once

#include <seckill/export.hpp>
#include <seckill/ids.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace seckill::inline v1 {

struct timing_wheel_params {
  time_ns tick_ns = 1'000'000;  ///< the resolution, at least 1
  std::uint32_t pending_max =
      100'000;           ///< timers pending at once; 32 bytes for each are reserved at the start
  time_ns start_ns = 0;  ///< the time at the start
};

/// Names one scheduling of one timer. False if there is none; stale once the timer has fired or was
/// cancelled, which every function that takes one notices (unless the same node was used 2^31 times in
/// between).
struct timer_handle {
  std::uint32_t node = 0;
  std::uint32_t generation = 0;
  [[nodiscard]] explicit constexpr operator bool() const noexcept { return generation != 0; }
  friend constexpr bool operator==(timer_handle, timer_handle) = default;
};

/// Deadlines, any number of them: schedule, cancel and reschedule cost the same whatever is pending, and
/// allocate nothing. Each timer carries 64 bits for its owner.
///
/// Guarantees: a timer fires once, never before its deadline and at the latest in the advance() that reaches
/// the next whole tick; in order of ticks, and within a tick in order of scheduling (unless work_max cut an
/// advance between two of them). A clock that goes back fires nothing. Threads: one at a time. Errors:
/// constructor throws std::invalid_argument naming the parameter. Source: hierarchical timing wheels
/// (Varghese and Lauck, 1987, scheme 7), levels of 64 slots found by bitmaps.
class SECKILL_EXPORT timing_wheel {
 public:
  explicit timing_wheel(const timing_wheel_params& params);
  timing_wheel(const timing_wheel&) = delete;
  timing_wheel& operator=(const timing_wheel&) = delete;
  /// Allowed inside a callback of advance(), which then returns.
  ~timing_wheel();

  /// A deadline that is reached already fires at the next advance(), whatever its time; one that is scheduled
  /// inside a callback and reached by the running advance() also waits for the next. No handle: pending_max
  /// are pending.
  [[nodiscard]] timer_handle schedule(time_ns deadline, std::uint64_t payload) noexcept;
  /// False if the handle is stale.
  bool cancel(timer_handle timer) noexcept;
  /// As cancel and schedule, keeping handle and payload. False if the handle is stale.
  bool reschedule(timer_handle timer, time_ns deadline) noexcept;

  [[nodiscard]] bool pending(timer_handle timer) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Starts loading what cancel() or reschedule() will need: for callers that know some timers ahead.
  void prefetch(timer_handle timer) const noexcept { __builtin_prefetch(&nodes_[timer.node], 1); }

  /// When to call advance() next, if anything is pending: at or before the earliest deadline, and exact if
  /// that lies in the present 64 ticks. Waking then and asking again finds the exact time after at most ten
  /// wakes.
  [[nodiscard]] std::optional<time_ns> next_expiry() const noexcept;

  struct progress {
    std::size_t fired = 0;
    bool caught_up = true;  ///< false: work_max was reached; call again with the same time
  };
  /// Moves the time to `now` and calls `fire(payload, due_ns)` for each timer on the way, at most `work_max`
  /// steps of firing one or bringing it a level down. `due_ns` is its deadline rounded up to a tick. The
  /// callback may schedule, cancel, reschedule and destroy the wheel; it must not throw. Inside a callback
  /// advance() itself fires nothing and has not caught up.
  template <typename Fire>
  progress advance(time_ns now, std::size_t work_max, Fire&& fire);

 private:
  static constexpr std::uint32_t slot_bits = 6;
  static constexpr std::uint32_t slots = 1U << slot_bits;
  static constexpr std::uint32_t levels = 11;  // cover every 64-bit tick, so that there is no overflow list
  static constexpr std::uint32_t deferred = levels * slots;
  static constexpr std::uint32_t first_timer = deferred + 1;
  static constexpr std::uint32_t none = ~0U;

  // The first nodes are the heads of the slots' circular lists. Odd generations are pending.
  struct node {
    std::uint64_t due_tick;
    std::uint64_t payload;
    std::uint32_t next;
    std::uint32_t previous;
    std::uint32_t list;
    std::uint32_t generation;
  };
  static_assert(sizeof(node) == 32);

  [[nodiscard]] std::uint64_t due_tick(time_ns deadline) const noexcept;
  [[nodiscard]] std::uint32_t list_of(std::uint64_t due) const noexcept;
  void append(std::uint32_t list, std::uint32_t at) noexcept;
  void unlink(std::uint32_t at) noexcept;
  void place(std::uint32_t at, time_ns deadline) noexcept;
  void release(std::uint32_t at) noexcept;
  enum class found {
    due_timer,
    nothing_due,
    work_left_none,
  };
  [[nodiscard]] found seek(std::size_t& work_left) noexcept;
  [[nodiscard]] bool cascade(std::size_t& work_left) noexcept;
  [[nodiscard]] std::uint32_t next_list(std::uint64_t& start_tick) const noexcept;
  void end_advance() noexcept;

  class storage;
  std::unique_ptr<storage> storage_;
  node* nodes_;
  std::uint32_t free_ = none;
  std::uint32_t unused_ = first_timer;  // nodes from here to end_ were never used
  std::uint32_t end_;
  std::size_t size_ = 0;
  std::uint64_t tick_;        // everything due before it has fired
  std::uint64_t target_ = 0;  // of the running advance
  time_ns tick_ns_;
  std::uint32_t cascading_ = none;  // the slot that is being brought down, whose timers may be due at tick_
  bool advancing_ = false;
  bool* destroyed_ = nullptr;
  std::array<std::uint64_t, levels + 1> occupied_{};
};

inline std::uint64_t timing_wheel::due_tick(time_ns deadline) const noexcept {
  if (deadline <= 0) return tick_;
  const auto ticks = static_cast<std::uint64_t>(deadline / tick_ns_ + (deadline % tick_ns_ != 0 ? 1 : 0));
  return ticks < tick_ ? tick_ : ticks;
}

// The level is the highest digit in which the due tick differs from the present one: a slot is brought down
// exactly when the time enters it, so timers of one tick keep their order.
inline std::uint32_t timing_wheel::list_of(std::uint64_t due) const noexcept {
  const auto level =
      static_cast<std::uint32_t>(63 - std::countl_zero((due ^ tick_) | (slots - 1))) / slot_bits;
  return level * slots + static_cast<std::uint32_t>((due >> (level * slot_bits)) % slots);
}

inline void timing_wheel::append(std::uint32_t list, std::uint32_t at) noexcept {
  node& head = nodes_[list];
  node& added = nodes_[at];
  added.list = list;
  added.next = list;
  added.previous = head.previous;
  nodes_[head.previous].next = at;
  head.previous = at;
  occupied_[list / slots] |= std::uint64_t{1} << (list % slots);
}

inline void timing_wheel::unlink(std::uint32_t at) noexcept {
  const node& removed = nodes_[at];
  nodes_[removed.previous].next = removed.next;
  nodes_[removed.next].previous = removed.previous;
  if (removed.next == removed.previous && removed.next == removed.list) {
    occupied_[removed.list / slots] &= ~(std::uint64_t{1} << (removed.list % slots));
  }
}

inline void timing_wheel::place(std::uint32_t at, time_ns deadline) noexcept {
  const std::uint64_t due = due_tick(deadline);
  nodes_[at].due_tick = due;
  append(advancing_ && due <= target_ ? deferred : list_of(due), at);
}

inline void timing_wheel::release(std::uint32_t at) noexcept {
  node& freed = nodes_[at];
  ++freed.generation;
  freed.next = free_;
  free_ = at;
  --size_;
}

inline bool timing_wheel::pending(timer_handle timer) const noexcept {
  return timer.generation % 2 == 1 && timer.node >= first_timer && timer.node < unused_ &&
         nodes_[timer.node].generation == timer.generation;
}

inline timer_handle timing_wheel::schedule(time_ns deadline, std::uint64_t payload) noexcept {
  std::uint32_t at = free_;
  if (at != none) {
    free_ = nodes_[at].next;
  } else if (unused_ != end_) {
    at = unused_++;
  } else {
    return {};
  }
  node& added = nodes_[at];
  ++added.generation;
  added.payload = payload;
  place(at, deadline);
  ++size_;
  return {at, added.generation};
}

inline bool timing_wheel::cancel(timer_handle timer) noexcept {
  if (!pending(timer)) return false;
  unlink(timer.node);
  release(timer.node);
  return true;
}

inline bool timing_wheel::reschedule(timer_handle timer, time_ns deadline) noexcept {
  if (!pending(timer)) return false;
  unlink(timer.node);
  place(timer.node, deadline);
  return true;
}

template <typename Fire>
timing_wheel::progress timing_wheel::advance(time_ns now, std::size_t work_max, Fire&& fire) {
  if (advancing_) return {.fired = 0, .caught_up = false};
  bool destroyed = false;
  destroyed_ = &destroyed;
  advancing_ = true;
  const std::uint64_t reached = now <= 0 ? 0 : static_cast<std::uint64_t>(now / tick_ns_);
  target_ = reached < tick_ ? tick_ : reached;

  progress made;
  std::size_t work_left = work_max;
  found next = seek(work_left);
  for (; next == found::due_timer; next = seek(work_left)) {
    const std::uint32_t at = nodes_[list_of(tick_)].next;
    const std::uint64_t payload = nodes_[at].payload;
    unlink(at);
    release(at);
    ++made.fired;
    fire(payload, static_cast<time_ns>(tick_) * tick_ns_);
    if (destroyed) return made;
  }
  made.caught_up = next == found::nothing_due;
  end_advance();
  return made;
}

}  // namespace seckill::inline v1
