#pragma once

#include <seckill/policy/cache_fill.hpp>
#include <seckill/policy/detail/cache_core.hpp>
#include <seckill/policy/detail/read_section.hpp>
#include <seckill/policy/near_cache_params.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace seckill::inline v1 {

/// Values that this process has loaded and may use again for a while: sale pages, product texts, stock views. What
/// loads them (filter, single flight, source) stands behind it.
///
/// Guarantees: bounded by weight and number, and keeps what is likely to be read again; replaced entries, up to
/// 1024 a shard, live on while readers are inside. A reader takes no lock, allocates nothing and waits for nobody.
/// A value is not served after invalidate() of its key or invalidate_all() has returned, unless its load began
/// later. (Keys share 4096 version counters, so that an invalidation also refuses about one in 4096 of the other
/// keys' running fills: such a value is used and not kept.) A clock that goes back revives nothing that was seen
/// expired. A reader that is chosen to refresh and fails delays the next choice by refresh_retry_ns.
///
/// Threads: any, all members. Ownership: keys and values are moved in, and destroyed by a later change in the
/// same shard, outside its lock, or with the cache. Errors: the constructor throws std::invalid_argument that
/// names the parameter, or std::bad_alloc; fills may throw std::bad_alloc, and then nothing has changed. Source of
/// the admission and eviction: docs/guide/near_cache.md.
///
/// `Key` is std::uint64_t or std::string. A large `Value` is best a std::shared_ptr<const T>.
template <typename Key, typename Value>
class near_cache {
 public:
  static_assert(std::is_same_v<Key, std::uint64_t> || std::is_same_v<Key, std::string>);
  using key_view = std::conditional_t<std::is_same_v<Key, std::string>, std::string_view, std::uint64_t>;

  explicit near_cache(const near_cache_params& params) : core_(params, {&destroy, &has_key}) {}

  /// Calls `use(const Value&)` if the answer is hit or refresh. The reference is valid inside the call, which must
  /// be short, must not block, and must not change this cache or another.
  template <typename Use>
  cache_answer read(key_view key, time_ns now, Use&& use) {
    const std::uint64_t hash = core_.hash_of(key);
    const detail::read_section section;
    entry* found = find(key, hash);
    const cache_answer answer = core_.visit(found, now);
    if (answer == cache_answer::hit || answer == cache_answer::refresh)
      std::forward<Use>(use)(std::as_const(*found->value));
    return answer;
  }
  /// A copy of the value. None: miss or absent.
  [[nodiscard]] std::optional<Value> get(key_view key, time_ns now) {
    std::optional<Value> copy;
    read(key, now, [&copy](const Value& value) { copy = value; });
    return copy;
  }
  /// For when the source has failed: also a value that ended less than stale_ns ago, but none that was
  /// invalidated. Counts and refreshes nothing. False: there is none.
  template <typename Use>
  bool read_stale(key_view key, time_ns now, Use&& use) const {
    const std::uint64_t hash = core_.hash_of(key);
    const detail::read_section section;
    const entry* found = find(key, hash);
    if (found == nullptr || !core_.usable_when_stale(*found, now)) return false;
    std::forward<Use>(use)(*found->value);
    return true;
  }

  /// For each load, of a miss or a refresh: take the ticket, ask the source, fill.
  [[nodiscard]] fill_ticket begin_fill(key_view key) const noexcept {
    return core_.begin_fill(core_.hash_of(key));
  }
  fill_outcome fill(key_view key, const fill_ticket& begun, Value value, time_ns now,
                    const cache_fill& how = {}) {
    return core_.store(new_entry(key, std::move(value)), &key, &begun, now, how);
  }
  /// The source says that there is no such thing.
  fill_outcome fill_absent(key_view key, const fill_ticket& begun, time_ns now, const cache_fill& how = {}) {
    return core_.store(new_entry(key, std::nullopt), &key, &begun, now, how);
  }
  /// What the source has from now on, told by the thread that wrote it there: an invalidation and a fill in one
  /// step. The caller keeps writers of one key in the source's order, or else calls invalidate().
  fill_outcome put(key_view key, Value value, time_ns now, const cache_fill& how = {}) {
    return core_.store(new_entry(key, std::move(value)), &key, nullptr, now, how);
  }

  /// After the source has changed, or is said to have.
  void invalidate(key_view key) noexcept { core_.invalidate(core_.hash_of(key), &key); }
  /// After news of changes may have been lost. Costs the same whatever is cached.
  void invalidate_all() noexcept { core_.invalidate_all(); }

  /// Since the start, as seen by each thread in turn.
  [[nodiscard]] near_cache_stats stats() const noexcept { return core_.stats(); }

 private:
  struct entry : detail::cache_node {
    Key key;
    std::optional<Value> value;  // none: absent
  };

  [[nodiscard]] entry* find(key_view key, std::uint64_t hash) const noexcept {
    for (detail::cache_node* at = core_.first(hash); at != nullptr;
         at = at->chain.load(std::memory_order_seq_cst)) {
      if (at->hash == hash && static_cast<entry*>(at)->key == key) return static_cast<entry*>(at);
    }
    return nullptr;
  }
  [[nodiscard]] detail::cache_node* new_entry(key_view key, std::optional<Value> value) const {
    auto made = std::make_unique<entry>();
    made->key = Key(key);
    made->hash = core_.hash_of(key);
    made->absent = !value.has_value();
    made->value = std::move(value);
    return made.release();
  }
  static void destroy(detail::cache_node* node) noexcept { delete static_cast<entry*>(node); }
  static bool has_key(const detail::cache_node& node, const void* key) noexcept {
    return static_cast<const entry&>(node).key == *static_cast<const key_view*>(key);
  }

  detail::cache_core core_;
};

}  // namespace seckill::inline v1
