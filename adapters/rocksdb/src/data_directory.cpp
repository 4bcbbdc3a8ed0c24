#include "data_directory.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <system_error>

namespace seckill::inline v1 {
namespace {

namespace fs = std::filesystem;

// "seckill <kind> <version>\n"
std::string format_line(std::string_view kind, std::uint32_t version) {
  return "seckill " + std::string(kind) + " " + std::to_string(version) + "\n";
}

error not_ours(const fs::path& path, std::string_view kind) {
  return make_error(errc::invalid_argument, path.string() + ": not a seckill " + std::string(kind) +
                                                " directory; name an empty or new one");
}

bool is_ours_or_empty(const fs::path& path) {
  std::error_code failed;
  if (fs::exists(path / "FORMAT", failed)) return true;
  for (const auto& entry : fs::directory_iterator(path, failed))
    if (entry.path().filename() != "lock" && entry.path().filename() != "FORMAT.tmp") return false;
  return true;
}

result<open_file> lock(const fs::path& path) {
  result<open_file> file = open_file::open(path / "lock", O_RDWR | O_CREAT);
  if (!file || file->try_lock()) return file;
  return make_error(errc::already_open,
                    path.string() +
                        ": in use by another process or by another part of this one; stop that, or " +
                        "use another directory");
}

result<void> check_format(const fs::path& path, std::string_view kind, std::uint32_t version) {
  const result<open_file> file = open_file::open(path / "FORMAT", O_RDONLY);
  if (!file) return file.error();
  std::array<char, 64> text{};
  const result<std::size_t> count =
      read_some(*file, std::as_writable_bytes(std::span(text)), path / "FORMAT");
  if (!count) return count.error();
  const std::string_view line(text.data(), *count);
  const std::string start = "seckill " + std::string(kind) + " ";
  std::uint32_t found = 0;
  if (!line.starts_with(start)) return not_ours(path, kind);
  const std::string_view number = line.substr(start.size());
  if (std::from_chars(number.data(), number.data() + number.size(), found).ec != std::errc{})
    return not_ours(path, kind);
  if (found == version) return {};
  return make_error(errc::version_unsupported,
                    path.string() + ": of format " + std::to_string(found) +
                        ", this version of seckill has " + std::to_string(version) +
                        "; use the version that wrote it, or restore an older copy");
}

}  // namespace

result<data_directory> data_directory::open(const fs::path& path, std::string_view kind,
                                            std::uint32_t version) {
  data_directory directory;
  directory.path_ = path.lexically_normal();
  if (auto made = make_directory(directory.path_); !made) return made.error();
  if (!is_ours_or_empty(directory.path_)) return not_ours(directory.path_, kind);
  result<open_file> held = lock(directory.path_);
  if (!held) return held.error();
  directory.lock_ = std::move(*held);

  std::error_code failed;
  if (!fs::exists(directory.path_ / "FORMAT", failed))
    if (auto made = replace_file(directory.path_ / "FORMAT", format_line(kind, version)); !made)
      return made.error();
  if (auto good = check_format(directory.path_, kind, version); !good) return good.error();
  if (!fs::exists(directory.path_ / "synced", failed) && fs::exists(directory.database() / "CURRENT", failed))
    return make_error(
        errc::missing_data,
        (directory.path_ / "synced").string() +
            " is missing: it says how much of what is stored was acknowledged, so nobody knows "
            "whether anything is lost. Nothing was changed; restore the directory from a backup, or "
            "save what can be read with `seckill salvage`");
  auto mark = synced_mark::open(directory.path_ / "synced");
  if (!mark) return mark.error();
  directory.synced_ = std::move(*mark);
  auto files = inventory::open(directory.path_ / "inventory");
  if (!files) return files.error();
  directory.files_ = std::move(*files);
  return directory;
}

result<data_directory> data_directory::look(const fs::path& path, std::string_view kind,
                                            std::uint32_t version) {
  data_directory directory;
  directory.path_ = path.lexically_normal();
  if (auto good = check_format(directory.path_, kind, version); !good) return good.error();
  return directory;
}

}  // namespace seckill::inline v1
