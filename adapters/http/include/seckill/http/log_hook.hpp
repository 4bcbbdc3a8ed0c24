#pragma once

#include <seckill/export.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

namespace seckill::inline v1 {

enum class log_level : std::uint8_t {
  debug,
  info,
  warning,
  error
};

/// Takes one line of a log: `key=value` pairs, texts in double quotes, without level, time or line end.
/// Called from any of the server's threads, several at once; must not block for long and must not throw.
/// Never sees tokens or bodies.
using log_hook = std::function<void(log_level level, std::string_view line)>;

/// Lines with time and level on standard error. Never keeps its caller: lines go through one bounded queue of the
/// process to a thread that writes without blocking. What the queue has no room for, and what standard error does not
/// take (a pipe that nobody reads or whose reader has gone, a full disk, a stopped terminal), is dropped and counted.
/// Raises no SIGPIPE.
[[nodiscard]] SECKILL_EXPORT log_hook log_to_stderr();

/// Lines that log_to_stderr() has dropped since the start of the process. Threads: any.
[[nodiscard]] SECKILL_EXPORT std::uint64_t log_lines_dropped() noexcept;

}  // namespace seckill::inline v1
