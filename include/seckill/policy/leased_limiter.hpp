#pragma once

#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/rate_limiter.hpp>
#include <seckill/policy/thread_slot.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace seckill::inline v1 {

struct leased_limiter_params {
  std::uint32_t lease_permits = 16;       ///< that a thread takes at a time
  time_ns lease_max_ns = 10 * ns_per_ms;  ///< unused permits lapse then
};

/// Lets each thread take permits from a shared limiter in handfuls, and spend them without touching anything shared.
///
/// The total is the shared limiter's; what a thread has leased and not used within lease_max_ns is lost. In any
/// interval at most threads · lease_permits more than the shared limiter grants can pass, because leases may be spent
/// after they were taken. With one thread the answers are those of the shared limiter but for that.
///
/// Threads: any. `source` must outlive it. Permits given back go to the calling thread's lease.
template <rate_limiter Source>
class leased_limiter {
 public:
  explicit leased_limiter(Source& source, const leased_limiter_params& params = {})
      : source_(source), params_(params), leases_(std::make_unique<lease[]>(thread_slot::count_max)) {}

  [[nodiscard]] rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept {
    const std::size_t slot = thread_slot::current();
    if (slot >= thread_slot::count_max || n > params_.lease_permits) [[unlikely]]
      return source_.try_acquire(n, now);
    lease& mine = leases_[slot];
    if (mine.permits >= n && now < mine.ends_at_ns) [[likely]] {
      mine.permits -= n;
      return {true, mine.permits, 0, 0, 0};
    }
    return take_lease(mine, n, now);
  }
  [[nodiscard]] rate_decision peek(std::uint32_t n, time_ns now) const noexcept {
    const std::size_t slot = thread_slot::current();
    if (slot < thread_slot::count_max && leases_[slot].permits >= n && now < leases_[slot].ends_at_ns)
      return {true, leases_[slot].permits - n, 0, 0, 0};
    return source_.peek(n, now);
  }
  void give_back(std::uint32_t n, time_ns now) noexcept {
    const std::size_t slot = thread_slot::current();
    if (slot < thread_slot::count_max && leases_[slot].permits + n <= params_.lease_permits &&
        now < leases_[slot].ends_at_ns)
      leases_[slot].permits += n;
    else
      source_.give_back(n, now);
  }

 private:
  // Written by its thread alone.
  struct alignas(128) lease {
    std::uint32_t permits = 0;
    time_ns ends_at_ns = 0;
  };

  rate_decision take_lease(lease& mine, std::uint32_t n, time_ns now) noexcept {
    const std::uint32_t left = now < mine.ends_at_ns ? mine.permits : 0;
    mine.permits = 0;
    const std::uint32_t taken = take_up_to(
        params_.lease_permits - left, [&](std::uint32_t some) { return source_.try_acquire(some, now); });
    mine.permits = left + taken;
    mine.ends_at_ns = detail::later(now, params_.lease_max_ns);
    if (mine.permits < n) {
      const rate_decision answer = source_.peek(n - mine.permits, now);
      return {false, mine.permits, std::max<time_ns>(answer.retry_after_ns, 1), answer.reset_after_ns, 0};
    }
    mine.permits -= n;
    return {true, mine.permits, 0, 0, 0};
  }

  Source& source_;
  const leased_limiter_params params_;
  std::unique_ptr<lease[]> leases_;
};

}  // namespace seckill::inline v1
