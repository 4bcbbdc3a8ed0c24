#include "snapshot_files.hpp"

#include "files.hpp"
#include <seckill/snapshot_format.hpp>

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace seckill::inline v1 {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_extension = ".tmp";

std::optional<std::uint64_t> sequence_of(const std::string& name) {
  std::uint64_t sequence = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), sequence);
  if (code != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return sequence;
}

class file_writer final : public snapshot_writer {
 public:
  file_writer(std::uint64_t sequence, fs::path temporary, fs::path final_path, std::uint32_t burst_bytes,
              std::function<result<void>()> before_visible)
      : encoder_(sequence),
        temporary_(std::move(temporary)),
        final_(std::move(final_path)),
        burst_bytes_(burst_bytes),
        before_visible_(std::move(before_visible)) {}
  file_writer(const file_writer&) = delete;
  file_writer& operator=(const file_writer&) = delete;
  ~file_writer() override {
    if (!committed_) ::unlink(temporary_.c_str());
  }

  result<void> start() {
    auto file = open_file::open(temporary_, O_WRONLY | O_CREAT | O_EXCL);
    if (!file) return file.error();
    file_ = std::move(*file);
    return put(encoder_.head());
  }

  result<void> write(std::span<const std::byte> chunk) override {
    const auto piece = encoder_.chunk(chunk);
    if (!piece) return piece.error();
    return put(*piece);
  }

  result<void> commit() override {
    if (auto done = put(encoder_.end()); !done) return done;
    if (auto done = sync_file(file_, temporary_); !done) return done;
    if (auto done = before_visible_(); !done) return done;
    if (::rename(temporary_.c_str(), final_.c_str()) != 0)
      return errno_error(access::writing, "renaming", temporary_);
    committed_ = true;
    return sync_directory(final_.parent_path());
  }

 private:
  result<void> put(std::span<const std::byte> bytes) {
    if (auto done = write_all(file_, bytes, temporary_); !done) return done;
    size_ += static_cast<off64_t>(bytes.size());
    return size_ - sent_ < burst_bytes_ ? result<void>() : send();
  }

  // Starts a burst to the disk and awaits the one before; what is there can leave the page cache.
  result<void> send() {
    const auto range = [this](off64_t from, off64_t to, unsigned how) {
      return from == to || ::sync_file_range(file_.descriptor(), from, to - from, how) == 0;
    };
    if (!range(sent_, size_, SYNC_FILE_RANGE_WRITE) ||
        !range(awaited_, sent_,
               SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER))
      return errno_error(access::writing, "writing", temporary_);
    ::posix_fadvise(file_.descriptor(), awaited_, sent_ - awaited_, POSIX_FADV_DONTNEED);
    awaited_ = std::exchange(sent_, size_);
    return {};
  }

  snapshot_encoder encoder_;
  fs::path temporary_;
  fs::path final_;
  off64_t burst_bytes_;
  std::function<result<void>()> before_visible_;
  open_file file_;
  off64_t size_ = 0;     // written
  off64_t sent_ = 0;     // on the way to the disk
  off64_t awaited_ = 0;  // there
  bool committed_ = false;
};

}  // namespace

result<std::unique_ptr<snapshot_files>> snapshot_files::open(fs::path directory, std::uint32_t burst_bytes) {
  if (auto made = make_directory(directory); !made) return made.error();
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed))
    if (entry.path().extension() == temporary_extension) fs::remove(entry.path(), failed);
  auto files = std::make_unique<snapshot_files>();
  files->directory_ = std::move(directory);
  files->burst_bytes_ = burst_bytes;
  return files;
}

fs::path snapshot_files::path_of(std::uint64_t sequence) const {
  return directory_ / std::to_string(sequence);
}

result<std::unique_ptr<snapshot_writer>> snapshot_files::write(std::uint64_t sequence,
                                                               std::function<result<void>()> before_visible) {
  const fs::path final_path = path_of(sequence);
  const fs::path temporary =
      final_path.string() + "-" + std::to_string(writers_.fetch_add(1)) + std::string(temporary_extension);
  auto writer =
      std::make_unique<file_writer>(sequence, temporary, final_path, burst_bytes_, std::move(before_visible));
  if (auto started = writer->start(); !started) return started.error();
  return writer;
}

result<std::vector<std::uint64_t>> snapshot_files::list() const {
  std::error_code failed;
  std::vector<std::uint64_t> found;
  for (fs::directory_iterator at(directory_, failed), end; !failed && at != end; at.increment(failed))
    if (const auto sequence = sequence_of(at->path().filename().string())) found.push_back(*sequence);
  if (failed)
    return make_error(errc::read_failed, directory_.string() + ": listing snapshots failed: " +
                                             failed.message() + "; check the disk and the permissions");
  std::ranges::sort(found, std::ranges::greater{});
  return found;
}

result<std::unique_ptr<snapshot_source>> snapshot_files::read(std::uint64_t sequence) const {
  const fs::path path = path_of(sequence);
  std::error_code failed;
  if (!fs::exists(path, failed))
    return make_error(errc::not_found, path.string() + ": no such snapshot; list those there are");
  auto file = open_file::open(path, O_RDONLY);
  if (!file) return file.error();
  ::posix_fadvise(file->descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL);
  auto shared = std::make_shared<open_file>(std::move(*file));
  return decode_snapshot(
      sequence, [shared, path](std::span<std::byte> into) { return read_some(*shared, into, path); });
}

result<void> snapshot_files::drop(std::uint64_t sequence) {
  std::error_code failed;
  fs::remove(path_of(sequence), failed);
  if (failed)
    return make_error(errc::storage_failed, path_of(sequence).string() + ": removing failed: " +
                                                failed.message() + "; check the permissions");
  return {};
}

}  // namespace seckill::inline v1
