#pragma once

#include <seckill/policy/time.hpp>

#include <cmath>

namespace seckill::inline v1 {

/// Whether this reader of a cached value should compute it anew although it has not expired: the more likely,
/// the closer the expiry and the longer the computation takes, so that of many readers about one does so in
/// time and no crowd meets an expired value.
///
/// `compute_ns`: how long the last computation took. `beta`: 1 is usual, more is earlier, 0 only at the expiry.
/// `uniform`: a new random number in (0, 1] for each call. The probability at `gap` before the expiry is
/// exp(-gap / (beta * compute_ns)). Source: Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache
/// Stampede Prevention", PVLDB 8(8), 2015 (XFetch).
[[nodiscard]] inline bool early_refresh_due(time_ns now, time_ns expires_at, time_ns compute_ns, double beta,
                                            double uniform) noexcept {
  const double ahead_ns = -static_cast<double>(compute_ns) * beta * std::log(uniform);
  return ahead_ns >= static_cast<double>(expires_at - now);
}

}  // namespace seckill::inline v1
