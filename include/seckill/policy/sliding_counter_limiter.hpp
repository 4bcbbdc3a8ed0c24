#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/atomic_limiter.hpp>
#include <seckill/policy/window_params.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// An estimate of the permits taken in the last window, from the counts of two aligned ones: the previous one counts
/// with the share of it that the sliding window still covers.
///
///   estimate = prev·(W − e)/W + cur, with e the time since the current window began; allowed iff estimate + n <= limit.
///
/// Exact if requests came evenly in the previous window. Two numbers a key, whatever the limit.
/// Source: Cloudflare, "How we built rate limiting capable of scaling to millions of domains" (2017).
class SECKILL_EXPORT sliding_counter_rule {
 public:
  using parameters = window_params;
  struct state {
    std::int64_t window = 0;
    std::uint32_t previous = 0;
    std::uint32_t current = 0;
  };

  explicit sliding_counter_rule(const window_params& params);

  [[nodiscard]] static constexpr state fresh() noexcept { return {}; }
  [[nodiscard]] rate_decision decide(state& at, std::uint32_t n, time_ns now) const noexcept;
  void give_back(state& at, std::uint32_t n, time_ns now) const noexcept;
  [[nodiscard]] time_ns idle_at(const state& at) const noexcept;

  [[nodiscard]] double estimate(const state& at, time_ns now) const noexcept;
  [[nodiscard]] static double estimate(std::uint64_t previous, std::uint64_t current, time_ns elapsed_ns,
                                       time_ns window_ns) noexcept;

 private:
  // Times are cut to what the window is at most; the estimate is in units of 1/W permits.
  __extension__ using wide = __int128;
  [[nodiscard]] state rolled(const state& at, time_ns now) const noexcept;
  [[nodiscard]] time_ns elapsed(const state& at, time_ns now) const noexcept;
  [[nodiscard]] wide weight(const state& at, time_ns now) const noexcept;
  [[nodiscard]] time_ns retry_after(const state& at, std::uint32_t n, time_ns now) const noexcept;
  [[nodiscard]] rate_decision answer(bool allowed, const state& at, time_ns retry_ns,
                                     time_ns now) const noexcept;

  std::uint32_t limit_;
  time_ns window_ns_;
};

using sliding_counter_limiter = locked_limiter<sliding_counter_rule>;

static_assert(rate_limiter<sliding_counter_limiter>);

}  // namespace seckill::inline v1
