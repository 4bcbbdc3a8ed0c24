#pragma once

#include <seckill/http/part_health.hpp>
#include <seckill/order_service.hpp>

#include <span>

namespace flash_sale {

/// How the projection of orders does: failing if a shard's has stopped or its last attempt failed, for then buyers pay
/// and find no order; a warning while it catches up.
[[nodiscard]] seckill::part_health orders_health(std::span<const seckill::order_worker_stats> shards);

}  // namespace flash_sale
