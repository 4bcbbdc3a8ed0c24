#include "client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace seckill::crowd {
namespace {

error failed_to(std::string_view what, const endpoint& to, int code, failure kind) {
  std::string text = std::string(what) + " " + to.text() + ": " + std::strerror(code);
  if (code == ECONNREFUSED) text += ". Is the service running there? Start it, or name another --port";
  return {make_error_code(kind == failure::retryable ? errc::read_failed : errc::storage_failed),
          std::move(text)};
}

void set_timeouts(int socket, std::chrono::milliseconds timeout) {
  timeval limit{};
  limit.tv_sec = timeout.count() / 1000;
  limit.tv_usec = (timeout.count() % 1000) * 1000;
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

}  // namespace

client::client(endpoint to, std::chrono::milliseconds timeout)
    : to_(std::move(to)), host_header_(to_.text()), timeout_(timeout) {}

client::client(client&& other) noexcept
    : to_(std::move(other.to_)),
      host_header_(std::move(other.host_header_)),
      timeout_(other.timeout_),
      socket_(std::exchange(other.socket_, -1)),
      received_(std::move(other.received_)) {}

client& client::operator=(client&& other) noexcept {
  std::swap(to_, other.to_);
  std::swap(host_header_, other.host_header_);
  std::swap(timeout_, other.timeout_);
  std::swap(socket_, other.socket_);
  std::swap(received_, other.received_);
  return *this;
}

client::~client() { close(); }

void client::close() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  received_.clear();
}

result<void> client::connect() {
  if (socket_ >= 0) return {};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(to_.host.c_str(), std::to_string(to_.port).c_str(), &hints, &found);
      code != 0) {
    return make_error(errc::invalid_argument, "host " + to_.host + " is not known: " + gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  int code = ECONNREFUSED;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int candidate = ::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol);
    if (candidate < 0) {
      code = errno;
      continue;
    }
    set_timeouts(candidate, timeout_);
    if (::connect(candidate, each->ai_addr, each->ai_addrlen) == 0) {
      socket_ = candidate;
      return {};
    }
    code = errno;
    ::close(candidate);
  }
  return failed_to("cannot connect to", to_, code, failure::retryable);
}

result<void> client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      const int code = errno;
      close();
      return failed_to("sending failed to", to_, code, failure::outcome_unknown);
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

result<response> client::receive() {
  std::array<char, 16'384> chunk;
  for (;;) {
    const parsed_response parsed = parse_response(received_);
    if (parsed.state == parse_state::complete) {
      response whole{.status = parsed.response.status,
                     .retry_after_s = parsed.response.retry_after_s,
                     .body = std::string(parsed.response.body)};
      const bool keep_alive = parsed.response.keep_alive;
      received_.erase(0, parsed.size);
      if (!keep_alive) close();
      return whole;
    }
    if (parsed.state == parse_state::malformed) {
      close();
      return failed_to("no HTTP answer from", to_, EPROTO, failure::outcome_unknown);
    }
    const ssize_t count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int code = count == 0 ? ECONNRESET : errno;
      close();
      return failed_to("no answer from", to_, code, failure::outcome_unknown);
    }
    received_.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

result<response> client::exchange(const request_parts& parts) {
  if (auto connected = connect(); !connected) return connected.error();
  std::string request;
  append_request(parts, request);
  if (auto sent = send(request); !sent) return sent.error();
  return receive();
}

result<response> client::get(std::string_view target, std::string_view bearer_token) {
  return exchange({.method = "GET", .target = target, .host = host_header_, .bearer_token = bearer_token});
}

result<response> client::post(std::string_view target, std::string_view body,
                              std::string_view idempotency_key, std::string_view bearer_token) {
  return exchange({.method = "POST",
                   .target = target,
                   .host = host_header_,
                   .idempotency_key = idempotency_key,
                   .bearer_token = bearer_token,
                   .body = body});
}

}  // namespace seckill::crowd
