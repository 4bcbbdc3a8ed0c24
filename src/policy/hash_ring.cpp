#include "policy/hash_ring.hpp"

#include <seckill/policy/random.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace seckill::inline v1 {

hash_ring::hash_ring(std::span<const target> targets, std::uint32_t points) {
  double sum = 0.0;
  std::size_t weighted = 0;
  for (const target& each : targets) {
    sum += each.weight;
    weighted += each.weight != 0 ? 1 : 0;
  }
  assert(weighted != 0);
  const double unit = static_cast<double>(points) * static_cast<double>(weighted) / sum;
  for (std::uint32_t i = 0; i < targets.size(); ++i) {
    if (targets[i].weight == 0) continue;
    const double wanted =
        std::clamp(std::round(unit * targets[i].weight), 1.0, static_cast<double>(points_max));
    std::uint64_t state = targets[i].id;
    for (auto left = static_cast<std::size_t>(wanted); left != 0; --left)
      points_.push_back({splitmix64(state), i});
  }
  std::ranges::sort(points_, {}, &point::hash);

  const auto bits = static_cast<unsigned>(std::bit_width(points_.size()));
  shift_ = 64 - bits;
  begin_.resize(std::size_t{1} << bits);
  std::size_t at = 0;
  for (std::size_t arc = 0; arc < begin_.size(); ++arc) {
    while (at < points_.size() && (points_[at].hash >> shift_) < arc) ++at;
    begin_[arc] = static_cast<std::uint32_t>(at);
  }
}

std::size_t hash_ring::find(std::uint64_t hash) const noexcept {
  std::size_t place = begin_[hash >> shift_];
  while (place < points_.size() && points_[place].hash < hash) ++place;
  return place == points_.size() ? 0 : place;
}

}  // namespace seckill::inline v1
