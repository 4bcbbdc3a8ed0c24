#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seckill::crowd {

/// A share of all samples in parts per 100,000, so that no floating point comes near a latency: p99.9 is
/// 99'900.
enum class quantile : std::uint32_t {
  p50 = 50'000,
  p90 = 90'000,
  p99 = 99'000,
  p99_9 = 99'900,
  p99_99 = 99'990,
};

/// Counts latencies, ns, in buckets that are never wider than 1/128 of their value (Gil Tene's HdrHistogram:
/// powers of two, each cut into equal parts). 40 KiB whatever is recorded; recording is a shift and an
/// increment.
///
/// Values above `value_max_ns` count as that value; max_ns() is exact. Threads: one at a time.
class histogram {
 public:
  static constexpr std::uint64_t value_max_ns = (std::uint64_t{1} << 41U) - 1;  // 36 minutes

  void record(std::uint64_t value_ns) noexcept;
  void add(const histogram& other) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t max_ns() const noexcept { return max_ns_; }
  /// The smallest recorded bucket's upper end that at least this share of the samples does not exceed; 0 if
  /// empty.
  [[nodiscard]] std::uint64_t at(quantile share) const noexcept;

 private:
  static constexpr unsigned part_bits = 7;
  static constexpr std::size_t parts = std::size_t{1} << part_bits;
  static constexpr std::size_t bucket_count = (41 - part_bits + 1) * parts;

  static std::size_t bucket_of(std::uint64_t value_ns) noexcept;
  static std::uint64_t upper_end(std::size_t bucket) noexcept;

  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(bucket_count);
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace seckill::crowd
