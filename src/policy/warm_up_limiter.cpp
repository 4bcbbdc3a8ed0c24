#include <seckill/policy/warm_up_limiter.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

constexpr time_ns half_ns = ns_per_s / 2;

const warm_up_params& checked(const warm_up_params& params) {
  if (params.permits_per_s == 0)
    throw std::invalid_argument("warm_up_limiter: permits_per_s must be positive");
  if (params.cold_factor < 2) throw std::invalid_argument("warm_up_limiter: cold_factor must be at least 2");
  if (std::uint64_t{params.permits_per_s} * params.warm_up_s < params.cold_factor)
    throw std::invalid_argument("warm_up_limiter: warm_up_s is too short for so few permits");
  return params;
}

}  // namespace

warm_up_bucket::warm_up_bucket(const warm_up_params& params)
    : permits_(checked(params).permits_per_s),
      cold_factor_(params.cold_factor),
      warning_(std::uint64_t{params.warm_up_s} * permits_ / (cold_factor_ - 1)),
      max_(warning_ + 2 * std::uint64_t{params.warm_up_s} * permits_ / (1 + cold_factor_)),
      slope_(static_cast<double>(cold_factor_ - 1) / static_cast<double>(permits_) /
             static_cast<double>(std::max<std::uint64_t>(max_ - warning_, 1))),
      rate_(rate_of_stored()) {}

// A bucket between the warning line and full is filled only while the load is low; on the line it rests.
std::uint64_t warm_up_bucket::refilled(std::uint64_t passed_last_second, std::int64_t second) const noexcept {
  if (!synced_) return max_;
  const bool cooling =
      stored_ < warning_ || (stored_ > warning_ && passed_last_second < permits_ / cold_factor_);
  if (!cooling) return std::min(stored_, max_);
  const auto seconds = static_cast<std::uint64_t>(second - synced_second_);
  return seconds > max_ / permits_ ? max_ : std::min(max_, stored_ + seconds * permits_);
}

void warm_up_bucket::sync(std::uint64_t passed_last_second, time_ns now) noexcept {
  const std::int64_t second = now / ns_per_s;
  if (synced_ && second <= synced_second_) return;
  stored_ = refilled(passed_last_second, second);
  stored_ -= std::min(stored_, passed_last_second);
  rate_ = rate_of_stored();
  synced_second_ = second;
  synced_ = true;
}

double warm_up_bucket::rate_of_stored() const noexcept {
  const auto permits = static_cast<double>(permits_);
  if (stored_ < warning_) return permits;
  const double interval = static_cast<double>(stored_ - warning_) * slope_ + 1.0 / permits;
  return std::nextafter(1.0 / interval, std::numeric_limits<double>::infinity());
}

warm_up_limiter::warm_up_limiter(const warm_up_params& params) : at_{warm_up_bucket(params), {}} {}

void warm_up_limiter::passes::roll(std::int64_t to) noexcept {
  const std::int64_t steps = std::min<std::int64_t>(to - half, static_cast<std::int64_t>(counts.size()));
  for (std::int64_t i = 0; i < steps; ++i) {
    std::ranges::copy_backward(counts.begin(), counts.end() - 1, counts.end());
    counts[0] = 0;
  }
  half = std::max(half, to);
}

void warm_up_limiter::move_to(view& at, time_ns now) noexcept {
  at.passed.roll(std::max<time_ns>(now, 0) / half_ns);
  at.bucket.sync(at.passed.previous_second(), now);
}

rate_decision warm_up_limiter::decide(view& at, std::uint32_t n, time_ns now) noexcept {
  move_to(at, now);
  const double rate = at.bucket.rate();
  const auto used = static_cast<double>(at.passed.last_second());
  const double room = std::max(0.0, rate - used);
  rate_decision answer{.allowed = used + n <= rate, .remaining = static_cast<std::uint64_t>(room)};
  if (answer.allowed) {
    at.passed.counts[0] += n;
    answer.remaining -= std::min<std::uint64_t>(n, answer.remaining);
  } else {
    // The next half second forgets the oldest one, and may raise the rate.
    answer.retry_after_ns = (at.passed.half + 1) * half_ns - now;
  }
  if (at.passed.last_second() != 0)
    answer.reset_after_ns = std::max<time_ns>(0, (at.passed.half + 2) * half_ns - now);
  return answer;
}

rate_decision warm_up_limiter::try_acquire(std::uint32_t n, time_ns now) noexcept {
  const std::lock_guard lock(mutex_);
  return decide(at_, n, now);
}

rate_decision warm_up_limiter::peek(std::uint32_t n, time_ns now) const noexcept {
  const std::lock_guard lock(mutex_);
  view copy = at_;
  return decide(copy, n, now);
}

void warm_up_limiter::give_back(std::uint32_t n, time_ns now) noexcept {
  const std::lock_guard lock(mutex_);
  move_to(at_, now);
  at_.passed.counts[0] -= std::min<std::uint64_t>(n, at_.passed.counts[0]);
}

std::uint64_t warm_up_limiter::stored() const noexcept {
  const std::lock_guard lock(mutex_);
  return at_.bucket.stored();
}

}  // namespace seckill::inline v1
