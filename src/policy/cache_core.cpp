#include "policy/cache_eviction.hpp"
#include <seckill/policy/detail/cache_core.hpp>
#include <seckill/policy/detail/read_section.hpp>
#include <seckill/policy/early_refresh.hpp>
#include <seckill/policy/random.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>

namespace seckill::inline v1::detail {
namespace {

constexpr std::uint32_t entries_max_max = std::uint32_t{1} << 28U;
constexpr std::uint32_t shards_max = 64;
constexpr std::uint64_t entries_per_shard = 4096;  // where nothing is asked for
constexpr std::uint32_t shards_by_size_max = 16;
constexpr std::size_t retired_batch = 32;
constexpr std::size_t retired_max = 512;  // a batch; there are two
constexpr time_ns time_max = std::numeric_limits<time_ns>::max();

// The most that -ln(uniform) can be: no early refresh is due before this many times beta * load_ns.
constexpr double early_max = 53 * std::numbers::ln2;

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(std::string("near_cache: ") + what);
}

near_cache_params checked(near_cache_params params) {
  require(params.entries_max >= 1 && params.entries_max <= entries_max_max,
          "entries_max must be 1 to 268435456");
  require(params.shards <= shards_max && (params.shards == 0 || std::has_single_bit(params.shards)),
          "shards must be a power of two up to 64, or 0");
  require(params.ttl_ns > 0 && params.absent_ttl_ns > 0, "ttl_ns and absent_ttl_ns must be above 0");
  require(params.ttl_jitter >= 0 && params.ttl_jitter <= 1, "ttl_jitter must be 0 to 1");
  require(params.refresh_after_ns >= 0 && params.refresh_retry_ns >= 0 && params.stale_ns >= 0,
          "refresh_after_ns, refresh_retry_ns and stale_ns must not be negative");
  require(params.early_refresh_beta >= 0 && params.early_refresh_beta <= 1e6,
          "early_refresh_beta must be 0 to 1000000");
  if (params.weight_max == 0) params.weight_max = params.entries_max;
  if (params.shards == 0) {
    params.shards =
        std::clamp(std::bit_floor(static_cast<std::uint32_t>(params.entries_max / entries_per_shard)),
                   std::uint32_t{1}, shards_by_size_max);
  }
  require(params.weight_max / params.shards >= 1 && params.entries_max / params.shards >= 1,
          "each shard needs an entry of entries_max and a unit of weight_max");
  return params;
}

// Saturates.
time_ns later(time_ns now, double by_ns) noexcept {
  return by_ns >= static_cast<double>(time_max - std::max<time_ns>(now, 0))
             ? time_max
             : now + static_cast<time_ns>(by_ns);
}

// What has left the buckets may still be seen by readers. It waits here, linked by `newer`, until they are gone: a batch
// is filled while the one before waits.
class retired_nodes {
 public:
  void add(cache_node& unlinked) noexcept {
    push(retiring_, unlinked);
    if (++retiring_count_ < retired_batch) return;
    if (waiting_ != nullptr && read_section::safe_below() <= waiting_stamp_) {
      if (retiring_count_ < retired_max) return;
      read_section::wait_for_readers();
    }
    while (waiting_ != nullptr) push(free_, *pop(waiting_));
    waiting_ = std::exchange(retiring_, nullptr);
    waiting_stamp_ = read_section::stamp();
    retiring_count_ = 0;
  }
  // The list of those that no reader can see.
  [[nodiscard]] cache_node* take_free() noexcept { return std::exchange(free_, nullptr); }
  // REQUIRES: there are no readers.
  [[nodiscard]] cache_node* take_all() noexcept {
    while (waiting_ != nullptr) push(free_, *pop(waiting_));
    while (retiring_ != nullptr) push(free_, *pop(retiring_));
    return take_free();
  }
  static cache_node* pop(cache_node*& list) noexcept { return std::exchange(list, list->newer); }

 private:
  static void push(cache_node*& list, cache_node& node) noexcept {
    node.newer = list;
    list = &node;
  }

  cache_node* free_ = nullptr;
  cache_node* waiting_ = nullptr;
  std::uint64_t waiting_stamp_ = 0;
  cache_node* retiring_ = nullptr;
  std::size_t retiring_count_ = 0;
};

void destroy_all(cache_node* list, void (*destroy)(cache_node*) noexcept) noexcept {
  while (list != nullptr) destroy(retired_nodes::pop(list));
}

}  // namespace

