#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/atomic_limiter.hpp>
#include <seckill/policy/detail/divider.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace seckill::inline v1 {

/// A token bucket: `permits` per `period_ns`, and up to `burst` + 1 of them at once.
struct gcra_params {
  std::uint64_t permits = 100;
  time_ns period_ns = ns_per_s;
  std::uint64_t burst = 0;  ///< permits beyond the first that may be taken together
};

/// The generic cell rate algorithm: the bucket is one number, the theoretical arrival time.
///
///   T = period / permits; DVT = T·(burst + 1); new = max(now, tat) + T·n;
///   allowed iff now >= new − DVT, and then tat = new.
///
/// T is cut to whole nanoseconds, so the rate may be higher than asked by one part in T. A request of more than
/// burst + 1 permits never passes, and is told what an unused limiter would tell.
/// Source: ITU-T I.371 (GCRA); the answers are those of throttled and redis-cell (tests/data/cases/limiter_gcra.json).
class gcra_rule {
 public:
  using parameters = gcra_params;
  using state = time_ns;  ///< the theoretical arrival time

  SECKILL_EXPORT explicit gcra_rule(const gcra_params& params);

  [[nodiscard]] static constexpr state fresh() noexcept { return std::numeric_limits<time_ns>::min(); }

  [[nodiscard]] bool take(state& tat, std::uint32_t n, time_ns now) const noexcept {
    if (n > size_) return false;
    const time_ns next = std::max(now, tat) + interval_ns_ * n;
    if (next - tolerance_ns_ > now) return false;
    tat = next;
    return true;
  }
  [[nodiscard]] rate_decision tell(const state& tat, bool taken, std::uint32_t n,
                                   time_ns now) const noexcept {
    if (n > size_) return {false, size_, rate_decision::never, 0, 0};
    const time_ns reset = std::max(now, tat) - now;
    return {taken, remaining(reset), taken ? 0 : reset + interval_ns_ * n - tolerance_ns_, reset, 0};
  }
  [[nodiscard]] rate_decision decide(state& tat, std::uint32_t n, time_ns now) const noexcept {
    const bool taken = take(tat, n, now);
    return tell(tat, taken, n, now);
  }
  void give_back(state& tat, std::uint32_t n, time_ns now) const noexcept {
    if (tat > now)
      tat = std::max(now, tat - interval_ns_ * static_cast<time_ns>(std::min<std::uint64_t>(n, size_)));
  }
  [[nodiscard]] time_ns idle_at(const state& tat) const noexcept { return tat; }

  [[nodiscard]] time_ns interval_ns() const noexcept { return interval_ns_; }
  /// The most that can be had at once: burst + 1.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] time_ns tolerance_ns() const noexcept { return tolerance_ns_; }

 private:
  [[nodiscard]] std::uint64_t remaining(time_ns reset_ns) const noexcept {
    return reset_ns >= tolerance_ns_ ? 0
                                     : per_interval_(static_cast<std::uint64_t>(tolerance_ns_ - reset_ns));
  }

  time_ns interval_ns_;
  std::uint64_t size_;
  time_ns tolerance_ns_;
  detail::divider per_interval_;
};

/// Permits taken ahead of time: go on at `ready_at_ns`, or cancel.
struct rate_reservation {
  bool granted = false;
  time_ns ready_at_ns = 0;     ///< granted: not before this
  time_ns retry_after_ns = 0;  ///< refused: as in rate_decision
  time_ns taken_ns = 0;        ///< what it took out of the limiter
  time_ns end_ns = 0;          ///< how far the limiter was spoken for when it was made
};

/// GCRA for many threads. Sane default of most limits: exact, smooth, one word, one compare-and-swap.
class gcra_limiter : public atomic_limiter<gcra_rule> {
 public:
  using atomic_limiter::atomic_limiter;

  /// Takes n permits although they may be free only later, but at most `wait_max_ns` from now.
  [[nodiscard]] rate_reservation reserve(std::uint32_t n, time_ns now, time_ns wait_max_ns) noexcept {
    if (n > rule().size()) return {.retry_after_ns = rate_decision::never};
    rate_reservation made{.taken_ns = rule().interval_ns() * n};
    made.granted = update([&](time_ns& tat) {
      made.end_ns = std::max(now, tat) + made.taken_ns;
      made.ready_at_ns = std::max(now, made.end_ns - rule().tolerance_ns());
      made.retry_after_ns = std::max<time_ns>(0, made.ready_at_ns - now - wait_max_ns);
      if (made.retry_after_ns > 0) return false;
      tat = made.end_ns;
      return true;
    });
    return made;
  }
  /// The reserved permits will not be used. What others reserved behind them keeps its time, so only the part that
  /// nobody has queued behind comes back.
  void cancel(const rate_reservation& reservation, time_ns now) noexcept {
    update([&](time_ns& tat) {
      const time_ns back = reservation.taken_ns - (tat - reservation.end_ns);
      if (!reservation.granted || back <= 0 || tat <= now) return false;
      tat = std::max(now, tat - back);
      return true;
    });
  }
};

static_assert(rate_limiter<gcra_limiter>);

}  // namespace seckill::inline v1
