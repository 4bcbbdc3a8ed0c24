#include "files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace seckill::inline v1 {

namespace fs = std::filesystem;

open_file::~open_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

result<open_file> open_file::open(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor >= 0) return open_file(descriptor);
  const bool writes = (flags & (O_WRONLY | O_RDWR)) != 0;
  return errno_error(writes ? access::writing : access::reading, "opening", path);
}

bool open_file::try_lock() const noexcept { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

error errno_error(access kind, std::string_view doing, const fs::path& path) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  const errc code = full                      ? errc::storage_full
                    : kind == access::writing ? errc::storage_failed
                                              : errc::read_failed;
  const std::string_view cure =
      full ? "free some space on its file system" : "check the disk and the permissions";
  std::string text = path.string();
  text.append(": ").append(doing).append(" failed: ").append(std::generic_category().message(number));
  text.append("; ").append(cure);
  return make_error(code, std::move(text));
}

result<void> write_all(const open_file& file, std::span<const std::byte> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.descriptor(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error(access::writing, "writing", path);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

result<std::size_t> read_some(const open_file& file, std::span<std::byte> into, const fs::path& path) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t count = ::read(file.descriptor(), into.data() + filled, into.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error(access::reading, "reading", path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

result<void> sync_file(const open_file& file, const fs::path& path) {
  if (::fdatasync(file.descriptor()) != 0) return errno_error(access::writing, "syncing", path);
  return {};
}

result<void> sync_directory(const fs::path& directory) {
  const result<open_file> opened = open_file::open(directory, O_RDONLY | O_DIRECTORY);
  if (!opened) return opened.error();
  if (::fsync(opened->descriptor()) != 0) return errno_error(access::writing, "syncing", directory);
  return {};
}

result<void> make_directory(const fs::path& directory) {
  std::error_code failed;
  if (fs::is_directory(directory, failed)) return {};
  const fs::path parent = directory.parent_path();
  if (!parent.empty() && parent != directory)
    if (auto made = make_directory(parent); !made) return made;
  fs::create_directory(directory, failed);
  if (failed) {
    errno = failed.value();
    return errno_error(access::writing, "making the directory", directory);
  }
  return sync_directory(parent.empty() ? fs::path(".") : parent);
}

result<void> replace_file(const fs::path& path, std::string_view content) {
  const fs::path temporary = path.string() + ".tmp";
  {
    const result<open_file> file = open_file::open(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) return file.error();
    if (auto done = write_all(*file, std::as_bytes(std::span(content)), temporary); !done) return done;
    if (auto done = sync_file(*file, temporary); !done) return done;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return errno_error(access::writing, "renaming", temporary);
  return sync_directory(path.parent_path());
}

}  // namespace seckill::inline v1
