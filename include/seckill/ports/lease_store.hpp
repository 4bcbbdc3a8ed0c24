#pragma once

#include <seckill/error.hpp>
#include <seckill/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seckill::inline v1 {

/// The answer to a request for a lease.
struct lease_grant {
  std::uint64_t token = 0;     ///< the fencing token; 0: somebody else has the lease
  time_ns retry_after_ns = 0;  ///< refused: when that lease ends, if it is not renewed

  [[nodiscard]] explicit constexpr operator bool() const noexcept { return token != 0; }
};

/// PORT. Leases by name: at most one owner at a time, for a time. A lease saves work that one node can do for all; it
/// never guards stock, because its owner may have been stopped for longer than the lease and not know it. What must not
/// be done by a former owner is guarded by the token (fencing_gate).
///
/// Guarantees of every implementation (tests/conformance proves them):
/// - tokens strictly increase over all grants of a name, across release, expiry and a restart of the store;
/// - a lease is over when now > the time of its last grant or renewal + ttl_ns, and not before, unless it is released;
/// - renew() and release() compare the token and act in one step: a former owner changes nothing;
/// - a failed call may have happened (failure::outcome_unknown) or not: ask again, with the same owner.
///
/// `owner`: a random number, one for each that may hold a lease: a thread, a keeper. Never zero. Names: 1 to 255
/// bytes; ttl_ns: 1 ms to 1 day; other arguments are errc::invalid_argument.
/// Threads: any. `now` is the caller's clock; an implementation that has its own ignores it.
/// Implementations: memory_lease_store, faulty_lease_store.
class lease_store {
 public:
  virtual ~lease_store() = default;
  /// Asked again by the owner, it is a renewal that answers the same token: for those who lost the first answer.
  [[nodiscard]] virtual result<lease_grant> acquire(std::string_view name, std::uint64_t owner,
                                                    time_ns ttl_ns, time_ns now) = 0;
  /// The lease runs for ttl_ns from now on. False, and nothing has changed: it is over, or somebody else's.
  [[nodiscard]] virtual result<bool> renew(std::string_view name, std::uint64_t token, time_ns ttl_ns,
                                           time_ns now) = 0;
  /// False, and nothing has changed: it was over, or is somebody else's.
  [[nodiscard]] virtual result<bool> release(std::string_view name, std::uint64_t token, time_ns now) = 0;
};

inline constexpr std::size_t lease_name_size_max = 255;
inline constexpr time_ns lease_ttl_min_ns = 1'000'000;
inline constexpr time_ns lease_ttl_max_ns = time_ns{86'400} * 1'000'000'000;

}  // namespace seckill::inline v1
