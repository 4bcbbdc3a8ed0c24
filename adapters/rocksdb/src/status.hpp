#pragma once

#include <seckill/error.hpp>

#include <rocksdb/status.h>

#include <filesystem>
#include <string_view>

namespace seckill::inline v1 {

enum class access : bool {
  reading,
  writing,
};

/// What `status`, which is not ok, means to a caller; `doing` and the directory go into the text with the
/// cure, which for damage is the one given.
[[nodiscard]] error to_error(const rocksdb::Status& status, access kind, std::string_view doing,
                             const std::filesystem::path& directory, std::string_view cure_of_damage);

}  // namespace seckill::inline v1
