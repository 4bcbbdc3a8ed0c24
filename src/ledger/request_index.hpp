#pragma once

#include "bucket_ring.hpp"
#include "lanes.hpp"
#include "record_table.hpp"
#include <seckill/hash.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// Request id -> slot, ten to a cache line. Fifteen bits of the hash stand for the key, which is read from the
// record only when they agree.
class request_index {
 public:
  request_index(std::size_t entries_max, std::uint64_t seed)
      : ring_(entries_max, load_percent), seed_(seed | 1U) {}

  void touch() noexcept { ring_.touch(); }

  struct place {
    slot at = 0;  // 0: not there
    std::uint32_t home = 0;
    std::uint32_t bucket = 0;  // where it is
    std::uint16_t tag = 0;
    std::uint16_t lane = 0;
  };

  [[nodiscard]] place find(request_id request, const record_table& records) const noexcept {
    const std::uint64_t hash = hash_of(request);
    place found{.home = ring_.home(hash), .tag = tag_of(hash)};
    for (found.bucket = found.home;; found.bucket = ring_.after(found.bucket)) {
      const bucket& each = ring_[found.bucket];
      for (lane_set left = lanes_equal(each.tags, found.tag); left.any(); left.drop()) {
        if (records[each.slots[left.first()]].request != request) continue;
        found.lane = static_cast<std::uint16_t>(left.first());
        found.at = each.slots[found.lane];
        return found;
      }
      if (each.passed == 0) return found;
    }
  }

  // REQUIRES: `where` comes from a find() that found nothing, and the request was not inserted since.
  void insert(const place& where, slot at) noexcept {
    bucket& into = ring_[ring_.claim(where.home)];
    const unsigned lane = into.free_lanes().first();
    into.tags[lane] = where.tag;
    into.slots[lane] = at;
  }

  // REQUIRES: `where` comes from a find() that found it, and it was not erased since.
  void erase(const place& where) noexcept {
    assert(where.at != 0 && ring_[where.bucket].slots[where.lane] == where.at);
    ring_[where.bucket].tags[where.lane] = 0;
    ring_.release(where.home, where.bucket);
  }

  void prefetch(request_id request) const noexcept { ring_.prefetch(ring_.home(hash_of(request))); }

 private:
  static constexpr std::size_t load_percent = 50;

  struct alignas(64) bucket {
    static constexpr std::size_t entries = 10;
    std::array<std::uint16_t, entries> tags;  // 0: free
    std::uint32_t passed;
    std::array<slot, entries> slots;

    [[nodiscard]] lane_set free_lanes() const noexcept { return lanes_equal(tags, std::uint16_t{0}); }
    [[nodiscard]] bool has_room() const noexcept { return free_lanes().any(); }
  };

  [[nodiscard]] std::uint64_t hash_of(request_id request) const noexcept {
    return mix(mix(request.low ^ seed_, 0x9e3779b97f4a7c15) ^ request.high, seed_);
  }
  [[nodiscard]] static std::uint16_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint16_t>(hash | 0x8000U);
  }

  bucket_ring<bucket> ring_;
  std::uint64_t seed_;
};

}  // namespace seckill::inline v1
