#pragma once

#include <seckill/ids.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace seckill::inline v1::http {

/// A decimal number from 1 to 2^64 - 1 in its only spelling: no sign, no leading zero.
[[nodiscard]] std::optional<std::uint64_t> parse_id(std::string_view text) noexcept;

/// A UUID, 8-4-4-4-12 hexadecimal digits in either case, bare or in double quotes (a structured field's
/// string, as the IETF draft of the Idempotency-Key field has it). The nil UUID is refused.
[[nodiscard]] std::optional<request_id> parse_uuid(std::string_view text) noexcept;

}  // namespace seckill::inline v1::http
