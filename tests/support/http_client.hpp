#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace seckill::testing {

struct http_response {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
  std::string body;

  [[nodiscard]] std::string field(std::string_view name) const {
    const auto found =
        std::ranges::find(fields, name, [](const auto& each) { return std::string_view(each.first); });
    return found == fields.end() ? "" : found->second;
  }
};

/// A client that sends exactly the bytes it is told to, and blocks. Throws std::runtime_error if nothing comes for ten
/// seconds, so that a hang is a failure.
class http_client {
 public:
  explicit http_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  http_client(http_client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  http_client& operator=(http_client&&) = delete;
  ~http_client() {
    if (socket_ >= 0) ::close(socket_);
  }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("the server does not take what is sent");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void shut_sending() const { ::shutdown(socket_, SHUT_WR); }
  /// Closes so that the server sees a reset.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(std::exchange(socket_, -1));
  }

  /// The next response; nothing if the server closed before one began. `to_head`: it answers a HEAD, so has no body.
  std::optional<http_response> receive(bool to_head = false) {
    const std::size_t head_end = wait_for("\r\n\r\n");
    if (head_end == std::string::npos) {
      if (received_.empty()) return std::nullopt;
      throw std::runtime_error("the server closed within a head: " + received_);
    }
    http_response got = parse_head(std::string_view(received_).substr(0, head_end));
    received_.erase(0, head_end + 4);
    const std::string size_text = got.field("content-length");
    std::size_t size = 0;
    std::from_chars(size_text.data(), size_text.data() + size_text.size(), size);
    if (to_head || got.status == 304 || got.status == 100) size = 0;
    while (received_.size() < size) {
      if (!receive_some()) throw std::runtime_error("the server closed within a body");
    }
    got.body = received_.substr(0, size);
    received_.erase(0, size);
    return got;
  }

  /// The bytes up to and with `end`, of a stream without a length; nothing if the server closed before.
  std::optional<std::string> receive_until(std::string_view end) {
    const std::size_t at = wait_for(end);
    if (at == std::string::npos) return std::nullopt;
    std::string piece = received_.substr(0, at + end.size());
    received_.erase(0, piece.size());
    return piece;
  }

  /// Waits for the server to close; false if it sends something instead.
  bool closed_by_server() { return received_.empty() && !receive_some(); }

 private:
  static http_response parse_head(std::string_view head) {
    http_response got;
    const std::size_t line_end = std::min(head.find("\r\n"), head.size());
    if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not a response: " + std::string(head));
    std::from_chars(head.data() + 9, head.data() + 12, got.status);
    head.remove_prefix(std::min(line_end + 2, head.size()));
    while (!head.empty()) {
      const std::size_t end = std::min(head.find("\r\n"), head.size());
      const std::size_t colon = head.find(':');
      std::string name(head.substr(0, colon));
      std::ranges::transform(name, name.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      got.fields.emplace_back(std::move(name), head.substr(colon + 2, end - colon - 2));
      head.remove_prefix(std::min(end + 2, head.size()));
    }
    return got;
  }

  std::size_t wait_for(std::string_view end) {
    std::size_t at = 0;
    while ((at = received_.find(end)) == std::string::npos) {
      if (!receive_some()) return std::string::npos;
    }
    return at;
  }

  bool receive_some() {
    char bytes[16384];
    const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size < 0 && errno == ECONNRESET) return false;
    if (size < 0) throw std::runtime_error("nothing comes from the server");
    received_.append(bytes, static_cast<std::size_t>(size));
    return size > 0;
  }

  int socket_;
  std::string received_;
};

}  // namespace seckill::testing
