#include "toy_service.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace seckill::crowd {
namespace {

std::string_view header(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) return {};
  const std::size_t from = at + name.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

void watch(int poll, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
}

}  // namespace

toy_service::toy_service(handler answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 4'096) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port for the toy service");
  }
  port_ = ntohs(address.sin_port);
  poll_ = epoll_create1(EPOLL_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC);
  watch(poll_, listener_);
  watch(poll_, stop_);
  thread_ = std::thread([this] { serve(); });
}

toy_service::~toy_service() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
  thread_.join();
  for (const auto& [socket, received] : received_) ::close(socket);
  for (const int each : {listener_, poll_, stop_}) ::close(each);
}

void toy_service::serve() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<std::size_t>(i)].data.fd;
      if (ready == stop_) return;
      if (ready == listener_) {
        accept_one();
      } else {
        read_from(ready);
      }
    }
  }
}

void toy_service::accept_one() {
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) return;
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  received_[socket];
  watch(poll_, socket);
}

void toy_service::read_from(int socket) {
  std::array<char, 65'536> chunk;
  const ssize_t count = ::recv(socket, chunk.data(), chunk.size(), 0);
  if (count <= 0) return drop(socket);
  std::string& received = received_[socket];
  received.append(chunk.data(), static_cast<std::size_t>(count));
  if (!answer_all(socket, received)) drop(socket);
}

bool toy_service::answer_all(int socket, std::string& received) {
  for (;;) {
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const std::string_view head = std::string_view(received).substr(0, end + 2);
    std::size_t body_size = 0;
    const std::string_view length = header(head, "Content-Length: ");
    std::from_chars(length.data(), length.data() + length.size(), body_size);
    if (received.size() < end + 4 + body_size) return true;
    const std::size_t space = head.find(' ');
    const std::string response =
        answer_({.method = head.substr(0, space),
                 .target = head.substr(space + 1, head.find(' ', space + 1) - space - 1),
                 .idempotency_key = header(head, "Idempotency-Key: "),
                 .authorization = header(head, "Authorization: "),
                 .body = std::string_view(received).substr(end + 4, body_size)});
    if (response.empty()) return false;
    if (::send(socket, response.data(), response.size(), MSG_NOSIGNAL) < 0) return false;
    received.erase(0, end + 4 + body_size);
  }
}

void toy_service::drop(int socket) {
  received_.erase(socket);
  ::close(socket);
}

std::string toy_response(int status, std::string_view body, std::string_view extra_headers) {
  std::string response = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
  response.append(extra_headers).append("Content-Length: ").append(std::to_string(body.size()));
  return response.append("\r\n\r\n").append(body);
}

}  // namespace seckill::crowd
