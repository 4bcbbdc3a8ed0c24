#pragma once

#include <seckill/error.hpp>
#include <seckill/ids.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// What a pool lends.
struct permit_grant {
  std::uint32_t permits = 0;   ///< at most as many as were asked for; 0: none now
  time_ns retry_after_ns = 0;  ///< none: when to ask again
};

/// PORT. A limit that many nodes share: each takes permits in handfuls and spends them by itself (two_tier_limiter).
///
/// Guarantees of every implementation (tests/conformance proves them): the permits that are granted for a key, less
/// those given back, keep the limit of that key; a failed call grants nothing that its caller may use.
///
/// Threads: any. `now` is the caller's clock; an implementation that has its own ignores it.
/// Implementations: memory_permit_pool, faulty_permit_pool.
class permit_pool {
 public:
  virtual ~permit_pool() = default;
  /// Takes up to `wanted` permits of the limit called `key`. REQUIRES: wanted >= 1.
  [[nodiscard]] virtual result<permit_grant> take(std::uint64_t key, std::uint32_t wanted, time_ns now) = 0;
  /// Returns permits that will not be used. May be skipped: they are lost until the limit has recovered.
  [[nodiscard]] virtual result<void> give_back(std::uint64_t key, std::uint32_t permits, time_ns now) = 0;
};

}  // namespace seckill::inline v1
