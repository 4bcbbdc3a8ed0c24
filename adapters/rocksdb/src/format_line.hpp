#pragma once

#include <seckill/ledger_identity.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seckill::inline v1 {

/// What a FORMAT file says: "seckill journal 2", and since version 2, once that is known, whose the directory is:
/// "seckill journal 2 fleet <32 digits> shard 0 of 1 layout 1".
struct format_line {
  std::string kind;
  std::uint32_t version = 0;
  std::optional<ledger_identity> identity;

  friend bool operator==(const format_line&, const format_line&) = default;
};

/// With a line feed at its end.
[[nodiscard]] std::string to_text(const format_line& line);
/// Nothing if it is not exactly what to_text() writes. Of versions above `version_max` only kind and version are read.
[[nodiscard]] std::optional<format_line> parse_format_line(std::string_view text, std::uint32_t version_max);

}  // namespace seckill::inline v1
