#include "stream_socket.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace seckill::inline v1::http {
namespace {

/// Moves bytes; a signal that comes between is nothing.
template <typename Move>
stream_socket::progress moved_by(const Move& move) noexcept {
  ::ssize_t size = 0;
  do {
    size = move();
  } while (size < 0 && errno == EINTR);
  if (size >= 0) return {static_cast<std::size_t>(size)};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {.blocked = true};
  return {.failed = {errno, boost::system::system_category()}};
}

::iovec piece_of(std::string_view bytes) noexcept {
  return {const_cast<char*>(bytes.data()), bytes.size()};  // sending only reads them
}

}  // namespace

stream_socket::stream_socket(stream_socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

stream_socket::progress stream_socket::receive(std::span<char> into) noexcept {
  return moved_by([&] { return ::recv(descriptor_, into.data(), into.size(), 0); });
}

stream_socket::progress stream_socket::send(std::string_view first, std::string_view second) noexcept {
  if (second.empty())
    return moved_by([&] { return ::send(descriptor_, first.data(), first.size(), MSG_NOSIGNAL); });
  std::array pieces{piece_of(first), piece_of(second)};
  ::msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return moved_by([&] { return ::sendmsg(descriptor_, &message, MSG_NOSIGNAL); });
}

std::optional<boost::asio::ip::address> stream_socket::peer() const {
  boost::asio::ip::tcp::endpoint found;
  auto size = static_cast<::socklen_t>(found.capacity());
  if (::getpeername(descriptor_, found.data(), &size) != 0) return std::nullopt;
  return found.address();
}

bool stream_socket::send_at_once() noexcept {
  const int on = 1;
  return ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

bool stream_socket::shut_down() noexcept { return ::shutdown(descriptor_, SHUT_WR) == 0; }

void stream_socket::cut_when_closed() noexcept {
  const ::linger drop{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &drop,
               sizeof drop);  // if it fails, it closes all the same
}

void stream_socket::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace seckill::inline v1::http
