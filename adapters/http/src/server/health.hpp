#pragma once

#include <seckill/engine.hpp>
#include <seckill/http/part_health.hpp>

#include <vector>

namespace seckill::inline v1::http {

struct server_context;

/// How the server, its engine, its snapshots and the parts that the embedding program reports do. Never waits for
/// storage. Threads: any.
[[nodiscard]] std::vector<part_health> look_at_health(const server_context& server,
                                                      const engine_stats& stats);

}  // namespace seckill::inline v1::http
