#pragma once

#include "http_wire.hpp"
#include <seckill/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace seckill::crowd {

struct endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;

  /// As a URL and a Host field have it: an IPv6 address in brackets.
  [[nodiscard]] std::string text() const {
    return (host.find(':') == std::string::npos ? host : '[' + host + ']') + ":" + std::to_string(port);
  }
};

/// A whole response that owns its body.
struct response {
  int status = 0;
  std::uint32_t retry_after_s = 0;
  std::string body{};
};

/// One blocking keep-alive connection: for the few questions before and after a run, and for tests.
///
/// Connects when needed. A request that got no answer is never repeated here: the error says
/// failure::retryable if nothing was sent, failure::outcome_unknown if it may have arrived. Threads: one at a
/// time.
class client {
 public:
  explicit client(endpoint to, std::chrono::milliseconds timeout = std::chrono::seconds(10));
  client(client&& other) noexcept;
  client& operator=(client&& other) noexcept;
  ~client();

  [[nodiscard]] result<response> get(std::string_view target, std::string_view bearer_token = {});
  [[nodiscard]] result<response> post(std::string_view target, std::string_view body,
                                      std::string_view idempotency_key, std::string_view bearer_token = {});
  /// Connects unless connected.
  [[nodiscard]] result<void> connect();
  /// Sends bytes as they are and does not wait: for tests of what a service does with a client that goes
  /// quiet.
  [[nodiscard]] result<void> send(std::string_view bytes);
  /// Waits for one response.
  [[nodiscard]] result<response> receive();
  void close() noexcept;

 private:
  result<response> exchange(const request_parts& parts);

  endpoint to_;
  std::string host_header_;
  std::chrono::milliseconds timeout_;
  int socket_ = -1;
  std::string received_;
};

}  // namespace seckill::crowd
