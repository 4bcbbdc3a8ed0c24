#include "health.hpp"

#include "server_context.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace seckill::inline v1::http {
namespace {

part_health engine_health(const engine_stats& stats) {
  switch (stats.state) {
    case engine_state::serving:
      return {"engine", health_level::well};
    case engine_state::failed:
      return {"engine", health_level::failing, "the engine failed, restart it: " + stats.failure};
    case engine_state::stopped:
      break;
  }
  return {"engine", health_level::failing, "the engine has stopped"};
}

part_health snapshot_health(const engine_stats& stats) {
  part_health found{"snapshots"};
  for (std::size_t i = 0; i < stats.shards.size(); ++i) {
    const std::string& failure = stats.shards[i].snapshot_failure;
    if (failure.empty()) continue;
    found.level = health_level::warning;
    if (!found.detail.empty()) found.detail += "; ";
    found.detail += "shard " + std::to_string(i) + ": " + failure;
  }
  return found;
}

}  // namespace

std::vector<part_health> look_at_health(const server_context& server, const engine_stats& stats) {
  std::vector<part_health> all{engine_health(stats), snapshot_health(stats)};
  if (server.draining) all.push_back({"server", health_level::failing, "the server is draining"});
  if (!server.services.health) return all;
  std::vector<part_health> told = server.services.health();
  std::ranges::move(told, std::back_inserter(all));
  return all;
}

}  // namespace seckill::inline v1::http
