#pragma once

#include <string>

namespace seckill::inline v1::http {

struct server_context;

/// The text of /metrics: what the engine, the orders and this server count, in the Prometheus format. May block on
/// storage. Threads: any.
[[nodiscard]] std::string metrics_page(const server_context& server);

}  // namespace seckill::inline v1::http
