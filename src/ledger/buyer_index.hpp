#pragma once

#include "bucket_ring.hpp"
#include "lanes.hpp"
#include <seckill/hash.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// (sale, buyer) -> units held and owned, four to a cache line. A buyer without units has no entry.
class buyer_index {
 public:
  buyer_index(std::size_t entries_max, std::uint64_t seed)
      : ring_(entries_max, load_percent), seed_(seed | 1U) {}

  void touch() noexcept { ring_.touch(); }

  struct place {
    std::uint32_t units = 0;  // 0: not there
    std::uint32_t home = 0;
    std::uint32_t bucket = 0;  // where it is
    std::uint8_t tag = 0;
    std::uint8_t lane = 0;
  };

  [[nodiscard]] place find(std::uint16_t sale, std::uint64_t buyer) const noexcept {
    const std::uint64_t hash = hash_of(sale, buyer);
    place found{.home = ring_.home(hash), .tag = tag_of(hash)};
    for (found.bucket = found.home;; found.bucket = ring_.after(found.bucket)) {
      const bucket& each = ring_[found.bucket];
      for (lane_set left = lanes_equal_one_by_one(each.tags, found.tag); left.any(); left.drop()) {
        const unsigned lane = left.first();
        if (each.buyers[lane] != buyer || each.sales[lane] != sale) continue;
        found.lane = static_cast<std::uint8_t>(lane);
        found.units = each.units[lane];
        return found;
      }
      if (each.passed == 0) return found;
    }
  }

  // REQUIRES: `where` comes from find(sale, buyer) with no change since.
  void add(const place& where, std::uint16_t sale, std::uint64_t buyer, std::uint32_t units) noexcept {
    if (where.units != 0) {
      ring_[where.bucket].units[where.lane] = where.units + units;
      return;
    }
    bucket& into = ring_[ring_.claim(where.home)];
    const unsigned lane = into.free_lanes().first();
    into.buyers[lane] = buyer;
    into.units[lane] = units;
    into.sales[lane] = sale;
    into.tags[lane] = where.tag;
  }

  void take(std::uint16_t sale, std::uint64_t buyer, std::uint32_t units) noexcept {
    const place where = find(sale, buyer);
    assert(where.units >= units);
    ring_[where.bucket].units[where.lane] = where.units - units;
    if (where.units != units) return;
    ring_[where.bucket].tags[where.lane] = 0;
    ring_.release(where.home, where.bucket);
  }

  void prefetch(std::uint16_t sale, std::uint64_t buyer) const noexcept {
    ring_.prefetch(ring_.home(hash_of(sale, buyer)));
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::uint32_t i = 0; i < ring_.size(); ++i)
      for (std::size_t lane = 0; lane < bucket::entries; ++lane)
        if (ring_[i].tags[lane] != 0)
          visit(ring_[i].sales[lane], ring_[i].buyers[lane], ring_[i].units[lane]);
  }

 private:
  static constexpr std::size_t load_percent = 45;

  struct alignas(64) bucket {
    static constexpr std::size_t entries = 4;
    std::array<std::uint64_t, entries> buyers;
    std::array<std::uint32_t, entries> units;
    std::array<std::uint16_t, entries> sales;
    std::array<std::uint8_t, entries> tags;  // 0: free
    std::uint32_t passed;

    [[nodiscard]] lane_set free_lanes() const noexcept {
      return lanes_equal_one_by_one(tags, std::uint8_t{0});
    }
    [[nodiscard]] bool has_room() const noexcept { return free_lanes().any(); }
  };

  [[nodiscard]] std::uint64_t hash_of(std::uint16_t sale, std::uint64_t buyer) const noexcept {
    return mix(mix(buyer ^ seed_, 0x9e3779b97f4a7c15) ^ sale, seed_);
  }
  [[nodiscard]] static std::uint8_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint8_t>(hash | 0x80U);
  }

  bucket_ring<bucket> ring_;
  std::uint64_t seed_;
};

}  // namespace seckill::inline v1
