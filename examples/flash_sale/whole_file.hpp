#pragma once

#include <seckill/error.hpp>

#include <string>
#include <string_view>

namespace flash_sale {

/// Writes a file that is there wholly or not at all, whatever crashes, with these permission bits.
/// Errors: errc::storage_failed, naming the file.
[[nodiscard]] seckill::result<void> write_whole_file(const std::string& file, std::string_view text,
                                                     unsigned mode);

}  // namespace flash_sale
