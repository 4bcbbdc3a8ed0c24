#pragma once

#include <seckill/http/admission_params.hpp>
#include <seckill/http/log_hook.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace seckill::inline v1 {

/// The bounds of an HTTP server. What is beyond a bound is refused or closed, never queued without end.
struct http_server_params {
  std::string address = "127.0.0.1";  ///< to listen on, IPv4 or IPv6
  std::uint16_t port = 8080;          ///< 0: a free one, which http_server::port() tells
  std::uint32_t io_threads = 1;       ///< each with an event loop of its own, 1 to 64
  std::uint32_t backlog = 1'024;      ///< connections that wait to be accepted

  /// A second listener, for operators and monitoring; 0: a free port, which http_server::admin_port() tells. It serves
  /// everything, past the rates and bounds of the crowd; /admin, /metrics and /operator are then nowhere else. Nothing:
  /// there is none, and the first listener serves them.
  std::optional<std::uint16_t> admin_port{};
  std::string admin_address = "127.0.0.1";
  std::uint32_t admin_connections_max = 64;  ///< of the second listener; beyond: closed

  /// Opens /admin to who sends it as a bearer token; empty: /admin is closed. Never logged.
  std::string operator_token{};

  std::uint32_t connections_max = 10'000;  ///< beyond: 503 and close, but for the reserve
  /// Connections beyond connections_max, for probes, metrics and operators: others are told 503 on them, the oldest
  /// makes room for the newest. Twice as many exist for a moment.
  std::uint32_t connections_reserved = 32;
  std::uint32_t requests_per_connection_max = 1'000'000;
  std::uint32_t pipeline_max = 64;          ///< requests of one connection being answered
  std::uint32_t head_size_max = 8 * 1'024;  ///< bytes of request line and fields; beyond: 414 or 431
  std::uint32_t fields_max = 64;            ///< header fields; beyond: 431
  /// Bytes; beyond: 413. The operator's requests may be as large as a sale of items_per_sale_max items needs.
  std::uint32_t body_size_max = 64 * 1'024;

  std::uint32_t idle_timeout_ms = 60'000;  ///< between requests
  std::uint32_t head_timeout_ms =
      10'000;  ///< from a request's first byte (or the connection's start) to its head
  std::uint32_t body_timeout_ms = 10'000;   ///< from its head to its last byte
  std::uint32_t write_timeout_ms = 10'000;  ///< for a client to take 16 KiB
  /// Bytes of answers that all clients together may leave unread; beyond, who leaves more is cut.
  std::uint64_t unsent_max = 256U << 20U;
  std::uint32_t drain_timeout_ms = 10'000;  ///< for requests in flight when the server drains

  std::uint32_t lookups_max = 1'024;  ///< order reads waiting for their thread; audits likewise; beyond: 503
  std::uint32_t page_size = 50;       ///< entries in a page that does not ask for another number
  std::uint32_t page_size_max = 100;
  std::uint32_t items_per_sale_max = 1'000;  ///< of a sale to be created

  std::uint32_t streams_per_client_max = 100;     ///< of one address, see admission_params; beyond: 429
  std::uint32_t streams_max = 1'000;              ///< clients of /api/v1/events; beyond: 503
  std::uint32_t stream_buffer_max = 256 * 1'024;  ///< bytes a slow client may lag; beyond: closed
  std::uint32_t stream_interval_ms = 200;         ///< changes of stock are gathered so long
  std::uint32_t stream_heartbeat_ms = 15'000;
  std::uint32_t order_changes_max = 10'000;  ///< order events waiting for one thread's streams

  std::uint32_t stock_series_max = 10'000;  ///< series of seckill_stock_units on /metrics

  admission_params admission{};

  log_hook log{};           ///< null: no log
  bool access_log = false;  ///< a line for every request
};

}  // namespace seckill::inline v1
