#pragma once

#include <seckill/policy/time.hpp>

#include <cstddef>

namespace seckill::inline v1 {

/// How far two clocks may run apart during a lease: one in a hundred, and 2 ms for the grain of the server's clock.
/// Source: the redis.io page on distributed locks, and the clients that follow it.
[[nodiscard]] constexpr time_ns lease_drift_ns(time_ns ttl_ns) noexcept {
  return ttl_ns / 100 + (ttl_ns % 100 > 0 ? 1 : 0) + 2 * ns_per_ms;
}

/// For how long the owner may rely on a lease, `elapsed_ns` after it *sent* the request; not positive: not at all.
[[nodiscard]] constexpr time_ns lease_validity_ns(time_ns ttl_ns, time_ns elapsed_ns) noexcept {
  return ttl_ns - elapsed_ns - lease_drift_ns(ttl_ns);
}

/// Whether a lease is held that was asked of several independent stores, one after the other (Redlock): by more than
/// half of them, and for some time yet.
[[nodiscard]] constexpr bool quorum_lease_held(std::size_t granted, std::size_t stores,
                                               time_ns validity_ns) noexcept {
  return granted >= stores / 2 + 1 && validity_ns > 0;
}

}  // namespace seckill::inline v1
