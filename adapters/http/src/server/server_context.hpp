#pragma once

#include "../api/plan.hpp"
#include "admission.hpp"
#include "desk.hpp"
#include "entry.hpp"
#include "log_writer.hpp"
#include "order_figures.hpp"
#include "request_reader.hpp"
#include "stream_shares.hpp"
#include <seckill/http/http_server.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace seckill::inline v1::http {

class worker;

/// What the threads of a server share.
struct server_context {
  server_context(const http_server_params& chosen, const http_services& offered, trusted_proxies trusted);
  server_context(const server_context&) = delete;
  server_context& operator=(const server_context&) = delete;
  ~server_context();

  [[nodiscard]] std::atomic<std::uint32_t>& connections_of(entry which) noexcept {
    return connections_by_entry[static_cast<std::size_t>(which)];
  }

  const http_server_params params;
  const http_services services;
  const plan_params planning;             ///< for the first listener
  const plan_params operations_planning;  ///< for the second
  const request_bounds bounds;
  log_writer log;
  admission guards;

  stream_shares shares;

  std::atomic<bool> draining{false};
  std::atomic<std::uint32_t> streams{0};
  std::atomic<std::uint64_t> refused_connections{0};
  std::atomic<std::uint64_t> unsent{0};  ///< bytes that clients have not taken

  /// Connections that exist, in every state. `emptied` is told when a draining server has lost its last.
  std::atomic<std::uint32_t> connections{0};
  std::array<std::atomic<std::uint32_t>, entry_count> connections_by_entry{};
  std::mutex emptying;
  std::condition_variable emptied;

  std::vector<std::unique_ptr<worker>> workers;
  // Last: their jobs use everything above. Each has its thread, so that none waits for what another waits for.
  desk lookups;     ///< buyers' reads of orders
  desk operations;  ///< audits, and what metrics tell of the orders
  desk scrapes;     ///< metrics, which wait for no storage
  order_figures orders_seen;
};

}  // namespace seckill::inline v1::http
