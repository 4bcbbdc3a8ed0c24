#include "orders_health.hpp"

#include <algorithm>
#include <string>

namespace flash_sale {

using namespace seckill;

namespace {

part_health health_of(const order_worker_stats& shard) {
  const std::string where = "orders of shard " + std::to_string(shard.shard);
  const std::string why = shard.failure ? ": " + shard.failure->text : std::string();
  switch (shard.state) {
    case order_worker_state::failed:
      return {"orders", health_level::failing, where + " stopped, repair and restart" + why};
    case order_worker_state::stopped:
      return {"orders", health_level::failing, where + " are not followed any more" + why};
    case order_worker_state::retrying:
      return {"orders", health_level::failing, where + " fail and are tried again" + why};
    case order_worker_state::running:
      break;
  }
  if (shard.position >= shard.catch_up_to) return {"orders", health_level::well, {}};
  return {"orders", health_level::warning,
          where + " catch up, at event " + std::to_string(shard.position) + " of " +
              std::to_string(shard.catch_up_to)};
}

}  // namespace

part_health orders_health(std::span<const order_worker_stats> shards) {
  part_health all{"orders", health_level::well, {}};
  for (const order_worker_stats& each : shards) {
    const part_health found = health_of(each);
    all.level = std::max(all.level, found.level);
    if (!found.detail.empty()) all.detail += (all.detail.empty() ? "" : "; ") + found.detail;
  }
  return all;
}

}  // namespace flash_sale