// Guards the buckets and versions whose hashes have its number in their low bits.
struct SECKILL_HIDDEN cache_core::shard {
  shard(const near_cache_params& params, std::uint64_t number)
      : eviction(params.weight_max / params.shards, params.entries_max / params.shards),
        random(params.seed + number) {}

  alignas(128) mutable std::mutex mutex;
  cache_eviction eviction;
  retired_nodes retired;
  std::uint64_t random;
  std::uint64_t fills = 0;
  std::uint64_t outdated = 0;
  std::uint64_t evictions = 0;
};

cache_core::cache_core(const near_cache_params& params, entry_type type)
    : params_(checked(params)),
      type_(type),
      weight_min_((params_.weight_max + params_.entries_max - 1) / params_.entries_max),
      bucket_mask_(std::bit_ceil(std::max(params_.entries_max, shards_max)) - 1),
      buckets_(std::make_unique<std::atomic<cache_node*>[]>(bucket_mask_ + 1)),
      versions_(std::make_unique<std::atomic<std::uint64_t>[]>(versions_count)),
      readers_(std::make_unique<reader_counts[]>(thread_slot::count_max + 1)) {
  for (std::uint64_t number = 0; number < params_.shards; ++number)
    shards_.push_back(std::make_unique<shard>(params_, number));
}

cache_core::~cache_core() {
  for (std::uint64_t bucket = 0; bucket <= bucket_mask_; ++bucket) {
    cache_node* at = buckets_[bucket].load(std::memory_order_acquire);
    while (at != nullptr) type_.destroy(std::exchange(at, at->chain.load(std::memory_order_acquire)));
  }
  for (const auto& each : shards_) destroy_all(each->retired.take_all(), type_.destroy);
}

cache_core::shard& cache_core::shard_of(std::uint64_t hash) const noexcept {
  return *shards_[hash & (shards_.size() - 1)];
}

bool cache_core::is_asked(cache_node& found, time_ns now, std::uint64_t nth_hit) const noexcept {
  if (now < found.refresh_at) {
    // A number that no other read has, instead of a generator's state that readers would have to share.
    std::uint64_t state = mix(params_.seed ^ nth_hit, thread_slot::current() + 1);
    const double uniform = 1.0 - uniform_of(splitmix64(state));
    if (!early_refresh_due(now, found.expires_at, found.load_ns, params_.early_refresh_beta, uniform))
      return false;
  }
  time_ns until = found.asked_until.load(std::memory_order_relaxed);
  const time_ns next = later(now, static_cast<double>(params_.refresh_retry_ns));
  return now >= until && found.asked_until.compare_exchange_strong(until, next, std::memory_order_relaxed);
}

void cache_core::set_times(cache_node& node, time_ns now, const cache_fill& how,
                           std::uint64_t& random) const noexcept {
  const auto varied = [&](time_ns length) {
    return static_cast<double>(length) *
           (1.0 + params_.ttl_jitter * (2.0 * uniform_of(splitmix64(random)) - 1.0));
  };
  const time_ns ttl = how.ttl_ns > 0 ? how.ttl_ns : node.absent ? params_.absent_ttl_ns : params_.ttl_ns;
  node.expires_at = later(now, varied(ttl));
  node.load_ns = std::max<time_ns>(how.load_ns, 0);
  node.refresh_at = params_.refresh_after_ns > 0 ? later(now, varied(params_.refresh_after_ns)) : time_max;
  const double early = early_max * params_.early_refresh_beta * static_cast<double>(node.load_ns);
  const bool is_early_at_once = early >= static_cast<double>(node.expires_at - now);
  const time_ns early_from =
      is_early_at_once ? now : node.expires_at - static_cast<time_ns>(std::ceil(early));
  node.watch_from = early > 0 ? std::min(node.refresh_at, early_from) : node.refresh_at;
}

std::atomic<cache_node*>* cache_core::link_to(std::uint64_t hash, const void* key_view) const noexcept {
  std::atomic<cache_node*>* link = &buckets_[hash & bucket_mask_];
  for (cache_node* at = link->load(std::memory_order_relaxed); at != nullptr;
       at = link->load(std::memory_order_relaxed)) {
    if (at->hash == hash && type_.has_key(*at, key_view)) return link;
    link = &at->chain;
  }
  return nullptr;
}

