#pragma once

#include "bench/crowd/client.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace seckill {

/// What the standard output and error of a shop are.
enum class shop_output : std::uint8_t {
  file,         ///< what output() reads
  unread_pipe,  ///< a pipe that nobody reads, but which stays open
  broken_pipe,  ///< a pipe whose reader has gone
  closed,
  full_disk,  ///< every write fails with ENOSPC
};

/// How to start a shop.
struct shop_params {
  std::string data;  ///< directory
  std::vector<std::string> flags{};
  std::optional<std::uint64_t>
      file_size_max{};  ///< no file grows beyond it: a disk that is full, without one
  std::optional<std::uint64_t> open_files_max{};  ///< soft and hard limit of descriptors
  shop_output output_to = shop_output::file;
  std::optional<std::chrono::milliseconds> killed_after{};  ///< wherever it is then in its start
};

/// A seckill_flash_sale of its own on a free loopback port. It is killed with this object and with the test.
class shop_process {
 public:
  static constexpr std::chrono::seconds patience{60};  ///< for whatever must happen in the end

  /// Starts it and waits until it can be reached, or has ended.
  explicit shop_process(shop_params params);
  shop_process(const shop_process&) = delete;
  shop_process& operator=(const shop_process&) = delete;
  ~shop_process();

  /// It serves. Otherwise status() tells how it ended and output() why.
  [[nodiscard]] bool serving() const noexcept { return port_ != 0; }
  [[nodiscard]] crowd::endpoint endpoint() const { return {.host = "127.0.0.1", .port = port_}; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// kill -9 and wait.
  void kill_hard();
  /// Asks it to end and returns at once.
  void ask_to_end() const;
  /// Waits until it has ended: its exit status, or -(the signal that ended it). Nothing: it did not end in
  /// time.
  [[nodiscard]] std::optional<int> wait();
  /// Both.
  [[nodiscard]] std::optional<int> terminate();

  /// What it has printed so far, on both streams.
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string token() const;

 private:
  void start();
  int open_output();
  void wait_until_serving();
  bool ended();

  shop_params params_;
  std::string port_file_;
  std::string output_file_;
  int unread_ = -1;  ///< the reading end of an unread pipe
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  std::optional<int> status_;
};

}  // namespace seckill
