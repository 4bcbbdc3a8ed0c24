#pragma once

#include "huge_array.hpp"
#include "probe.hpp"
#include "record_table.hpp"
#include <seckill/hash.hpp>

#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// Request id -> slot. Linear probing over 8-byte entries, so that a search mostly stays in one cache line; 32
// hash bits in the entry stand for the key, which is read from the record only when they agree. An entry's
// home follows from those bits alone, so removal can close the gap without reading any record.
class request_index {
 public:
  request_index(std::size_t entries_max, std::uint64_t seed)
      : entries_(probe_ring::buckets_for(entries_max)), seed_(seed | 1U) {}

  void touch() noexcept { entries_.touch(); }

  struct place {
    slot at = 0;             // 0: not there
    std::size_t bucket = 0;  // where it is, or where it can be inserted
    std::uint32_t tag = 0;
  };

  [[nodiscard]] place find(request_id request, const record_table& records) const noexcept {
    place found;
    found.tag = tag_of(request);
    found.bucket = ring_.home(found.tag);
    for (;; found.bucket = ring_.after(found.bucket)) {
      const entry& each = entries_[found.bucket];
      if (each.at == 0) return found;
      if (each.tag == found.tag && records[each.at].request == request) {
        found.at = each.at;
        return found;
      }
    }
  }

  // REQUIRES: `where` comes from a find() that found nothing, with no change since.
  void insert(const place& where, slot at) noexcept { entries_[where.bucket] = {where.tag, at}; }

  // REQUIRES: `where` comes from a find() that found it, with no change since.
  void erase(const place& where) noexcept {
    std::size_t gap = where.bucket;
    for (std::size_t next = ring_.after(gap); entries_[next].at != 0; next = ring_.after(next)) {
      if (!ring_.may_move(gap, next, ring_.home(entries_[next].tag))) continue;
      entries_[gap] = entries_[next];
      gap = next;
    }
    entries_[gap] = {};
  }

  void prefetch(request_id request) const noexcept { entries_.prefetch(ring_.home(tag_of(request))); }

 private:
  struct entry {
    std::uint32_t tag;
    slot at;
  };

  [[nodiscard]] std::uint32_t tag_of(request_id request) const noexcept {
    return static_cast<std::uint32_t>(
        mix(mix(request.low ^ seed_, 0x9e3779b97f4a7c15) ^ request.high, seed_) >> 32U);
  }
  huge_array<entry> entries_;
  probe_ring ring_{entries_.size()};
  std::uint64_t seed_;
};

}  // namespace seckill::inline v1
