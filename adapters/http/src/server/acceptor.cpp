#include "acceptor.hpp"

#include "worker.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace seckill::inline v1::http {
namespace {

/// How long to wait when the system has no descriptor or memory for another connection.
constexpr std::chrono::milliseconds exhaustion_pause{50};
/// Connections beyond the bound that are kept for the moment it takes to refuse them well.
constexpr std::uint32_t refusals_max = 64;

}  // namespace

acceptor::acceptor(server_context& server, boost::asio::io_context& loop)
    : server_(server), listening_(loop.get_executor()), pause_(loop.get_executor()) {}

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
  listening_.listen(backlog, failed);
  if (failed) return failure_at("cannot listen on");
  port_ = listening_.local_endpoint(failed).port();
  if (failed) return failure_at("cannot tell the port of");
  return {};
}

void acceptor::start() { accept_next(); }

void acceptor::close() {
  error_code ignored;  // it is closed in any case
  listening_.close(ignored);
  pause_.cancel();
}

void acceptor::accept_next() {
  worker& taker = *server_.workers[next_];
  listening_.async_accept(taker.loop().get_executor(), [this](error_code failed, socket_type socket) {
    accepted(failed, std::move(socket));
  });
}

void acceptor::accepted(error_code failed, socket_type socket) {
  if (!listening_.is_open()) return;
  if (failed) {
    server_.log.write(frequent::accept_failed, log_level::error,
                      "event=accept_failed reason=\"" + failed.message() + '"');
    pause_.expires_after(exhaustion_pause);
    pause_.async_wait([this](error_code stopped) {
      if (!stopped) accept_next();
    });
    return;
  }
  const std::uint32_t open = server_.connections.fetch_add(1) + 1;
  const bool refused = open > server_.params.connections_max;
  if (refused) {
    server_.refused_connections.fetch_add(1, std::memory_order_relaxed);
    server_.log.write(frequent::connection_refused, log_level::warning,
                      "event=connection_refused reason=connections_max");
  }
  if (open > server_.params.connections_max + refusals_max) {
    server_.connections.fetch_sub(1);
    socket.close(failed);
  } else {
    worker& taker = *server_.workers[next_];
    next_ = (next_ + 1) % server_.workers.size();
    boost::asio::post(taker.loop(), [&taker, refused, socket = std::move(socket)]() mutable {
      taker.adopt(std::move(socket), refused);
    });
  }
  accept_next();
}

}  // namespace seckill::inline v1::http
