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

/// Lines with time and level on standard error, through spdlog.
[[nodiscard]] SECKILL_EXPORT log_hook log_to_stderr();

}  // namespace seckill::inline v1
