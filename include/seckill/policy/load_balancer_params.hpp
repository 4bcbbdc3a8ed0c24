#pragma once

#include <seckill/policy/outlier_ejector_params.hpp>
#include <seckill/policy/time.hpp>

#include <cstdint>
#include <optional>

namespace seckill::inline v1 {

/// How a target is chosen.
enum class balancing : std::uint8_t {
  round_robin,      ///< one after the other, whatever their weights
  smooth_weighted,  ///< round robin by weight, spread out: weights 5, 1, 1 give a a b a c a a
  random,           ///< by weight
  two_choices,      ///< of two drawn by weight, the one with less to do: (in flight + 1) · latency / weight
  jump_hash,  ///< by key: the n-th target of the list; weights do not count. Remove targets at the end alone
  ring_hash,  ///< by key, on a ring by weight, with bounded loads
  sticky,     ///< a key stays where two_choices has put it, while that target is well
};

/// What replaces the known load balancers' settings. The defaults suit calls of milliseconds to a few dozen targets.
struct load_balancer_params {
  balancing by = balancing::two_choices;
  std::uint32_t targets_max = 256;  ///< at once, those that have left and still have calls in flight included

  /// When fewer than this share of the targets are well, health is ignored: all get calls rather than few of them too
  /// many. 0: never, so that no target is well means no target; at most 1.
  double panic_share = 0.5;

  /// A target that joins a set or comes back takes its full share after so long, and before it the share
  /// max(slow_start_min, (elapsed / slow_start_ns) ^ (1 / slow_start_aggression)). 0: at once. Not for hashes.
  time_ns slow_start_ns = 0;
  double slow_start_aggression = 1.0;
  double slow_start_min = 0.1;

  time_ns latency_decay_ns = 10 * ns_per_s;  ///< τ of the moving average: what is so old counts half

  std::uint32_t ring_points = 160;  ///< on the ring, for a target of average weight; at most 4,096
  /// A target has at most ⌈load_factor · its share of all calls in flight⌉, else the key goes on to the next one on the
  /// ring. Above 1; 0: unbounded.
  double load_factor = 1.25;

  std::uint32_t sticky_keys_max = 65'536;       ///< remembered at a time; beyond it the oldest are forgotten
  time_ns sticky_idle_ns = 30 * 60 * ns_per_s;  ///< a key that has not been seen for so long is forgotten

  std::uint32_t probe_rise = 2;  ///< good active checks in a row that make a target well again
  std::uint32_t probe_fall = 3;  ///< bad ones in a row that make it unwell

  std::optional<outlier_ejector_params> ejection{};  ///< nothing: results do not bar a target
};

}  // namespace seckill::inline v1
