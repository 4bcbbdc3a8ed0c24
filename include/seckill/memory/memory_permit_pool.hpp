#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/keyed_limiter.hpp>
#include <seckill/ports/permit_pool.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A pool for the nodes of one process: a keyed GCRA. For tests, and for trying two tiers out.
/// Throws std::invalid_argument that names the parameter.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<permit_pool> make_memory_permit_pool(
    const keyed_limiter_params<gcra_params>& params);

}  // namespace seckill::inline v1
