#pragma once

#include <seckill/policy/thread_slot.hpp>
#include <seckill/policy/time.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

namespace seckill::inline v1::detail {

/// Where time buckets begin.
enum class bucket_alignment : std::uint8_t {
  absolute,  ///< at multiples of the period since time zero
  restart,   ///< at multiples of the period since the last restart()
};

/// Counters that many threads add to, and their sums over a window of time buckets.
///
/// A thread adds to a cell of its own: no locked instruction, no shared cache line. The cells only grow; a
/// bucket is the sums of all cells at its beginning, so the window's content is a difference of two sums, and
/// a bucket that leaves the window costs one copy.
///
/// Guarantees: one thread sees exact windows. With several, an addition that races with rotate() or restart()
/// is counted on either side of it, and once. Threads: any, all members.
template <std::size_t Counters>
class rolling_counters {
 public:
  using sums = std::array<std::uint64_t, Counters>;
  static constexpr time_ns never = std::numeric_limits<time_ns>::max();

  /// `period_ns` 0: one bucket for ever, until restart(). REQUIRES: buckets >= 1, period_ns >= 0.
  rolling_counters(time_ns period_ns, std::size_t buckets, bucket_alignment alignment)
      : period_ns_(period_ns),
        buckets_(period_ns == 0 ? 1 : buckets),
        alignment_(alignment),
        cells_(std::make_unique<cell[]>(cells_count)),
        starts_(std::make_unique<start[]>(buckets_)) {
    assert(period_ns >= 0 && buckets >= 1);
  }

  void add(std::size_t counter) noexcept {
    add_to(counter, std::min(thread_slot::current(), cells_count - 1));
  }

  /// The time from which rotate() has something to do.
  [[nodiscard]] time_ns next_rotation() const noexcept {
    return next_rotation_.load(std::memory_order_relaxed);
  }

  /// Lets buckets leave the window. Never goes back in time. True: something left or may have left.
  bool rotate(time_ns now) noexcept {
    if (now < next_rotation()) return false;
    const std::lock_guard lock(mutex_);
    if (now < next_rotation()) return false;
    const std::int64_t bucket = bucket_of(now);
    move_to(bucket, cumulative());
    next_rotation_.store(end_of(bucket), std::memory_order_relaxed);
    return true;
  }

  /// Empties the window; with bucket_alignment::restart, buckets begin at `now`.
  void restart(time_ns now) noexcept {
    const std::lock_guard lock(mutex_);
    origin_ = alignment_ == bucket_alignment::restart ? now : 0;
    const sums all = cumulative();
    base_.set(all);
    for (std::size_t i = 0; i < buckets_; ++i) starts_[i].set(all);
    const std::int64_t bucket = bucket_of(now);
    head_.store(bucket, std::memory_order_relaxed);
    next_rotation_.store(end_of(bucket), std::memory_order_relaxed);
  }

  /// All additions since the construction.
  [[nodiscard]] sums cumulative() const noexcept {
    sums total{};
    const std::size_t used = std::min(thread_slot::high_water(), cells_count - 1);
    for (std::size_t i = 0; i < used; ++i) cells_[i].add_to(total);
    cells_[cells_count - 1].add_to(total);
    return total;
  }

  /// All additions since the last restart(), whatever has left the window.
  [[nodiscard]] sums since_restart() const noexcept { return minus(cumulative(), base_.get()); }

  /// The window as of the last rotate(). Lock-free; may be torn while another thread rotates.
  [[nodiscard]] sums window() const noexcept {
    const std::int64_t head = head_.load(std::memory_order_relaxed);
    return minus(cumulative(), starts_[index_of(head + 1)].get());
  }

  /// The window at `now`, not torn. Does not rotate.
  [[nodiscard]] sums window_at(time_ns now) const noexcept {
    const std::lock_guard lock(mutex_);
    const std::int64_t head = head_.load(std::memory_order_relaxed);
    const std::int64_t bucket = std::max(head, bucket_of(now));
    if (bucket - head >= static_cast<std::int64_t>(buckets_)) return sums{};
    return minus(cumulative(), starts_[index_of(bucket + 1)].get());
  }

