#pragma once

#include <seckill/error.hpp>

#include <string>

namespace flash_sale {

/// Reads the operator's token from its file, or makes a random one there that only its owner can read.
/// Errors: errc::invalid_argument if the file holds no token (at least 16 printable characters) or others may
/// read it, errc::read_failed, errc::storage_failed; the text names the file and the cure, never the token.
[[nodiscard]] seckill::result<std::string> read_or_make_token(const std::string& file);

}  // namespace flash_sale
