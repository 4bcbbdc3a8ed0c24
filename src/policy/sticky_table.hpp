#pragma once

#include <seckill/hash.hpp>
#include <seckill/policy/time.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

namespace seckill::inline v1 {

/// Where keys were put, in bounded memory: sets of eight, of which the one that was seen longest ago makes room.
/// Threads: any; sets are guarded in shards.
class sticky_table {
 public:
  static constexpr std::size_t keys_max_max = std::size_t{1} << 28U;

  /// REQUIRES: 1 <= keys_max <= keys_max_max.
  sticky_table(std::size_t keys_max, time_ns idle_ns)
      : idle_ns_(idle_ns),
        mask_(std::bit_ceil((keys_max + ways - 1) / ways) - 1),
        sets_(std::make_unique<key_set[]>(mask_ + 1)) {}

  /// The target that the key was put to; 0: it is not known. Marks it as seen.
  [[nodiscard]] std::uint64_t find(std::uint64_t key, time_ns now) noexcept {
    const std::size_t at = set_of(key);
    const std::lock_guard lock(mutex_of(at));
    entry* const known = lookup(sets_[at], key);
    if (known == nullptr || now - known->seen_ns > idle_ns_) return 0;
    known->seen_ns = std::max(known->seen_ns, now);
    return known->target_id;
  }
  void put(std::uint64_t key, std::uint64_t target_id, time_ns now) noexcept {
    const std::size_t at = set_of(key);
    const std::lock_guard lock(mutex_of(at));
    entry* place = lookup(sets_[at], key);
    if (place == nullptr) place = &*std::ranges::min_element(sets_[at], {}, &entry::seen_ns);
    *place = {key, target_id, now};
  }

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t shards = 64;

  struct entry {
    std::uint64_t key = 0;
    std::uint64_t target_id = 0;                            // 0: nothing is here
    time_ns seen_ns = std::numeric_limits<time_ns>::min();  // what is empty makes room first
  };
  using key_set = std::array<entry, ways>;
  struct alignas(64) shard {
    std::mutex mutex;
  };

  [[nodiscard]] std::size_t set_of(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(mix(key ^ 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)) & mask_;
  }
  [[nodiscard]] std::mutex& mutex_of(std::size_t set) noexcept { return shards_[set % shards].mutex; }
  [[nodiscard]] static entry* lookup(key_set& set, std::uint64_t key) noexcept {
    for (entry& each : set)
      if (each.key == key && each.target_id != 0) return &each;
    return nullptr;
  }

  const time_ns idle_ns_;
  const std::size_t mask_;
  std::unique_ptr<key_set[]> sets_;
  std::array<shard, shards> shards_;
};

}  // namespace seckill::inline v1
