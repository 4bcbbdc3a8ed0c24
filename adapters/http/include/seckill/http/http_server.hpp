#pragma once

#include <seckill/engine.hpp>
#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/http/http_server_params.hpp>
#include <seckill/http/part_health.hpp>
#include <seckill/order.hpp>
#include <seckill/ports/order_store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace seckill::inline v1 {

class static_site;

/// What a server serves. All must outlive it.
struct http_services {
  engine* sales = nullptr;            ///< required
  order_store* orders = nullptr;      ///< null: there are no orders to be asked for
  const static_site* site = nullptr;  ///< null: there are no pages
  /// Parts that /readyz, the metrics and the audit tell of beside the engine. Called from the server's threads, several
  /// at once; must not block or throw.
  std::function<std::vector<part_health>()> health = {};
};

/// Serves the wire contract of docs/reference/openapi.yaml over HTTP/1.1.
///
/// Guarantees:
/// - a command is answered when the engine answers it, so an answer means what the engine's means;
/// - every resource that clients can take is bounded by the params; a connection beyond the bound is told
/// 503;
/// - /healthz, /readyz, /metrics and operators are answered while the crowd is at its limits: they have connections, rates
/// and threads of their own, and health and metrics wait for no storage;
/// - nothing below /admin is served without the operator's token.
/// Buyers are not authenticated yet: the `buyer` field is trusted, and the log says so at the start.
///
/// Threads: all members from any thread. Its own: io_threads event loops, and three for orders, operators and metrics, which may
/// block.
class SECKILL_EXPORT http_server {
 public:
  /// Listens and serves. Errors: errc::invalid_argument naming the parameter and its bounds; http_errc when
  /// the address cannot be listened on.
  [[nodiscard]] static result<std::unique_ptr<http_server>> start(const http_server_params& params,
                                                                  const http_services& services);
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  /// Drains. Waits for the engine to answer what it was given.
  ~http_server();

  /// The port that it listens on.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// The port of the second listener; 0: there is none.
  [[nodiscard]] std::uint16_t admin_port() const noexcept;

  /// Stops accepting, closes idle connections and event streams, answers what was asked, with `Connection:
  /// close`, and ends the threads. Connections still busy after drain_timeout_ms are cut. Blocks; idempotent.
  void drain();

  /// Tells the event streams of these buyers. For the listener of whatever projects the orders; cheap when
  /// nobody listens.
  void publish_orders(std::span<const order> changed);

 private:
  class state;
  explicit http_server(std::unique_ptr<state> started);
  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1
