#include "synced_mark.hpp"

#include <seckill/hash.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace seckill::inline v1 {
namespace {

// As stored; little endian like every machine that we run on.
struct stored_mark {
  std::uint64_t value;
  std::uint64_t checksum;
};
static_assert(sizeof(stored_mark) == 16);

std::uint64_t checksum_of(std::uint64_t value) {
  return xxh64(std::as_bytes(std::span(&value, 1)), 0x53594e43);
}

}  // namespace

result<std::unique_ptr<synced_mark>> synced_mark::open(std::filesystem::path path) {
  auto opened = open_file::open(path, O_RDWR | O_CREAT);
  if (!opened) return opened.error();
  auto mark = std::make_unique<synced_mark>();
  mark->path_ = std::move(path);
  mark->file_ = std::move(*opened);

  stored_mark stored{};
  const auto raw = std::as_writable_bytes(std::span(&stored, 1));
  const result<std::size_t> count = read_some(mark->file_, raw, mark->path_);
  if (!count) return count.error();
  if (*count == 0) {
    if (auto done = mark->lower(0); !done) return done.error();
    if (auto done = sync_directory(mark->path_.parent_path()); !done) return done.error();
    return mark;
  }
  if (*count != raw.size() || stored.checksum != checksum_of(stored.value))
    return make_error(
        errc::corrupt_data,
        mark->path_.string() +
            ": damaged; check the disk, then restore the directory from a backup, or save what can "
            "be read with `seckill salvage`");
  mark->value_ = stored.value;
  return mark;
}

std::uint64_t synced_mark::value() const {
  const std::lock_guard lock(mutex_);
  return value_;
}

result<void> synced_mark::raise(std::uint64_t value) {
  const std::lock_guard lock(mutex_);
  return value <= value_ ? result<void>() : store(value);
}

result<void> synced_mark::lower(std::uint64_t value) {
  const std::lock_guard lock(mutex_);
  if (auto done = store(value); !done) return done;
  return sync_file(file_, path_);
}

result<void> synced_mark::store(std::uint64_t value) {
  const stored_mark stored{value, checksum_of(value)};
  if (::pwrite(file_.descriptor(), &stored, sizeof stored, 0) != sizeof stored)
    return errno_error(access::writing, "writing", path_);
  value_ = value;
  return {};
}

}  // namespace seckill::inline v1
