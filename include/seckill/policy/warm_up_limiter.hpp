#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/rate_limiter.hpp>

#include <array>
#include <cstdint>
#include <mutex>

namespace seckill::inline v1 {

struct warm_up_params {
  std::uint32_t permits_per_s = 100;  ///< when warm
  std::uint32_t warm_up_s = 10;       ///< from cold to warm under full load
  std::uint32_t cold_factor = 3;      ///< cold: permits_per_s / cold_factor; at least 2
};

/// How many requests a second a system that was idle may get: a bucket that fills while there is little to do, and
/// the fuller it is, the colder the system.
///
///   warning = floor(P·c)/(f − 1); max = warning + floor(2·P·c/(1 + f)); slope = (f − 1)/c/(max − warning);
///   stored >= warning: 1/((stored − warning)·slope + 1/c) a second, else c.
///
/// Once a second the requests of the second before are taken out of the bucket. One thread at a time.
/// Source: Sentinel's WarmUpController, after Guava's SmoothWarmingUp (tests/data/cases/limiter_sentinel.json).
class SECKILL_EXPORT warm_up_bucket {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit warm_up_bucket(const warm_up_params& params);

  /// Fills for the seconds that have passed and takes out what passed in the last one. Once in each whole second.
  void sync(std::uint64_t passed_last_second, time_ns now) noexcept;
  /// Requests a second that are allowed now.
  [[nodiscard]] double rate() const noexcept { return rate_; }
  [[nodiscard]] std::uint64_t stored() const noexcept { return stored_; }

 private:
  [[nodiscard]] double rate_of_stored() const noexcept;
  [[nodiscard]] std::uint64_t refilled(std::uint64_t passed_last_second, std::int64_t second) const noexcept;

  std::uint64_t permits_;
  std::uint64_t cold_factor_;
  std::uint64_t warning_;
  std::uint64_t max_;
  double slope_;
  std::uint64_t stored_ = 0;
  double rate_;
  std::int64_t synced_second_ = 0;
  bool synced_ = false;
};

/// A limit that rises from cold to warm under load, and falls back when the load is gone: for caches, connection
/// pools and compilers that are slow at first. Requests of the last second (two halves) are compared with the rate.
/// Threads: any, one at a time inside.
class SECKILL_EXPORT warm_up_limiter {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit warm_up_limiter(const warm_up_params& params);

  [[nodiscard]] rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept;
  [[nodiscard]] rate_decision peek(std::uint32_t n, time_ns now) const noexcept;
  void give_back(std::uint32_t n, time_ns now) noexcept;
  [[nodiscard]] std::uint64_t stored() const noexcept;

 private:
  /// Permits taken, in half seconds; the last three cover the present and the previous second.
  struct passes {
    std::int64_t half = 0;
    std::array<std::uint64_t, 4> counts{};  ///< of half, half − 1, …

    void roll(std::int64_t to) noexcept;
    [[nodiscard]] std::uint64_t last_second() const noexcept { return counts[0] + counts[1]; }
    /// Of the aligned second before the present one.
    [[nodiscard]] std::uint64_t previous_second() const noexcept {
      return half % 2 == 0 ? counts[1] + counts[2] : counts[2] + counts[3];
    }
  };
  struct view {
    warm_up_bucket bucket;
    passes passed;
  };

  static void move_to(view& at, time_ns now) noexcept;
  [[nodiscard]] static rate_decision decide(view& at, std::uint32_t n, time_ns now) noexcept;

  mutable std::mutex mutex_;
  view at_;
};

static_assert(rate_limiter<warm_up_limiter>);

}  // namespace seckill::inline v1
