#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/two_tier_limiter.hpp>

#include <algorithm>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

constexpr time_ns lease_max_max_ns = time_ns{49} * 24 * 3600 * ns_per_s;

const two_tier_params& checked(const two_tier_params& params) {
  if (params.lease_permits == 0 || params.lease_permits >= 1U << 20U)
    throw std::invalid_argument("two_tier_limiter: lease_permits must be 1 to 1048575");
  if (params.low_water == 0 || params.low_water > params.lease_permits)
    throw std::invalid_argument("two_tier_limiter: low_water must be 1 to lease_permits");
  if (params.lease_max_ns < 2 * ns_per_ms || params.lease_max_ns > lease_max_max_ns)
    throw std::invalid_argument("two_tier_limiter: lease_max_ns must be 2 ms to 49 days");
  if (params.failure_pause_ns < 0)
    throw std::invalid_argument("two_tier_limiter: failure_pause_ns must not be negative");
  if (params.scarce_pause_ns < 0)
    throw std::invalid_argument("two_tier_limiter: scarce_pause_ns must not be negative");
  return params;
}

}  // namespace

two_tier_limiter::two_tier_limiter(const two_tier_params& params) : params_(checked(params)) {}

// The end is cut to whole ticks: a lease ends early rather than late.
std::uint32_t two_tier_limiter::permits_at(std::uint64_t lease, time_ns now) noexcept {
  const auto end = static_cast<time_ns>((lease >> permits_bits) << tick_bits);
  return now < end ? static_cast<std::uint32_t>(lease & permits_mask) : 0;
}

std::uint64_t two_tier_limiter::pack(std::uint32_t permits, time_ns end) noexcept {
  return (static_cast<std::uint64_t>(std::max<time_ns>(end, 0)) >> tick_bits << permits_bits) | permits;
}

rate_decision two_tier_limiter::refusal(std::uint32_t n, std::uint32_t have, time_ns now) const noexcept {
  const time_ns ask_in = ask_at_.load(std::memory_order_relaxed) - now;
  const bool never = n > params_.lease_permits;
  return {false, have, never ? rate_decision::never : std::max<time_ns>(ask_in, 1), 0, 0};
}

rate_decision two_tier_limiter::try_acquire(std::uint32_t n, time_ns now) noexcept {
  std::uint64_t lease = lease_.load(std::memory_order_relaxed);
  for (;;) {
    const std::uint32_t have = permits_at(lease, now);
    if (n > have) return refusal(n, have, now);
    if (n == 0 || lease_.compare_exchange_weak(lease, lease - n, std::memory_order_relaxed))
      return {true, have - n, 0, 0, 0};
  }
}

rate_decision two_tier_limiter::peek(std::uint32_t n, time_ns now) const noexcept {
  const std::uint32_t have = permits_at(lease_.load(std::memory_order_relaxed), now);
  return n > have ? refusal(n, have, now) : rate_decision{true, have - n, 0, 0, 0};
}

void two_tier_limiter::give_back(std::uint32_t n, time_ns now) noexcept {
  std::uint64_t lease = lease_.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    const std::uint32_t have = permits_at(lease, now);
    if (have == 0) return;  // spent or lapsed: the lease that they came from may be over
    next = lease + std::min(n, params_.lease_permits - have);
  } while (!lease_.compare_exchange_weak(lease, next, std::memory_order_relaxed));
}

std::optional<std::uint32_t> two_tier_limiter::wanted(time_ns now) noexcept {
  const std::uint32_t have = permits_at(lease_.load(std::memory_order_relaxed), now);
  if (have >= params_.low_water || now < ask_at_.load(std::memory_order_relaxed)) return std::nullopt;
  if (asking_.exchange(true, std::memory_order_acquire)) return std::nullopt;
  return params_.lease_permits - have;
}

void two_tier_limiter::refilled(const permit_grant& grant, time_ns now) noexcept {
  std::uint64_t lease = lease_.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    const std::uint32_t have = permits_at(lease, now);
    next = grant.permits == 0 ? lease
                              : pack(std::min(params_.lease_permits, have + grant.permits),
                                     detail::later(now, params_.lease_max_ns));
  } while (!lease_.compare_exchange_weak(lease, next, std::memory_order_relaxed));
  // A fleet that asks for each permit as it comes would be slower than without leases.
  const time_ns pause = grant.permits < params_.low_water ? params_.scarce_pause_ns : 0;
  const bool tells = grant.permits == 0 && grant.retry_after_ns != rate_decision::never;
  ask_at_.store(detail::later(now, std::max(pause, tells ? grant.retry_after_ns : 0)),
                std::memory_order_relaxed);
  asking_.store(false, std::memory_order_release);
}

void two_tier_limiter::refill_failed(time_ns now) noexcept {
  ask_at_.store(detail::later(now, params_.failure_pause_ns), std::memory_order_relaxed);
  asking_.store(false, std::memory_order_release);
}

result<void> two_tier_limiter::refill_from(permit_pool& pool, time_ns now) {
  const std::optional<std::uint32_t> permits = wanted(now);
  if (!permits) return {};
  const result<permit_grant> grant = pool.take(params_.key, *permits, now);
  if (grant)
    refilled(*grant, now);
  else
    refill_failed(now);
  return grant ? result<void>() : result<void>(grant.error());
}

std::uint32_t two_tier_limiter::surrender(time_ns now) noexcept {
  return permits_at(lease_.exchange(0, std::memory_order_relaxed), now);
}

}  // namespace seckill::inline v1
