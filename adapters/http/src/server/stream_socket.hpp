#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace seckill::inline v1::http {

/// A connected stream socket that never blocks, without an event loop. Owns its descriptor.
class stream_socket {
 public:
  /// Takes over a descriptor that does not block.
  explicit stream_socket(int descriptor) noexcept : descriptor_(descriptor) {}
  stream_socket(stream_socket&& other) noexcept;
  stream_socket& operator=(const stream_socket&) = delete;
  ~stream_socket() { close(); }

  struct progress {
    std::size_t size = 0;  ///< bytes moved; 0 received without an error: the peer sends no more
    bool blocked = false;  ///< none, and it would have to wait
    boost::system::error_code failed{};
  };
  [[nodiscard]] progress receive(std::span<char> into) noexcept;
  /// Sends the first, then the second; either may be empty.
  [[nodiscard]] progress send(std::string_view first, std::string_view second) noexcept;

  /// Nothing if it is gone already.
  [[nodiscard]] std::optional<boost::asio::ip::address> peer() const;
  /// Answers go out at once, however small.
  [[nodiscard]] bool send_at_once() noexcept;
  /// Ends our side.
  [[nodiscard]] bool shut_down() noexcept;
  /// Closing will drop what is not sent, and tell the peer that it was cut.
  void cut_when_closed() noexcept;
  void close() noexcept;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace seckill::inline v1::http
