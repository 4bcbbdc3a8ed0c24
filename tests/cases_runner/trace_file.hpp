#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seckill::cases {

/// Reads a trace: one unsigned decimal key a line, plain or gzip. Throws std::runtime_error that names the
/// file.
[[nodiscard]] std::vector<std::uint64_t> read_trace(const std::string& path);

}  // namespace seckill::cases
