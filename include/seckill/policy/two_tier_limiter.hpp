#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/rate_limiter.hpp>
#include <seckill/ports/permit_pool.hpp>

#include <atomic>
#include <cstdint>
#include <optional>

namespace seckill::inline v1 {

struct two_tier_params {
  std::uint64_t key = 0;                       ///< of the shared limit, in the pool
  std::uint32_t lease_permits = 100;           ///< k: that this node holds at most
  std::uint32_t low_water = 25;                ///< below this it wants more
  time_ns lease_max_ns = ns_per_s;             ///< unused permits lapse then; at most 49 days
  time_ns failure_pause_ns = 100 * ns_per_ms;  ///< after a failed request to the pool
  time_ns scarce_pause_ns = 10 * ns_per_ms;    ///< after the pool had less than low_water to lend
};

/// A node's share of a limit that a fleet keeps in common: it spends leased permits without asking anybody, and asks
/// for more before they run out.
///
/// Guarantees: the fleet grants what the pool lends; because a lease may be spent later than it was lent, any interval
/// sees at most nodes · lease_permits more than the shared limit. While the pool cannot be reached, a node refuses
/// when its lease is spent or has lapsed.
///
/// It does no I/O: whoever drives it calls `wanted()` now and then, or when a request was refused, asks the pool for
/// that many, and tells the answer. refill_from() does all three, blocking.
/// Threads: any; one word, one compare-and-swap.
class SECKILL_EXPORT two_tier_limiter {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit two_tier_limiter(const two_tier_params& params);

  [[nodiscard]] rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept;
  [[nodiscard]] rate_decision peek(std::uint32_t n, time_ns now) const noexcept;
  void give_back(std::uint32_t n, time_ns now) noexcept;

  /// How many permits to ask the pool for; nothing: enough, or asked already, or it is too early. Each answer must be
  /// followed by one call of refilled() or refill_failed().
  [[nodiscard]] std::optional<std::uint32_t> wanted(time_ns now) noexcept;
  void refilled(const permit_grant& grant, time_ns now) noexcept;
  void refill_failed(time_ns now) noexcept;

  /// Asks the pool if there is need. Errors: those of the pool.
  [[nodiscard]] result<void> refill_from(permit_pool& pool, time_ns now);
  /// Gives up what is leased: the permits to return to the pool, for a node that leaves.
  [[nodiscard]] std::uint32_t surrender(time_ns now) noexcept;

 private:
  // The lease: 44 bits its end in units of 2^20 ns, 20 bits permits.
  static constexpr unsigned permits_bits = 20;
  static constexpr unsigned tick_bits = 20;
  static constexpr std::uint64_t permits_mask = (std::uint64_t{1} << permits_bits) - 1;

  [[nodiscard]] static std::uint32_t permits_at(std::uint64_t lease, time_ns now) noexcept;
  [[nodiscard]] static std::uint64_t pack(std::uint32_t permits, time_ns end) noexcept;
  [[nodiscard]] rate_decision refusal(std::uint32_t n, std::uint32_t have, time_ns now) const noexcept;

  const two_tier_params params_;
  alignas(64) std::atomic<std::uint64_t> lease_{0};
  std::atomic<time_ns> ask_at_{0};
  std::atomic<bool> asking_{false};
};

static_assert(rate_limiter<two_tier_limiter>);

}  // namespace seckill::inline v1