void cache_core::unlink(std::atomic<cache_node*>& link) noexcept {
  cache_node& gone = *link.load(std::memory_order_relaxed);
  link.store(gone.chain.load(std::memory_order_relaxed), std::memory_order_seq_cst);
}

void cache_core::evict(shard& home, time_ns now) noexcept {
  const std::uint64_t epoch = epoch_.load(std::memory_order_relaxed);
  for (cache_node* victim = home.eviction.next(now, epoch); victim != nullptr;
       victim = home.eviction.next(now, epoch)) {
    std::atomic<cache_node*>* link = &buckets_[victim->hash & bucket_mask_];
    while (link->load(std::memory_order_relaxed) != victim)
      link = &link->load(std::memory_order_relaxed)->chain;
    unlink(*link);
    home.retired.add(*victim);
    ++home.evictions;
  }
}

fill_outcome cache_core::store(cache_node* node, const void* key_view, const fill_ticket* begun, time_ns now,
                               const cache_fill& how) noexcept {
  shard& home = shard_of(node->hash);
  node->epoch = begun != nullptr ? begun->epoch : epoch_.load(std::memory_order_seq_cst);
  node->weight = std::max<std::uint64_t>(how.weight, weight_min_);
  std::unique_lock lock(home.mutex);
  std::atomic<std::uint64_t>& version = version_of(node->hash);
  if (begun == nullptr) {
    version.fetch_add(1, std::memory_order_seq_cst);
  } else if (begun->version != version.load(std::memory_order_relaxed) ||
             begun->epoch != epoch_.load(std::memory_order_seq_cst)) {
    ++home.outdated;
    lock.unlock();
    type_.destroy(node);
    return fill_outcome::outdated;
  }
  if (node->weight > home.eviction.weight_max()) {
    remove(home, node->hash, key_view);
    cache_node* const free = home.retired.take_free();
    lock.unlock();
    destroy_all(free, type_.destroy);
    type_.destroy(node);
    return fill_outcome::too_heavy;
  }
  set_times(*node, now, how, home.random);
  link_in(home, *node, key_view);
  evict(home, now);
  ++home.fills;
  cache_node* const free = home.retired.take_free();
  lock.unlock();
  destroy_all(free, type_.destroy);
  return fill_outcome::stored;
}

void cache_core::link_in(shard& home, cache_node& node, const void* key_view) noexcept {
  std::atomic<cache_node*>* const link = link_to(node.hash, key_view);
  if (link == nullptr) {
    std::atomic<cache_node*>& bucket = buckets_[node.hash & bucket_mask_];
    node.chain.store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
    bucket.store(&node, std::memory_order_seq_cst);
    home.eviction.insert(node);
    return;
  }
  // In one step, so that no reader finds nothing.
  cache_node& old = *link->load(std::memory_order_relaxed);
  node.chain.store(old.chain.load(std::memory_order_relaxed), std::memory_order_relaxed);
  link->store(&node, std::memory_order_seq_cst);
  home.eviction.replace(old, node);
  home.retired.add(old);
}

void cache_core::remove(shard& home, std::uint64_t hash, const void* key_view) noexcept {
  std::atomic<cache_node*>* const link = link_to(hash, key_view);
  if (link == nullptr) return;
  cache_node& gone = *link->load(std::memory_order_relaxed);
  unlink(*link);
  home.eviction.remove(gone);
  home.retired.add(gone);
}

void cache_core::invalidate(std::uint64_t hash, const void* key_view) noexcept {
  shard& home = shard_of(hash);
  std::unique_lock lock(home.mutex);
  version_of(hash).fetch_add(1, std::memory_order_seq_cst);
  remove(home, hash, key_view);
  cache_node* const free = home.retired.take_free();
  lock.unlock();
  destroy_all(free, type_.destroy);
}

near_cache_stats cache_core::stats() const noexcept {
  near_cache_stats sum;
  for (std::size_t slot = 0; slot <= thread_slot::count_max; ++slot) {
    sum.hits += readers_[slot].hits.load(std::memory_order_relaxed);
    sum.misses += readers_[slot].misses.load(std::memory_order_relaxed);
  }
  for (const auto& each : shards_) {
    const std::lock_guard lock(each->mutex);
    sum.fills += each->fills;
    sum.outdated += each->outdated;
    sum.evictions += each->evictions;
    sum.entries += each->eviction.count();
    sum.weight += each->eviction.weight();
  }
  return sum;
}

}  // namespace seckill::inline v1::detail
