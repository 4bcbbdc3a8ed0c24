#include "acceptor.hpp"

#include "worker.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace seckill::inline v1::http {
namespace {

/// How long to wait when the system has no descriptor or memory for another connection.
constexpr std::chrono::milliseconds exhaustion_pause{50};
/// Connections that are accepted before the loop goes on with those that there are.
constexpr std::uint32_t accepted_max = 64;

}  // namespace

acceptor::acceptor(server_context& server, boost::asio::io_context& loop, bool operations)
    : server_(server),
      operations_(operations),
      listening_(loop.get_executor()),
      pause_(loop.get_executor()) {}

result<void> acceptor::listen(const std::string& address, std::uint16_t port, int backlog) {
  error_code failed;
  const auto failure_at = [&](const char* step) {
    return error{failed, std::string(step) + ' ' + address + " port " + std::to_string(port) + ": " +
                             failed.message()};
  };
  const auto ip = boost::asio::ip::make_address(address, failed);
  if (failed) return failure_at("address is not an IPv4 or IPv6 address:");
  const boost::asio::ip::tcp::endpoint at(ip, port);
  listening_.open(at.protocol(), failed);
  if (!failed) listening_.set_option(acceptor_type::reuse_address(true), failed);
  if (failed) return failure_at("cannot open a socket for");
  listening_.bind(at, failed);
  if (failed) return failure_at("cannot bind");
  listening_.non_blocking(true, failed);
  if (!failed) listening_.listen(backlog, failed);
  if (failed) return failure_at("cannot listen on");
  port_ = listening_.local_endpoint(failed).port();
  if (failed) return failure_at("cannot tell the port of");
  return {};
}

void acceptor::start() { wait(); }

void acceptor::close() {
  error_code ignored;  // it is closed in any case
  listening_.close(ignored);
  pause_.cancel();
}

void acceptor::wait() {
  listening_.async_wait(acceptor_type::wait_read, [this](error_code stopped) {
    if (!stopped) accept_all();
  });
}

void acceptor::pause() {
  pause_.expires_after(exhaustion_pause);
  pause_.async_wait([this](error_code stopped) {
    if (!stopped) wait();
  });
}

void acceptor::accept_all() {
  // No more than the reserve has places: what comes in one turn must not be closed for what is about to leave.
  const std::uint32_t at_once = std::min(accepted_max, server_.params.connections_reserved);
  for (std::uint32_t i = 0; i < at_once; ++i) {
    const int descriptor =
        ::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      accepted(descriptor);
      continue;
    }
    const error_code failed(errno, boost::system::system_category());
    if (failed == boost::system::errc::operation_would_block) break;
    if (failed == boost::system::errc::connection_aborted || failed == boost::system::errc::interrupted)
      continue;
    server_.log.write(frequent::accept_failed, log_level::error,
                      "event=accept_failed reason=\"" + failed.message() + '"');
    return pause();
  }
  wait();
}

void acceptor::accepted(int descriptor) {
  stream_socket socket(descriptor);
  const std::optional<entry> way = enter();
  if (!way) {
    server_.refused_connections.fetch_add(1, std::memory_order_relaxed);
    server_.log.write(frequent::connection_refused, log_level::warning,
                      "event=connection_refused reason=connections_max");
    return;
  }
  server_.connections.fetch_add(1);
  worker& taker = *server_.workers[next_];
  next_ = (next_ + 1) % server_.workers.size();
  boost::asio::post(taker.loop(), [&taker, as = *way, socket = std::move(socket)]() mutable {
    taker.adopt(std::move(socket), as);
  });
}

/// Takes a place for a connection, if there is one.
std::optional<entry> acceptor::enter() {
  const auto take = [this](entry which, std::uint32_t most) {
    std::atomic<std::uint32_t>& count = server_.connections_of(which);
    if (count.fetch_add(1) < most) return true;
    count.fetch_sub(1);
    return false;
  };
  const http_server_params& params = server_.params;
  if (operations_) {
    return take(entry::operations, params.admin_connections_max) ? std::optional(entry::operations)
                                                                 : std::nullopt;
  }
  if (take(entry::crowd, params.connections_max)) return entry::crowd;
  // Those of one turn come on top: they push the older ones out once their loops have them.
  if (take(entry::reserve, params.connections_reserved * 2)) return entry::reserve;
  return std::nullopt;
}

}  // namespace seckill::inline v1::http