  /// The number of the current bucket, as of the last rotate().
  [[nodiscard]] std::int64_t current_bucket() const noexcept { return head_.load(std::memory_order_relaxed); }

  /// Adds to a bucket of the past: it leaves the window with that one. False: it has left already, nothing is
  /// added.
  bool add_late(std::size_t counter, std::int64_t bucket) noexcept {
    const std::lock_guard lock(mutex_);
    const std::int64_t head = head_.load(std::memory_order_relaxed);
    if (head - bucket >= static_cast<std::int64_t>(buckets_)) return false;
    add(counter);
    for (std::int64_t later = bucket + 1; later <= head; ++later) starts_[index_of(later)].increment(counter);
    return true;
  }

 private:
  // The last cell is shared by all threads without a slot of their own.
  static constexpr std::size_t cells_count = 17;

  // Two lines: adjacent lines are fetched in pairs.
  struct alignas(128) cell {
    std::array<std::atomic<std::uint64_t>, Counters> counts{};
    void add_to(sums& total) const noexcept {
      for (std::size_t i = 0; i < Counters; ++i) total[i] += counts[i].load(std::memory_order_relaxed);
    }
  };

  struct start {
    std::array<std::atomic<std::uint64_t>, Counters> counts{};
    void set(const sums& to) noexcept {
      for (std::size_t i = 0; i < Counters; ++i) counts[i].store(to[i], std::memory_order_relaxed);
    }
    [[nodiscard]] sums get() const noexcept {
      sums result{};
      for (std::size_t i = 0; i < Counters; ++i) result[i] = counts[i].load(std::memory_order_relaxed);
      return result;
    }
    void increment(std::size_t counter) noexcept { counts[counter].fetch_add(1, std::memory_order_relaxed); }
  };

  void add_to(std::size_t counter, std::size_t slot) noexcept {
    std::atomic<std::uint64_t>& count = cells_[slot].counts[counter];
    if (slot == cells_count - 1) [[unlikely]]
      count.fetch_add(1, std::memory_order_relaxed);
    else
      count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  void move_to(std::int64_t bucket, const sums& all) noexcept {
    const std::int64_t head = head_.load(std::memory_order_relaxed);
    const std::int64_t steps = std::min<std::int64_t>(bucket - head, static_cast<std::int64_t>(buckets_));
    for (std::int64_t i = 0; i < steps; ++i) starts_[index_of(bucket - i)].set(all);
    head_.store(bucket, std::memory_order_relaxed);
  }

  [[nodiscard]] std::int64_t bucket_of(time_ns now) const noexcept {
    if (period_ns_ == 0) return 0;
    const time_ns elapsed = now - origin_;
    return elapsed >= 0 ? elapsed / period_ns_ : -((-elapsed - 1) / period_ns_ + 1);
  }
  [[nodiscard]] time_ns end_of(std::int64_t bucket) const noexcept {
    return period_ns_ == 0 ? never : origin_ + (bucket + 1) * period_ns_;
  }
  [[nodiscard]] std::size_t index_of(std::int64_t bucket) const noexcept {
    const auto size = static_cast<std::int64_t>(buckets_);
    return static_cast<std::size_t>(((bucket % size) + size) % size);
  }
  // An addition that is seen in the older sum and not yet in the newer one must not wrap around.
  [[nodiscard]] static sums minus(const sums& newer, const sums& older) noexcept {
    sums result{};
    for (std::size_t i = 0; i < Counters; ++i) result[i] = newer[i] > older[i] ? newer[i] - older[i] : 0;
    return result;
  }

  const time_ns period_ns_;
  const std::size_t buckets_;
  const bucket_alignment alignment_;
  std::unique_ptr<cell[]> cells_;
  std::unique_ptr<start[]> starts_;
  start base_;
  mutable std::mutex mutex_;
  time_ns origin_ = 0;
  std::atomic<std::int64_t> head_{0};
  std::atomic<time_ns> next_rotation_{period_ns_ == 0 ? never : std::numeric_limits<time_ns>::min()};
};

}  // namespace seckill::inline v1::detail
