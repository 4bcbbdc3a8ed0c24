#pragma once

#include "huge_array.hpp"

#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// The geometry of hash tables whose buckets are cache lines, shared by the indexes.
//
// An entry is in the bucket where its key is at home or, if that was full, in the next one that was not. Each
// bucket counts the entries that went past it. A search ends where none did, which mostly is the first bucket:
// one cache miss, known before the search. Entries never move, so removing one leaves every place valid.
// Source: overflow counts as in F14, Bronson and Shi, "Open-sourcing F14 for faster, more memory-efficient hash
// tables" (2019); the probing here is linear.
//
// A Bucket is one cache line of zero bytes when empty, and has `entries`, has_room() and a count `passed`.
template <typename Bucket>
class bucket_ring {
  static_assert(sizeof(Bucket) == 64);

 public:
  // `load_percent`: how full it gets with `entries_max` entries.
  bucket_ring(std::size_t entries_max, std::size_t load_percent)
      : buckets_(entries_max * 100 / (load_percent * Bucket::entries) + 8) {}

  void touch() noexcept { buckets_.touch(); }

  [[nodiscard]] std::uint32_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>((hash >> 32U) * buckets_.size() >> 32U);
  }
  [[nodiscard]] std::uint32_t after(std::uint32_t bucket) const noexcept {
    return bucket + 1 == buckets_.size() ? 0 : bucket + 1;
  }
  [[nodiscard]] Bucket& operator[](std::uint32_t bucket) noexcept { return buckets_[bucket]; }
  [[nodiscard]] const Bucket& operator[](std::uint32_t bucket) const noexcept { return buckets_[bucket]; }
  [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }
  void prefetch(std::uint32_t bucket) const noexcept { buckets_.prefetch(bucket); }

  // The bucket for a further entry at home in `home`. REQUIRES: there are fewer than entries_max.
  [[nodiscard]] std::uint32_t claim(std::uint32_t home) noexcept {
    std::uint32_t bucket = home;
    for (; !buckets_[bucket].has_room(); bucket = after(bucket)) ++buckets_[bucket].passed;
    return bucket;
  }
  // An entry that was at home in `home` has left `bucket`.
  void release(std::uint32_t home, std::uint32_t bucket) noexcept {
    for (; home != bucket; home = after(home)) --buckets_[home].passed;
  }

 private:
  huge_array<Bucket> buckets_;
};

}  // namespace seckill::inline v1
