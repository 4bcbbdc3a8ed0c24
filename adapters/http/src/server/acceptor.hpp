#pragma once

#include "asio_types.hpp"
#include "server_context.hpp"
#include <seckill/error.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace seckill::inline v1::http {

/// Accepts for all workers and hands connections out in turn. Threads: lives on one worker's loop; listen()
/// before it runs, close() from there.
class acceptor {
 public:
  /// Connections come in as entry::operations, or as the crowd's and their reserve.
  acceptor(server_context& server, boost::asio::io_context& loop, bool operations);

  /// Errors: the system's, with the address in the text.
  [[nodiscard]] result<void> listen(const std::string& address, std::uint16_t port, int backlog);
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void start();
  void close();

 private:
  void wait();
  void pause();
  void accept_all();
  void accepted(int descriptor);
  [[nodiscard]] std::optional<entry> enter();

  using acceptor_type = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor_type>;
  server_context& server_;
  const bool operations_;
  acceptor_type listening_;
  timer_type pause_;
  std::size_t next_ = 0;  ///< whose turn it is
  std::uint16_t port_ = 0;
};

}  // namespace seckill::inline v1::http
