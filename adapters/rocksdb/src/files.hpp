#pragma once

#include "status.hpp"
#include <seckill/error.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// Files as POSIX has them, for what must be locked, synced in bursts, or renamed into place.
namespace seckill::inline v1 {

class open_file {
 public:
  open_file() = default;
  explicit open_file(int descriptor) noexcept : descriptor_(descriptor) {}
  open_file(open_file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  open_file& operator=(open_file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~open_file();

  /// `flags` are those of open(2); the file is never passed on to a program that this one starts.
  [[nodiscard]] static result<open_file> open(const std::filesystem::path& path, int flags);
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// For a file that has another one's name no more: takes the lock of flock(2), if it is free.
  [[nodiscard]] bool try_lock() const noexcept;

 private:
  int descriptor_ = -1;
};

/// The error that errno tells.
[[nodiscard]] error errno_error(access kind, std::string_view doing, const std::filesystem::path& path);

[[nodiscard]] result<void> write_all(const open_file& file, std::span<const std::byte> bytes,
                                     const std::filesystem::path& path);
/// Reads until `into` is full or the file ends; says how much.
[[nodiscard]] result<std::size_t> read_some(const open_file& file, std::span<std::byte> into,
                                            const std::filesystem::path& path);
[[nodiscard]] result<void> sync_file(const open_file& file, const std::filesystem::path& path);
/// Makes the names in a directory durable.
[[nodiscard]] result<void> sync_directory(const std::filesystem::path& directory);
/// Makes it and its parents, durably; no error if it is there.
[[nodiscard]] result<void> make_directory(const std::filesystem::path& directory);
/// Writes a small file so that after a crash the old one or the new one is there.
[[nodiscard]] result<void> replace_file(const std::filesystem::path& path, std::string_view content);

}  // namespace seckill::inline v1
