#pragma once

#include <seckill/hash.hpp>
#include <seckill/policy/rate_limiter.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

namespace seckill::inline v1 {

/// What happens to a new key when there is no room: all places that it may take are in use.
enum class full_table : std::uint8_t {
  forget,  ///< the key that would have been as good as new soonest is forgotten: it gets a fresh limiter
  refuse,  ///< the new key is refused
};

template <typename LimiterParams>
struct keyed_limiter_params {
  LimiterParams each{};                ///< of every key without an override
  std::size_t keys_max = 65'536;       ///< remembered at a time; plan twice what you expect
  std::size_t overrides_max = 10'000;  ///< keys with limits of their own
  full_table when_full = full_table::forget;
  /// Make it random in production: whoever can choose keys must not be able to choose their places.
  std::uint64_t seed = 0x9e3779b97f4a7c15;
};

/// A limiter for each buyer, address or sku, in bounded memory.
///
/// Keys live in sets of eight; a key that has been idle until its limiter is as good as new leaves its place by
/// itself, so memory follows the keys that are being limited and not those that were ever seen. A refused new key
/// takes no place. Different keys of strings are told apart by a 64-bit hash.
///
/// Threads: any; sets are guarded in shards. Allocates at the construction and in set_override() alone.
template <limiter_rule Rule>
class keyed_limiter {
 public:
  using limiter_params = typename Rule::parameters;

  /// Throws std::invalid_argument that names the parameter.
  explicit keyed_limiter(const keyed_limiter_params<limiter_params>& params)
      : rule_(params.each),
        params_(params),
        set_mask_(sets_for(params.keys_max) - 1),
        sets_(std::make_unique<key_set[]>(set_mask_ + 1)) {}

  [[nodiscard]] rate_decision try_acquire(std::uint64_t key, std::uint32_t n, time_ns now) noexcept {
    const place where = place_of(key);
    const std::lock_guard lock(where.home->mutex);
    const Rule& rule = rule_of(*where.home, key);
    if (entry* known = find(*where.set, key)) return rule.decide(known->state, n, now);
    return admit_new(*where.set, rule, key, n, now);
  }
  [[nodiscard]] rate_decision peek(std::uint64_t key, std::uint32_t n, time_ns now) const noexcept {
    const place where = place_of(key);
    const std::lock_guard lock(where.home->mutex);
    const entry* known = find(*where.set, key);
    typename Rule::state seen = known != nullptr ? known->state : Rule::fresh();
    return rule_of(*where.home, key).decide(seen, n, now);
  }
  void give_back(std::uint64_t key, std::uint32_t n, time_ns now) noexcept {
    const place where = place_of(key);
    const std::lock_guard lock(where.home->mutex);
    if (entry* known = find(*where.set, key)) rule_of(*where.home, key).give_back(known->state, n, now);
  }

  /// The key of a string, for the functions above.
  [[nodiscard]] std::uint64_t key_of(std::string_view text) const noexcept {
    return xxh64(std::as_bytes(std::span(text)), params_.seed);
  }

  /// Gives a key limits of its own; what it has used so far stays used. False: overrides_max is reached.
  /// Throws std::invalid_argument that names the parameter.
  bool set_override(std::uint64_t key, const limiter_params& own) {
    const Rule rule(own);
    const place where = place_of(key);
    const std::lock_guard lock(where.home->mutex);
    const auto found = where.home->overrides.find(key);
    if (found != where.home->overrides.end()) {
      found->second = rule;
      return true;
    }
    if (overrides_.fetch_add(1, std::memory_order_relaxed) >= params_.overrides_max) {
      overrides_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    where.home->overrides.emplace(key, rule);
    return true;
  }
  void clear_override(std::uint64_t key) noexcept {
    const place where = place_of(key);
    const std::lock_guard lock(where.home->mutex);
    overrides_.fetch_sub(where.home->overrides.erase(key), std::memory_order_relaxed);
  }

  /// Keys that are being limited now. Cost: all places.
  [[nodiscard]] std::size_t busy_keys(time_ns now) const noexcept {
    std::size_t busy = 0;
    for (std::size_t at = 0; at <= set_mask_; ++at) {
      const std::lock_guard lock(shards_[at % shards_count].mutex);
      for (const entry& each : sets_[at]) busy += idle_at(shards_[at % shards_count], each) > now ? 1 : 0;
    }
    return busy;
  }
  /// Keys that were forgotten while they were being limited: the table is too small.
  [[nodiscard]] std::uint64_t forgotten() const noexcept {
    return forgotten_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t shards_count = 64;
  static constexpr std::size_t keys_max_max = std::size_t{1} << 32U;

  struct entry {
    std::uint64_t key = 0;
    typename Rule::state state = Rule::fresh();
  };
  using key_set = std::array<entry, ways>;
  struct alignas(64) shard {
    mutable std::mutex mutex;
    boost::unordered_flat_map<std::uint64_t, Rule> overrides;
  };
  struct place {
    key_set* set;
    shard* home;
  };

  static std::size_t sets_for(std::size_t keys_max) {
    if (keys_max == 0 || keys_max > keys_max_max)
      throw std::invalid_argument("keyed_limiter: keys_max must be 1 to 4294967296");
    return std::bit_ceil((keys_max + ways - 1) / ways);
  }
  [[nodiscard]] place place_of(std::uint64_t key) const noexcept {
    const std::size_t at = mix(key ^ params_.seed, 0xd6e8feb86659fd93) & set_mask_;
    return {&sets_[at], &shards_[at % shards_count]};
  }
  [[nodiscard]] const Rule& rule_of(const shard& home, std::uint64_t key) const noexcept {
    if (home.overrides.empty()) return rule_;
    const auto own = home.overrides.find(key);
    return own == home.overrides.end() ? rule_ : own->second;
  }
  [[nodiscard]] time_ns idle_at(const shard& home, const entry& of) const noexcept {
    return rule_of(home, of.key).idle_at(of.state);
  }
  [[nodiscard]] static entry* find(key_set& set, std::uint64_t key) noexcept {
    const auto found = std::ranges::find(set, key, &entry::key);
    return found == set.end() ? nullptr : &*found;
  }

  rate_decision admit_new(key_set& set, const Rule& rule, std::uint64_t key, std::uint32_t n,
                          time_ns now) noexcept {
    entry fresh{key, Rule::fresh()};
    const rate_decision answer = rule.decide(fresh.state, n, now);
    if (!answer.allowed || n == 0) return answer;
    const shard& home = *place_of(key).home;
    entry& oldest =
        *std::ranges::min_element(set, {}, [&](const entry& each) { return idle_at(home, each); });
    const time_ns free_at = idle_at(home, oldest);
    if (free_at > now) {
      if (params_.when_full == full_table::refuse) return {false, 0, free_at - now, 0, 0};
      forgotten_.fetch_add(1, std::memory_order_relaxed);
    }
    oldest = fresh;
    return answer;
  }

  const Rule rule_;
  const keyed_limiter_params<limiter_params> params_;
  const std::size_t set_mask_;
  std::unique_ptr<key_set[]> sets_;
  mutable std::array<shard, shards_count> shards_;
  std::atomic<std::size_t> overrides_{0};
  std::atomic<std::uint64_t> forgotten_{0};
};

}  // namespace seckill::inline v1
