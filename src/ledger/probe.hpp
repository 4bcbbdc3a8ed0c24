#pragma once

#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// The geometry of linear probing in a ring of buckets, shared by the indexes.
class probe_ring {
 public:
  // A load of at most 0.6: a search that finds nothing looks at about four buckets.
  [[nodiscard]] static constexpr std::size_t buckets_for(std::size_t entries_max) noexcept {
    return entries_max * 5 / 3 + 64;
  }
  explicit constexpr probe_ring(std::size_t buckets) noexcept : buckets_(buckets) {}

  [[nodiscard]] constexpr std::size_t home(std::uint32_t hash) const noexcept {
    return hash * std::uint64_t{buckets_} >> 32U;
  }
  [[nodiscard]] constexpr std::size_t after(std::size_t bucket) const noexcept {
    return bucket + 1 == buckets_ ? 0 : bucket + 1;
  }
  // Whether an entry in `bucket` may fill the `gap` before it: unless its home lies cyclically after the gap.
  [[nodiscard]] static constexpr bool may_move(std::size_t gap, std::size_t bucket,
                                               std::size_t home) noexcept {
    return gap <= bucket ? home <= gap || home > bucket : home <= gap && home > bucket;
  }

 private:
  std::size_t buckets_;
};

}  // namespace seckill::inline v1
