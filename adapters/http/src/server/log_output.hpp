#pragma once

#include <string>
#include <string_view>

namespace seckill::inline v1::http {

/// A descriptor of log lines that can never keep its writer: not a pipe that nobody reads, not one whose reader has
/// gone, not a stopped terminal, not a full disk.
///
/// A pipe or terminal is opened again for non-blocking writes of our own: the flag of the inherited descriptor is
/// shared with other processes and stays as it is. Threads: one, which has SIGPIPE blocked or ignored.
class log_output {
 public:
  /// `descriptor` stays open and its owner's.
  explicit log_output(int descriptor);
  log_output(const log_output&) = delete;
  log_output& operator=(const log_output&) = delete;
  ~log_output();

  /// Writes a line with its end. False: it was not written whole, after a wait of `patience_ms` at most. A reader
  /// that has been too slow once is not waited for again until it has taken a line.
  [[nodiscard]] bool write(std::string_view line);

  static constexpr int patience_ms = 100;

 private:
  /// Bytes written, 0 if it would block, -1 if it failed.
  [[nodiscard]] long write_some(std::string_view bytes) const;
  void wait_for_room() const;

  int inherited_;
  int own_ = -1;  ///< does not block; -1: the inherited one is written to
  bool is_socket_ = false;
  bool may_block_ = false;  ///< a pipe or terminal that could not be opened again
  bool stalled_ = false;
  std::string unfinished_{};  ///< what ends a line that was cut
};

}  // namespace seckill::inline v1::http
