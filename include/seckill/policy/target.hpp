#pragma once

#include <cstdint>

namespace seckill::inline v1 {

/// One of several that can answer the same call: a server, a replica, a shard's copy.
struct target {
  std::uint64_t id = 0;  ///< chosen by the caller, not 0: a registry's number, or the hash of an address
  std::uint32_t weight =
      1;  ///< its share, in proportion to the others'; 0: it is drained, no new call goes there
};

/// What a load balancer knows about a target.
struct target_view {
  std::uint64_t id = 0;
  std::uint32_t weight = 0;
  std::uint32_t in_flight = 0;
  std::int64_t latency_ns = 0;  ///< the moving average; 0: not known yet
  bool healthy = true;          ///< as the active checks say
  bool ejected = false;         ///< as the calls' results say
};

}  // namespace seckill::inline v1
