#include <seckill/policy/stepped_bucket_limiter.hpp>

#include <algorithm>
#include <stdexcept>

namespace seckill::inline v1 {

stepped_bucket_rule::stepped_bucket_rule(const stepped_bucket_params& params)
    : permits_(params.permits),
      period_ns_(params.period_ns),
      size_(std::uint64_t{params.permits} + params.burst) {
  if (params.period_ns <= 0)
    throw std::invalid_argument("stepped_bucket_limiter: period_ns must be positive");
}

std::uint64_t stepped_bucket_rule::filled(const state& at, time_ns now) const noexcept {
  if (at.filled_at_ns < 0) return size_;
  const time_ns elapsed = now - at.filled_at_ns;
  if (elapsed <= period_ns_) return at.left;
  __extension__ using wide = unsigned __int128;
  const wide added = static_cast<wide>(elapsed) * permits_ / static_cast<std::uint64_t>(period_ns_);
  return static_cast<std::uint64_t>(std::min<wide>(size_, added + at.left));
}

rate_decision stepped_bucket_rule::decide(state& at, std::uint32_t n, time_ns now) const noexcept {
  const std::uint64_t have = filled(at, now);
  const bool refills = at.filled_at_ns < 0 || now - at.filled_at_ns > period_ns_;
  const time_ns reset = have == size_ ? 0 : idle_at(at) - now;
  if (permits_ == 0 || n > size_) return {false, permits_ == 0 ? 0 : have, rate_decision::never, reset, 0};
  if (n > have) {
    return {false, have, filled_up_at(at, n) - now, reset, 0};
  }
  if (n == 0) return {true, have, 0, reset, 0};
  at = {refills ? std::max<time_ns>(now, 0) : at.filled_at_ns, have - n};
  return {true, have - n, 0, idle_at(at) - now, 0};
}

void stepped_bucket_rule::give_back(state& at, std::uint32_t n, time_ns /*now*/) const noexcept {
  if (at.filled_at_ns >= 0) at.left = std::min(size_, at.left + n);
}

time_ns stepped_bucket_rule::idle_at(const state& at) const noexcept {
  return at.filled_at_ns < 0 || permits_ == 0 ? 0 : filled_up_at(at, size_);
}

// When the bucket will hold `level`.
time_ns stepped_bucket_rule::filled_up_at(const state& at, std::uint64_t level) const noexcept {
  __extension__ using wide = unsigned __int128;
  const wide missing =
      static_cast<wide>(level - std::min(level, at.left)) * static_cast<std::uint64_t>(period_ns_);
  const auto needed = static_cast<time_ns>((missing + permits_ - 1) / permits_);
  return at.filled_at_ns + std::max(needed, period_ns_ + 1);
}

}  // namespace seckill::inline v1
