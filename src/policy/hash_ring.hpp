#pragma once

#include <seckill/policy/target.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// Targets on a circle of 64-bit hashes, each at several points, by weight. A key belongs to the first point at or after
/// its hash. Where a target's points lie depends on its id alone: who joins or leaves moves only keys of its own.
///
/// Immutable. Source: D. Karger et al., "Consistent Hashing and Random Trees" (1997).
class hash_ring {
 public:
  static constexpr std::size_t points_max = 4'096;  // of a target

  /// `points`: of a target of average weight. REQUIRES: a weight that is not 0.
  hash_ring(std::span<const target> targets, std::uint32_t points);

  /// The place of a key; next() goes on from there. Expected constant time.
  [[nodiscard]] std::size_t find(std::uint64_t hash) const noexcept;
  [[nodiscard]] std::size_t next(std::size_t place) const noexcept {
    return place + 1 == points_.size() ? 0 : place + 1;
  }
  [[nodiscard]] std::uint32_t target_at(std::size_t place) const noexcept { return points_[place].index; }
  [[nodiscard]] std::size_t size() const noexcept { return points_.size(); }

 private:
  struct point {
    std::uint64_t hash;
    std::uint32_t index;
  };
  std::vector<point> points_;         // by hash
  std::vector<std::uint32_t> begin_;  // the first point of each of 2^n equal arcs
  unsigned shift_ = 0;
};

}  // namespace seckill::inline v1
