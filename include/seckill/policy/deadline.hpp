#pragma once

#include <seckill/policy/time.hpp>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>

namespace seckill::inline v1 {

/// The instant at which an answer is of no use any more. Whoever calls somebody else hands on what is left of it, less what
/// it needs itself, so that nobody works for a caller that has gone.
///
/// A value: an instant of the monotonic clock of this machine, or never. It does not travel: send timeout_ms(), and build
/// a new one from it at the receiver. It only ever shrinks. Threads: as an integer.
class deadline {
 public:
  /// Never.
  constexpr deadline() noexcept = default;
  [[nodiscard]] static constexpr deadline never() noexcept { return {}; }
  [[nodiscard]] static constexpr deadline at(time_ns instant) noexcept { return deadline(instant); }
  /// A time-out that is not positive has passed already.
  [[nodiscard]] static constexpr deadline after(time_ns timeout_ns, time_ns now) noexcept {
    return deadline(now > 0 && timeout_ns > forever - now ? forever : now + timeout_ns);
  }

  [[nodiscard]] constexpr bool is_never() const noexcept { return at_ns_ == forever; }
  [[nodiscard]] constexpr time_ns at_ns() const noexcept { return at_ns_; }
  [[nodiscard]] constexpr bool passed(time_ns now) const noexcept { return !is_never() && now >= at_ns_; }
  /// What is left, at least 0; the largest time if it is never.
  [[nodiscard]] constexpr time_ns left_ns(time_ns now) const noexcept {
    if (is_never()) return forever;
    return now >= at_ns_ ? 0 : at_ns_ - now;
  }
  /// Whether something that takes so long can be over in time. Refuse the call if not.
  [[nodiscard]] constexpr bool allows(time_ns needed_ns, time_ns now) const noexcept {
    return left_ns(now) >= needed_ns && !passed(now);
  }

  /// The earlier of this one and a time-out from now.
  [[nodiscard]] constexpr deadline within(time_ns timeout_ns, time_ns now) const noexcept {
    return std::min(*this, after(timeout_ns, now));
  }
  /// For the next hop: earlier by what the way back and the work here will take. REQUIRES: 0 <= reserve_ns.
  [[nodiscard]] constexpr deadline less(time_ns reserve_ns) const noexcept {
    if (is_never()) return *this;
    return deadline(at_ns_ < std::numeric_limits<time_ns>::min() + reserve_ns ? at_ns_ : at_ns_ - reserve_ns);
  }
  /// What to send to the next hop: whole milliseconds, rounded down. 0: do not call. The largest number: no time-out.
  [[nodiscard]] constexpr std::int64_t timeout_ms(time_ns now) const noexcept {
    return is_never() ? forever : left_ns(now) / ns_per_ms;
  }

  friend constexpr auto operator<=>(const deadline&, const deadline&) noexcept = default;

 private:
  static constexpr time_ns forever = std::numeric_limits<time_ns>::max();
  explicit constexpr deadline(time_ns instant) noexcept : at_ns_(instant) {}

  time_ns at_ns_ = forever;
};

}  // namespace seckill::inline v1
