#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/atomic_limiter.hpp>
#include <seckill/policy/detail/divider.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace seckill::inline v1 {

struct leaky_bucket_pacer_params {
  std::uint64_t permits = 100;
  time_ns period_ns = ns_per_s;
  time_ns delay_max_ns = 0;  ///< a request that would have to wait longer is refused; 0: none may wait
};

/// The leaky bucket as a queue: requests leave at an even pace, each as long after the one before as itself costs.
///
///   slot = max(now, last + n·period/permits); allowed iff slot − now <= delay_max; then last = slot.
///
/// The caller waits `delay_ns` before it goes on. A request after a pause never waits.
/// Sources: nginx limit_req; Sentinel's ThrottlingController (tests/data/cases/limiter_leaky.json, limiter_sentinel.json).
class leaky_bucket_pacer_rule {
 public:
  using parameters = leaky_bucket_pacer_params;
  using state = time_ns;  ///< the slot of the last request

  SECKILL_EXPORT explicit leaky_bucket_pacer_rule(const leaky_bucket_pacer_params& params);

  [[nodiscard]] static constexpr state fresh() noexcept { return std::numeric_limits<time_ns>::min() / 2; }

  [[nodiscard]] bool take(state& last, std::uint32_t n, time_ns now) const noexcept {
    const time_ns slot = std::max(now, last + cost_ns(n));
    if (slot - now > delay_max_ns_) return false;
    if (n != 0) last = slot;
    return true;
  }
  [[nodiscard]] rate_decision tell(const state& last, bool taken, std::uint32_t n,
                                   time_ns now) const noexcept {
    if (!taken)
      return {false, remaining(last, now), last + cost_ns(n) - now - delay_max_ns_, reset(last, now), 0};
    return {true, remaining(last, now), 0, reset(last, now), std::max<time_ns>(0, last - now)};
  }
  [[nodiscard]] rate_decision decide(state& last, std::uint32_t n, time_ns now) const noexcept {
    const bool taken = take(last, n, now);
    return tell(last, taken, n, now);
  }
  /// Requests that were queued behind keep their slots; the next one may share the last of them.
  void give_back(state& last, std::uint32_t n, time_ns /*now*/) const noexcept {
    last = std::max(fresh(), last - cost_ns(n));
  }
  /// For requests of one permit.
  [[nodiscard]] time_ns idle_at(const state& last) const noexcept { return last + interval_ns_; }

 private:
  [[nodiscard]] time_ns cost_ns(std::uint32_t n) const noexcept {
    if (n <= 1) return n == 0 ? 0 : interval_ns_;
    __extension__ using wide = __int128;
    const wide permits = static_cast<wide>(permits_);
    const wide cost = (static_cast<wide>(period_ns_) * n + permits / 2) / permits;
    return cost > cost_max_ns ? cost_max_ns : static_cast<time_ns>(cost);
  }
  [[nodiscard]] time_ns reset(time_ns last, time_ns now) const noexcept {
    return std::max<time_ns>(0, last + interval_ns_ - now);
  }
  [[nodiscard]] std::uint64_t remaining(time_ns last, time_ns now) const noexcept {
    const time_ns room = now + delay_max_ns_ - std::max(last, now - interval_ns_);
    return room < 0 ? 0 : per_interval_(static_cast<std::uint64_t>(room));
  }

  static constexpr time_ns cost_max_ns = std::numeric_limits<time_ns>::max() / 8;

  std::uint64_t permits_;
  time_ns period_ns_;
  time_ns interval_ns_;
  time_ns delay_max_ns_;
  detail::divider per_interval_;
};

using leaky_bucket_pacer = atomic_limiter<leaky_bucket_pacer_rule>;

static_assert(rate_limiter<leaky_bucket_pacer>);

}  // namespace seckill::inline v1
