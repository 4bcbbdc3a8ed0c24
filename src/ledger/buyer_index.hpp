#pragma once

#include "huge_array.hpp"
#include "probe.hpp"
#include <seckill/hash.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// (sale, buyer) -> units held and owned. Linear probing over 16-byte entries; a buyer without units has
// no entry.
class buyer_index {
 public:
  buyer_index(std::size_t entries_max, std::uint64_t seed)
      : entries_(probe_ring::buckets_for(entries_max)), seed_(seed | 1U) {}

  void touch() noexcept { entries_.touch(); }

  struct place {
    std::size_t bucket = 0;
    std::uint32_t units = 0;
  };

  [[nodiscard]] place find(std::uint16_t sale, std::uint64_t buyer) const noexcept {
    for (std::size_t bucket = home(sale, buyer);; bucket = ring_.after(bucket)) {
      const entry& each = entries_[bucket];
      if (each.units == 0 || (each.buyer == buyer && each.sale == sale)) return {bucket, each.units};
    }
  }

  // REQUIRES: `where` comes from find(sale, buyer) with no change since.
  void add(const place& where, std::uint16_t sale, std::uint64_t buyer, std::uint32_t units) noexcept {
    entries_[where.bucket] = {buyer, sale, where.units + units};
  }

  void take(std::uint16_t sale, std::uint64_t buyer, std::uint32_t units) noexcept {
    const place where = find(sale, buyer);
    assert(where.units >= units);
    entries_[where.bucket].units = where.units - units;
    if (where.units == units) close_gap(where.bucket);
  }

  void prefetch(std::uint16_t sale, std::uint64_t buyer) const noexcept {
    entries_.prefetch(home(sale, buyer));
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].units != 0)
        visit(static_cast<std::uint16_t>(entries_[i].sale), entries_[i].buyer, entries_[i].units);
  }

 private:
  struct entry {
    std::uint64_t buyer;
    std::uint32_t sale;
    std::uint32_t units;
  };

  void close_gap(std::size_t gap) noexcept {
    for (std::size_t next = ring_.after(gap); entries_[next].units != 0; next = ring_.after(next)) {
      const entry& each = entries_[next];
      if (!ring_.may_move(gap, next, home(static_cast<std::uint16_t>(each.sale), each.buyer))) continue;
      entries_[gap] = each;
      gap = next;
    }
    entries_[gap] = {};
  }

  [[nodiscard]] std::size_t home(std::uint16_t sale, std::uint64_t buyer) const noexcept {
    const std::uint64_t hash = mix(mix(buyer ^ seed_, 0x9e3779b97f4a7c15) ^ sale, seed_);
    return ring_.home(static_cast<std::uint32_t>(hash >> 32U));
  }

  huge_array<entry> entries_;
  probe_ring ring_{entries_.size()};
  std::uint64_t seed_;
};

}  // namespace seckill::inline v1
