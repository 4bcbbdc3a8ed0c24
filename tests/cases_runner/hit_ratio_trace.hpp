#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::cases {

/// The keys of the trace of that name: generated if it is one that has a formula, else read from the directory's
/// traces/. Empty: there is no such file.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> hit_ratio_trace(const std::string& directory,
                                                                        std::string_view name);

/// As the case file counts it: over the keys' 8 bytes, least significant first, from a basis of its own.
[[nodiscard]] std::uint64_t fingerprint_of(const std::vector<std::uint64_t>& keys);

}  // namespace seckill::cases
