#pragma once

#include "../api/plan.hpp"
#include "admission.hpp"
#include "desk.hpp"
#include "log_writer.hpp"
#include "request_reader.hpp"
#include <seckill/http/http_server.hpp>

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

  const http_server_params params;
  const http_services services;
  const plan_params planning;
  const request_bounds bounds;
  log_writer log;
  admission guards;

  std::atomic<bool> draining{false};
  std::atomic<std::uint32_t> streams{0};
  std::atomic<std::uint64_t> refused_connections{0};
  std::atomic<std::uint64_t> unsent{0};  ///< bytes that clients have not taken

  /// Connections that exist, in every state. `emptied` is told when a draining server has lost its last.
  std::atomic<std::uint32_t> connections{0};
  std::mutex emptying;
  std::condition_variable emptied;

  std::vector<std::unique_ptr<worker>> workers;
  desk lookups;  ///< last: its jobs use everything above
};

}  // namespace seckill::inline v1::http
