#pragma once

#include <string>

namespace seckill::inline v1::http {

struct server_context;

/// The text of /metrics: what the engine, the orders and this server count, in the Prometheus format. Waits for
/// storage for a moment at most. Threads: any.
[[nodiscard]] std::string metrics_page(server_context& server);

}  // namespace seckill::inline v1::http
