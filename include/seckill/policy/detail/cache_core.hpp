#pragma once

#include <seckill/export.hpp>
#include <seckill/hash.hpp>
#include <seckill/policy/cache_fill.hpp>
#include <seckill/policy/near_cache_params.hpp>
#include <seckill/policy/thread_slot.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace seckill::inline v1::detail {

/// What a near cache knows of an entry besides its key and value. Readers see the first group in a read_section;
/// it does not change while they can, but for the atomics. The second belongs to the shard's lock.
struct cache_node {
  std::atomic<cache_node*> chain{nullptr};  // the next one of its bucket
  std::uint64_t hash = 0;
  std::uint64_t epoch = 0;
  time_ns expires_at = 0;
  time_ns watch_from = 0;               // no reader is asked to refresh before
  std::atomic<std::uint8_t> visits{0};  // since the policy last looked, as far as it counts them
  std::atomic<bool> over{false};        // was once seen expired: a clock that goes back does not revive it
  bool absent = false;
  std::atomic<time_ns> asked_until{0};  // a reader was asked to refresh, and is given until then
  time_ns refresh_at = 0;
  time_ns load_ns = 0;

  cache_node* newer = nullptr;
  cache_node* older = nullptr;
  std::uint64_t weight = 0;
  std::uint8_t queue = 0;
};

/// The near cache for any key and value: the template around it allocates, compares and destroys entries.
class SECKILL_EXPORT cache_core {
 public:
  struct entry_type {
    void (*destroy)(cache_node*) noexcept;
    bool (*has_key)(const cache_node&, const void* key_view) noexcept;
  };

  cache_core(const near_cache_params& params, entry_type type);
  cache_core(const cache_core&) = delete;
  cache_core& operator=(const cache_core&) = delete;
  ~cache_core();

  [[nodiscard]] std::uint64_t hash_of(std::uint64_t key) const noexcept {
    return mix(key ^ params_.seed, 0xd6e8feb86659fd93);
  }
  [[nodiscard]] std::uint64_t hash_of(std::string_view key) const noexcept {
    return xxh64(std::as_bytes(std::span(key)), params_.seed);
  }
  /// REQUIRES: the caller is in a read_section for as long as it uses what it finds.
  [[nodiscard]] cache_node* first(std::uint64_t hash) const noexcept {
    return buckets_[hash & bucket_mask_].load(std::memory_order_seq_cst);
  }

  /// `found` is null or the key's entry. Counts, and records the visit.
  [[nodiscard]] cache_answer visit(cache_node* found, time_ns now) noexcept;
  [[nodiscard]] bool usable_when_stale(const cache_node& found, time_ns now) const noexcept {
    return !found.absent && found.epoch == epoch_.load(std::memory_order_seq_cst) &&
           now - found.expires_at < params_.stale_ns;
  }

  [[nodiscard]] fill_ticket begin_fill(std::uint64_t hash) const noexcept {
    const std::uint64_t epoch = epoch_.load(std::memory_order_seq_cst);
    return {epoch, version_of(hash).load(std::memory_order_seq_cst)};
  }
  /// Takes the node over. `begun` is null for a writer's own value, which invalidates what began before.
  fill_outcome store(cache_node* node, const void* key_view, const fill_ticket* begun, time_ns now,
                     const cache_fill& how) noexcept;
  void invalidate(std::uint64_t hash, const void* key_view) noexcept;
  void invalidate_all() noexcept { epoch_.fetch_add(1, std::memory_order_seq_cst); }
  [[nodiscard]] near_cache_stats stats() const noexcept;

 private:
  static constexpr std::uint8_t visits_max = 3;
  static constexpr std::size_t versions_count = 4096;

  // Of one thread, but for the last, which is shared by those beyond thread_slot::count_max.
  struct alignas(128) reader_counts {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
  };
  struct shard;

  std::uint64_t count(std::atomic<std::uint64_t> reader_counts::*which) noexcept {
    const std::size_t slot = thread_slot::current();
    std::atomic<std::uint64_t>& counter = readers_[slot].*which;
    if (slot == thread_slot::none) return counter.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t before = counter.load(std::memory_order_relaxed);
    counter.store(before + 1, std::memory_order_relaxed);
    return before;
  }
  [[nodiscard]] bool is_asked(cache_node& found, time_ns now, std::uint64_t nth_hit) const noexcept;
  [[nodiscard]] std::atomic<std::uint64_t>& version_of(std::uint64_t hash) const noexcept {
    return versions_[hash % versions_count];
  }
  [[nodiscard]] shard& shard_of(std::uint64_t hash) const noexcept;
  void set_times(cache_node& node, time_ns now, const cache_fill& how, std::uint64_t& random) const noexcept;
  // These need the shard's lock. The pointer that leads to the key's entry, or null.
  [[nodiscard]] std::atomic<cache_node*>* link_to(std::uint64_t hash, const void* key_view) const noexcept;
  static void unlink(std::atomic<cache_node*>& link) noexcept;
  void link_in(shard& home, cache_node& node, const void* key_view) noexcept;
  void remove(shard& home, std::uint64_t hash, const void* key_view) noexcept;
  void evict(shard& home, time_ns now) noexcept;

  const near_cache_params params_;
  const entry_type type_;
  const std::uint64_t weight_min_;  // so that weight_max bounds the number, too
  const std::uint64_t bucket_mask_;
  const std::unique_ptr<std::atomic<cache_node*>[]> buckets_;
  const std::unique_ptr<std::atomic<std::uint64_t>[]> versions_;
  const std::unique_ptr<reader_counts[]> readers_;
  std::vector<std::unique_ptr<shard>> shards_;
  alignas(64) std::atomic<std::uint64_t> epoch_{1};
};

inline cache_answer cache_core::visit(cache_node* found, time_ns now) noexcept {
  if (found == nullptr || found->epoch != epoch_.load(std::memory_order_seq_cst) ||
      found->over.load(std::memory_order_relaxed)) {
    count(&reader_counts::misses);
    return cache_answer::miss;
  }
  if (now >= found->expires_at) {
    found->over.store(true, std::memory_order_relaxed);
    count(&reader_counts::misses);
    return cache_answer::miss;
  }
  const std::uint64_t nth_hit = count(&reader_counts::hits);
  // Not an addition: a visit that is lost to another thread does not matter, a locked instruction would.
  const std::uint8_t visits = found->visits.load(std::memory_order_relaxed);
  if (visits < visits_max) found->visits.store(visits + 1, std::memory_order_relaxed);
  if (found->absent) return cache_answer::absent;
  if (now >= found->watch_from && is_asked(*found, now, nth_hit)) return cache_answer::refresh;
  return cache_answer::hit;
}

}  // namespace seckill::inline v1::detail
