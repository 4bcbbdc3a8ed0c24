#include <seckill/policy/fixed_window_limiter.hpp>
#include <seckill/policy/sliding_counter_limiter.hpp>
#include <seckill/policy/sliding_log_limiter.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace seckill::inline v1 {

void check_window_params(const window_params& params, const char* limiter) {
  if (params.limit == 0 || params.limit >= 1U << 24U)
    throw std::invalid_argument(std::string(limiter) + ": limit must be 1 to 16777215");
  if (params.window_ns < ns_per_ms || params.window_ns > std::numeric_limits<time_ns>::max() / 4)
    throw std::invalid_argument(std::string(limiter) + ": window_ns must be 1 ms to 73 years");
}

// ---- fixed window ----

fixed_window_rule::fixed_window_rule(const window_params& params)
    : limit_(params.limit),
      window_ns_((check_window_params(params, "fixed_window_limiter"), params.window_ns)),
      number_of_(static_cast<std::uint64_t>(params.window_ns)),
      count_bits_(0) {
  const auto windows = static_cast<std::uint64_t>(std::numeric_limits<time_ns>::max() / params.window_ns);
  count_bits_ = static_cast<unsigned>(std::countl_zero(windows));
  if (params.limit > count_mask())
    throw std::invalid_argument("fixed_window_limiter: limit must be below 1048576 with so short a window");
}

// ---- sliding counter ----

namespace {

// A division of 128 bits is a call of some ten nanoseconds; with windows of seconds 64 are enough.
template <typename Wide>
std::uint64_t divided(Wide positive, time_ns by) noexcept {
  if (positive <= static_cast<Wide>(std::numeric_limits<std::uint64_t>::max())) [[likely]]
    return static_cast<std::uint64_t>(positive) / static_cast<std::uint64_t>(by);
  return static_cast<std::uint64_t>(positive / by);
}

}  // namespace

sliding_counter_rule::sliding_counter_rule(const window_params& params)
    : limit_(params.limit), window_ns_(params.window_ns) {
  check_window_params(params, "sliding_counter_limiter");
}

// A clock that went backwards stays at the beginning of the newest window that was seen.
sliding_counter_rule::state sliding_counter_rule::rolled(const state& at, time_ns now) const noexcept {
  if (now < (at.window + 1) * window_ns_) return at;  // mostly, and a division takes longer
  const std::int64_t window = now / window_ns_;
  return {window, window == at.window + 1 ? at.current : 0, 0};
}

time_ns sliding_counter_rule::elapsed(const state& at, time_ns now) const noexcept {
  return std::clamp<time_ns>(now - at.window * window_ns_, 0, window_ns_);
}

sliding_counter_rule::wide sliding_counter_rule::weight(const state& at, time_ns now) const noexcept {
  return static_cast<wide>(at.previous) * (window_ns_ - elapsed(at, now)) +
         static_cast<wide>(at.current) * window_ns_;
}

double sliding_counter_rule::estimate(std::uint64_t previous, std::uint64_t current, time_ns elapsed_ns,
                                      time_ns window_ns) noexcept {
  const double covered = static_cast<double>(window_ns - elapsed_ns) / static_cast<double>(window_ns);
  return static_cast<double>(previous) * covered + static_cast<double>(current);
}

double sliding_counter_rule::estimate(const state& at, time_ns now) const noexcept {
  const state here = rolled(at, now);
  return estimate(here.previous, here.current, elapsed(here, now), window_ns_);
}

// The first time at which the estimate has sunk far enough, in this window or the next.
time_ns sliding_counter_rule::retry_after(const state& at, std::uint32_t n, time_ns now) const noexcept {
  const auto sunk_to = [this](std::uint32_t from, std::uint32_t to) {
    const wide over = static_cast<wide>(from - to) * window_ns_;
    return static_cast<time_ns>((over + from - 1) / from);
  };
  if (n > limit_) return rate_decision::never;
  const time_ns begin = at.window * window_ns_;
  if (at.current + n <= limit_) return begin + sunk_to(at.previous, limit_ - n - at.current) - now;
  return begin + window_ns_ + sunk_to(at.current, limit_ - n) - now;
}

