#pragma once

#include "files.hpp"
#include <seckill/error.hpp>

#include <cstdint>
#include <filesystem>
#include <mutex>

namespace seckill::inline v1 {

/// How far a database's acknowledged syncs reach, kept in a file of its own, outside the database.
///
/// RocksDB cannot tell a tail that a crash tore off from acknowledged records that are damaged or gone: both
/// are the end of a log. The mark can: what lies above it was never acknowledged, what is missing below it is
/// a loss. Raising it is one write into the page cache and is not synced itself, so it costs a microsecond; a
/// crash of the machine may leave an older, smaller mark, never a greater one. Threads: any.
class synced_mark {
 public:
  /// Opens the file, or makes it with 0. Errors: errc::corrupt_data if it is damaged.
  [[nodiscard]] static result<std::unique_ptr<synced_mark>> open(std::filesystem::path path);

  [[nodiscard]] std::uint64_t value() const;
  /// No effect if it is not above the present value.
  [[nodiscard]] result<void> raise(std::uint64_t value);
  /// Durable when it returns: to be called before what it covers is removed.
  [[nodiscard]] result<void> lower(std::uint64_t value);

 private:
  result<void> store(std::uint64_t value);

  std::filesystem::path path_;
  open_file file_;
  mutable std::mutex mutex_;
  std::uint64_t value_ = 0;
};

}  // namespace seckill::inline v1
