#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// The order in which smooth weighted round robin visits targets, once around: each index as often as its weight says
/// (divided by their greatest common divisor), as far apart as can be. Weights of 0 never. Weights are rounded when once
/// around would be longer than 16,384. REQUIRES: a weight that is not 0.
/// Source of the order: nginx, ngx_http_upstream_round_robin.
[[nodiscard]] std::vector<std::uint32_t> weight_schedule(std::span<const std::uint32_t> weights);

}  // namespace seckill::inline v1
