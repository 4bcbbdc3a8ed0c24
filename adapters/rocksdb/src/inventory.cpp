#include "inventory.hpp"

#include <seckill/hash.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace seckill::inline v1 {
namespace {

namespace fs = std::filesystem;

// As stored; little endian like every machine that we run on. The logs follow, 8 bytes each.
struct stored_head {
  std::uint64_t checksum;  // of what follows
  std::uint64_t manifest;
  std::uint64_t manifest_bytes;
  std::uint64_t log_count;
};
static_assert(sizeof(stored_head) == 32);

constexpr std::uint64_t checksum_seed = 0x494e5645;

std::uint64_t checksum_of(std::span<const std::uint64_t> words) {
  return xxh64(std::as_bytes(words), checksum_seed);
}

error damaged(const fs::path& path) {
  return make_error(errc::corrupt_data,
                    path.string() +
                        ": damaged; check the disk, then restore the directory from a backup, or save "
                        "what can be read with `seckill salvage`");
}

std::string manifest_name(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return "MANIFEST-" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

std::string log_name(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits + ".log";
}

error lost(const std::string& what) { return make_error(errc::missing_data, what); }

}  // namespace

std::uint64_t file_number(const fs::path& file) {
  std::string name = file.filename().string();
  if (name.starts_with("MANIFEST-")) name.erase(0, 9);
  std::uint64_t number = 0;
  return std::from_chars(name.data(), name.data() + name.size(), number).ec == std::errc{} ? number : 0;
}

std::uint64_t current_manifest(const fs::path& database) {
  std::ifstream current(database / "CURRENT");
  std::string name;
  return std::getline(current, name) && name.starts_with("MANIFEST-") ? file_number(name) : 0;
}

result<std::unique_ptr<inventory>> inventory::open(fs::path path) {
  auto opened = open_file::open(path, O_RDWR | O_CREAT);
  if (!opened) return opened.error();
  auto made = std::make_unique<inventory>();
  made->path_ = std::move(path);
  made->file_ = std::move(*opened);

  std::array<std::uint64_t, sizeof(stored_head) / 8 + logs_max> words{};
  const auto count = read_some(made->file_, std::as_writable_bytes(std::span(words)), made->path_);
  if (!count) return count.error();
  if (*count == 0) return made;
  stored_head head{};
  std::memcpy(&head, words.data(), sizeof head);
  const std::size_t used = sizeof head / 8 + std::min<std::uint64_t>(head.log_count, logs_max);
  if (head.log_count > logs_max || *count < used * 8 ||
      head.checksum != checksum_of(std::span(words).first(used).subspan(1)))
    return damaged(made->path_);
  made->manifest_ = head.manifest;
  made->manifest_bytes_ = head.manifest_bytes;
  made->logs_.insert(words.begin() + sizeof head / 8, words.begin() + static_cast<std::ptrdiff_t>(used));
  return made;
}

result<void> inventory::check(const fs::path& database) const {
  const std::lock_guard lock(mutex_);
  if (manifest_ == 0) return {};
  const std::uint64_t current = current_manifest(database);
  if (current < manifest_) return lost("CURRENT names an older manifest than " + manifest_name(manifest_));
  std::error_code failed;
  const std::uint64_t bytes = fs::file_size(database / manifest_name(current), failed);
  if (failed) return lost(manifest_name(current) + " is missing");
  if (current == manifest_ && bytes < manifest_bytes_)
    return lost(manifest_name(current) + " has " + std::to_string(bytes) + " bytes, of " +
                std::to_string(manifest_bytes_) + " that were synced");
  for (const std::uint64_t each : logs_)
    if (!fs::exists(database / log_name(each), failed)) return lost(log_name(each) + " is missing");
  return {};
}

result<void> inventory::manifest_synced(std::uint64_t number, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  manifest_ = number;
  manifest_bytes_ = bytes;
  return store();
}

result<void> inventory::log_closed(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (!logs_.insert(number).second) return {};
  if (logs_.size() > logs_max) logs_.erase(logs_.begin());
  return store();
}

result<void> inventory::log_dropped(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (logs_.erase(number) == 0) return {};
  if (auto done = store(); !done) return done;
  return sync_file(file_, path_);
}

// In one write, over what was there: it needs no space that the file does not have yet.
result<void> inventory::store() {
  std::vector<std::uint64_t> words(sizeof(stored_head) / 8);
  words.insert(words.end(), logs_.begin(), logs_.end());
  words[1] = manifest_;
  words[2] = manifest_bytes_;
  words[3] = logs_.size();
  words[0] = checksum_of(std::span(words).subspan(1));
  words.resize(sizeof(stored_head) / 8 + logs_max);
  const auto bytes = static_cast<ssize_t>(words.size() * 8);
  if (::pwrite(file_.descriptor(), words.data(), words.size() * 8, 0) != bytes)
    return errno_error(access::writing, "writing", path_);
  return {};
}

}  // namespace seckill::inline v1
