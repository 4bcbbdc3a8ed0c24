#pragma once

#include <seckill/policy/time.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct near_cache_params {
  std::uint32_t entries_max = 10'000;  ///< 40 to 80 bytes for each are reserved at the start
  std::uint64_t weight_max = 0;        ///< of all entries, in the units of cache_fill::weight; 0: entries_max
  std::uint32_t shards = 0;  ///< a power of two up to 64, each with an equal part; 0: by entries_max

  time_ns ttl_ns = 60 * ns_per_s;        ///< after a fill; then it is a miss
  time_ns absent_ttl_ns = 5 * ns_per_s;  ///< the same for "there is no such thing"
  double ttl_jitter = 0.1;               ///< share by which times are varied, up or down: 0 to 1
  time_ns refresh_after_ns = 0;          ///< after a fill, one reader is asked to refresh; 0: never
  double early_refresh_beta = 1.0;  ///< of early_refresh_due(), for fills that name their load_ns; 0: never
  time_ns refresh_retry_ns = ns_per_s;  ///< the next reader is asked if no fill has come
  time_ns stale_ns = 0;                 ///< how long after its end read_stale() still serves a value

  /// Of hashes, jitter and early refresh. Make it random in production: whoever can choose keys must not be able
  /// to choose their places, and nodes must not expire together.
  std::uint64_t seed = 0x9e3779b97f4a7c15;
};

struct near_cache_stats {
  std::uint64_t hits = 0;       ///< of values and of known absence
  std::uint64_t misses = 0;     ///< expired entries too
  std::uint64_t fills = 0;      ///< accepted
  std::uint64_t outdated = 0;   ///< fills refused because of an invalidation meanwhile
  std::uint64_t evictions = 0;  ///< for want of room
  std::uint64_t entries = 0;    ///< now; expired ones too, until their room is needed
  std::uint64_t weight = 0;     ///< of these
};

}  // namespace seckill::inline v1
