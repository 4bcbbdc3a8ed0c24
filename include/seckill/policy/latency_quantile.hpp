#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/time.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>

namespace seckill::inline v1 {

struct latency_quantile_params {
  double quantile = 0.95;           ///< above 0, below 1
  time_ns refresh_ns = ns_per_s;    ///< how often it is computed anew; what was counted before weighs half
  std::uint32_t samples_min = 100;  ///< fewer say nothing
};

/// What share q of the latest calls took at most: an upper bound of it, at most 1/8 too high.
///
/// A histogram with eight buckets to each power of two, whose counts are halved at each refresh: memory is fixed, and a
/// call of k refreshes ago weighs 2^-k. Threads: any. Recording is one addition; a refresh walks the buckets, on the
/// thread that records first when it is due.
class SECKILL_EXPORT latency_quantile {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit latency_quantile(const latency_quantile_params& params);

  void record(time_ns duration_ns, time_ns now) noexcept {
    counts_[bucket_of(duration_ns)].fetch_add(1, std::memory_order_relaxed);
    if (now >= refresh_at_.load(std::memory_order_relaxed)) refresh(now);
  }
  /// As of the last refresh; 0: not known yet.
  [[nodiscard]] time_ns value_ns() const noexcept { return value_ns_.load(std::memory_order_relaxed); }

 private:
  static constexpr unsigned sub_bits = 3;
  static constexpr std::size_t subs = std::size_t{1} << sub_bits;
  static constexpr std::size_t buckets = (64 - sub_bits) * subs;

  // Numbers below 8 have buckets of their own; above, the three bits after the highest one tell.
  static constexpr std::size_t bucket_of(time_ns duration_ns) noexcept {
    const auto value = static_cast<std::uint64_t>(duration_ns > 0 ? duration_ns : 0);
    if (value < subs) return static_cast<std::size_t>(value);
    const auto octave = static_cast<unsigned>(std::bit_width(value)) - sub_bits;
    return octave * subs + static_cast<std::size_t>((value >> (octave - 1)) & (subs - 1));
  }
  static constexpr time_ns end_of(std::size_t bucket) noexcept {
    if (bucket < subs) return static_cast<time_ns>(bucket);
    const auto octave = static_cast<unsigned>(bucket / subs);
    const std::uint64_t first = (subs + bucket % subs) << (octave - 1);
    return static_cast<time_ns>(first + (std::uint64_t{1} << (octave - 1)) - 1);
  }
  void refresh(time_ns now) noexcept;

  const latency_quantile_params params_;
  std::array<std::atomic<std::uint32_t>, buckets> counts_{};
  std::atomic<time_ns> value_ns_{0};
  std::atomic<time_ns> refresh_at_{std::numeric_limits<time_ns>::min()};
  std::mutex refreshing_;
};

}  // namespace seckill::inline v1
