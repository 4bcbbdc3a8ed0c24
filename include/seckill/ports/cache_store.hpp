#pragma once

#include <seckill/error.hpp>
#include <seckill/ids.hpp>
#include <seckill/ports/record_source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

enum class cache_state : std::uint8_t {
  value,          ///< here it is
  absent,         ///< it is cached that there is no such record
  load,           ///< a miss, and the asker's to load: it has the lease
  being_loaded,   ///< a miss, and another has the lease: ask again
  being_written,  ///< a writer holds it: nothing can be cached now
};

/// What a shared cache knows of a key.
struct cache_lookup {
  cache_state state = cache_state::load;
  stored_record record{};   ///< of cache_state::value
  std::uint64_t lease = 0;  ///< of cache_state::load: to fill() with
};

/// PORT. A cache that a fleet shares. What is in it was loaded under a lease, so that one node loads for all, and that
/// what was loaded before a change is never kept after it.
///
/// Guarantees of every implementation (tests/conformance proves them), of each key:
/// - a miss hands a lease to one asker, and to the next one when it is filled or cancelled, when the key is erased, or
///   when the lease interval is over;
/// - fill() stores under the newest lease alone: one that was handed out before an erase() or begin_write() stores nothing;
/// - from begin_write() on nothing is served and nothing stored until its end_write(), or its hold is over: a writer that
///   dies leaves nothing stale behind. Of writes that overlap, the one that began last ends the hold;
/// - an entry is served until its ttl is over, unless room was needed, and not after it.
///
/// Threads: any. Calls may block: storage makes them on its executor. `now` is the caller's clock; an implementation that
/// has its own ignores it. Keys: 1 to 512 bytes; ttl_ns and hold_ns at least 1 ms: others are errc::invalid_argument.
/// Implementations: memory_cache_store, faulty_cache_store. Source: the leases of R. Nishtala et al., "Scaling Memcache at
/// Facebook" (NSDI 2013), section 3.2.1; the hold of a write is ours.
class cache_store {
 public:
  virtual ~cache_store() = default;
  /// One answer for each key, in their order. Costs one round trip.
  [[nodiscard]] virtual result<std::vector<cache_lookup>> get(std::span<const std::string_view> keys,
                                                              time_ns now) = 0;
  /// `record`: nothing stores the absence. False: the lease is no longer the newest.
  [[nodiscard]] virtual result<bool> fill(std::string_view key, std::uint64_t lease,
                                          const std::optional<stored_record>& record, time_ns ttl_ns,
                                          time_ns now) = 0;
  /// The load failed: the next asker gets a lease. One that is no longer the newest is ignored.
  [[nodiscard]] virtual result<void> cancel(std::string_view key, std::uint64_t lease, time_ns now) = 0;

  /// Removes the entry, and makes leases that were handed out worthless.
  [[nodiscard]] virtual result<void> erase(std::string_view key, time_ns now) = 0;
  /// Before the source is written: erases, and holds the key for at most hold_ns. Answers what end_write() wants.
  [[nodiscard]] virtual result<std::uint64_t> begin_write(std::string_view key, time_ns hold_ns,
                                                          time_ns now) = 0;
  /// After the source was written: erases, and ends the hold unless a later write has begun.
  [[nodiscard]] virtual result<void> end_write(std::string_view key, std::uint64_t write, time_ns now) = 0;
};

inline constexpr std::size_t cache_key_size_max = 512;

}  // namespace seckill::inline v1