rate_decision sliding_counter_rule::answer(bool allowed, const state& at, time_ns retry_ns,
                                           time_ns now) const noexcept {
  const wide room = static_cast<wide>(limit_) * window_ns_ - weight(at, now);
  const auto remaining = room > 0 ? divided(room, window_ns_) : 0;
  const bool unused = at.previous == 0 && at.current == 0;
  return {allowed, remaining, retry_ns, unused ? 0 : idle_at(at) - now, 0};
}

rate_decision sliding_counter_rule::decide(state& at, std::uint32_t n, time_ns now) const noexcept {
  state next = rolled(at, now);
  if (weight(next, now) + static_cast<wide>(n) * window_ns_ > static_cast<wide>(limit_) * window_ns_)
    return answer(false, next, n == 0 ? 0 : retry_after(next, n, now), now);
  next.current += n;
  at = next;
  return answer(true, next, 0, now);
}

void sliding_counter_rule::give_back(state& at, std::uint32_t n, time_ns now) const noexcept {
  at = rolled(at, now);
  at.current -= std::min(n, at.current);
}

time_ns sliding_counter_rule::idle_at(const state& at) const noexcept {
  const std::int64_t windows = at.current != 0 ? 2 : at.previous != 0 ? 1 : 0;
  return (at.window + windows) * window_ns_;
}

// ---- sliding log ----

sliding_log_limiter::sliding_log_limiter(const window_params& params)
    : limit_(params.limit), window_ns_(params.window_ns), times_(std::make_unique<time_ns[]>(params.limit)) {
  check_window_params(params, "sliding_log_limiter");
}

// Each time counts from the newest on; those out of the window are forgotten.
void sliding_log_limiter::forget(time_ns now) noexcept {
  while (count_ != 0 && times_[oldest_] <= now - window_ns_) {
    oldest_ = oldest_ + 1 == limit_ ? 0 : oldest_ + 1;
    --count_;
  }
}

std::uint32_t sliding_log_limiter::at(std::uint32_t index) const noexcept {
  const std::uint64_t place = std::uint64_t{oldest_} + index;
  return static_cast<std::uint32_t>(place < limit_ ? place : place - limit_);
}

std::uint32_t sliding_log_limiter::expired(time_ns now) const noexcept {
  std::uint32_t low = 0;
  std::uint32_t high = count_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (times_[at(middle)] <= now - window_ns_)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// A clock that went backwards stays at the newest time that was logged: the log is sorted.
time_ns sliding_log_limiter::not_before_newest(time_ns now) const noexcept {
  return count_ == 0 ? now : std::max(now, times_[at(count_ - 1)]);
}

// `gone`: so many of the oldest are out of the window.
rate_decision sliding_log_limiter::look(std::uint32_t n, std::uint32_t gone, time_ns now) const noexcept {
  const std::uint32_t live = count_ - gone;
  const time_ns reset = live == 0 ? 0 : times_[at(count_ - 1)] + window_ns_ - now;
  if (n <= limit_ - live) return {true, limit_ - live - n, 0, n == 0 ? reset : window_ns_, 0};
  if (n > limit_) return {false, limit_ - live, rate_decision::never, reset, 0};
  // So many of the oldest must leave first.
  const std::uint32_t last_in_the_way = gone + (live + n - limit_) - 1;
  return {false, limit_ - live, times_[at(last_in_the_way)] + window_ns_ - now, reset, 0};
}

rate_decision sliding_log_limiter::try_acquire(std::uint32_t n, time_ns now) noexcept {
  const std::lock_guard lock(mutex_);
  now = not_before_newest(now);
  forget(now);
  const rate_decision answer = look(n, 0, now);
  for (std::uint32_t i = 0; answer.allowed && i < n; ++i) times_[at(count_++)] = now;
  return answer;
}

rate_decision sliding_log_limiter::peek(std::uint32_t n, time_ns now) const noexcept {
  const std::lock_guard lock(mutex_);
  now = not_before_newest(now);
  return look(n, expired(now), now);
}

void sliding_log_limiter::give_back(std::uint32_t n, time_ns /*now*/) noexcept {
  const std::lock_guard lock(mutex_);
  count_ -= std::min(n, count_);
}

std::uint32_t sliding_log_limiter::in_window(time_ns now) const noexcept {
  const std::lock_guard lock(mutex_);
  return count_ - expired(now);
}

}  // namespace seckill::inline v1
