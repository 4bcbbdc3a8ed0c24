#pragma once

#include <seckill/http/log_hook.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace seckill::inline v1::http {

/// What can happen so often that one line a second must do.
enum class frequent : std::uint8_t {
  connection_refused,
  accept_failed,
  server_error,
  stream_dropped,
  client_cut,
};
inline constexpr std::size_t frequent_count = 5;

/// The server's log. Threads: any.
class log_writer {
 public:
  explicit log_writer(log_hook hook) : hook_(std::move(hook)) {}

  void write(log_level level, std::string_view line) const {
    if (hook_) hook_(level, line);
  }
  /// At most one line per kind and second, with the number of those left out.
  void write(frequent kind, log_level level, std::string_view line);

 private:
  struct throttle {
    std::atomic<std::int64_t> next_s{0};
    std::atomic<std::uint64_t> left_out{0};
  };
  log_hook hook_;
  std::array<throttle, frequent_count> throttles_;
};

}  // namespace seckill::inline v1::http
