#pragma once

#include <seckill/policy/time.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// What a reader of a near cache finds, and what it should do.
enum class cache_answer : std::uint8_t {
  miss,     ///< load it
  hit,      ///< use it
  refresh,  ///< use it; this reader is chosen to load it anew, and no other one meanwhile
  absent,   ///< known not to exist
};

/// What was valid when a load began: taken before the source is asked, given back with what it said.
struct fill_ticket {
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
};

struct cache_fill {
  std::uint32_t weight = 1;  ///< counts at least weight_max / entries_max
  time_ns load_ns = 0;       ///< how long the load took; 0: unknown, and no early refresh
  time_ns ttl_ns = 0;        ///< instead of the params' and varied like it; 0: the params'
};

enum class fill_outcome : std::uint8_t {
  stored,
  outdated,   ///< something was invalidated since the ticket was taken: the value may be older than that
  too_heavy,  ///< heavier than a shard
};

}  // namespace seckill::inline v1
