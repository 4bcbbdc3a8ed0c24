#include "data_directory.hpp"

#include "format_line.hpp"

#include <array>
#include <fcntl.h>
#include <string>
#include <system_error>

namespace seckill::inline v1 {
namespace {

namespace fs = std::filesystem;

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

result<format_line> read_format(const fs::path& path, std::string_view kind, std::uint32_t version) {
  const result<open_file> file = open_file::open(path / "FORMAT", O_RDONLY);
  if (!file) return file.error();
  std::array<char, 256> text{};
  const result<std::size_t> count =
      read_some(*file, std::as_writable_bytes(std::span(text)), path / "FORMAT");
  if (!count) return count.error();
  const std::string_view whole(text.data(), *count);
  const auto line = parse_format_line(whole, version);
  if (!line && whole.starts_with("seckill " + std::string(kind) + " "))
    return make_error(errc::corrupt_data, (path / "FORMAT").string() +
                                              ": damaged; restore this file from a copy of the directory");
  if (!line || line->kind != kind) return not_ours(path, kind);
  if (line->version <= version) return *line;
  return make_error(errc::version_unsupported,
                    path.string() + ": of format " + std::to_string(line->version) +
                        ", this version of seckill has " + std::to_string(version) +
                        "; use the version that wrote it, or restore an older copy");
}

// A directory of version 1 belongs to any installation.
std::optional<ledger_identity> identity_in(const format_line& line) {
  return line.version == 1 ? std::optional(ledger_identity{}) : line.identity;
}

}  // namespace

result<data_directory> data_directory::open(const fs::path& path, std::string_view kind,
                                            std::uint32_t version) {
  data_directory directory;
  directory.path_ = path.lexically_normal();
  directory.kind_ = kind;
  directory.version_ = version;
  if (auto made = make_directory(directory.path_); !made) return made.error();
  if (!is_ours_or_empty(directory.path_)) return not_ours(directory.path_, kind);
  result<open_file> held = lock(directory.path_);
  if (!held) return held.error();
  directory.lock_ = std::move(*held);

  std::error_code failed;
  if (!fs::exists(directory.path_ / "FORMAT", failed))
    if (auto made = replace_file(directory.path_ / "FORMAT", to_text({directory.kind_, version, {}})); !made)
      return made.error();
  const auto line = read_format(directory.path_, kind, version);
  if (!line) return line.error();
  directory.identity_ = identity_in(*line);
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
  const auto line = read_format(directory.path_, kind, version);
  if (!line) return line.error();
  directory.identity_ = identity_in(*line);
  return directory;
}

result<void> data_directory::adopt(const ledger_identity& whose) {
  if (identity_ == whose) return {};
  if (identity_ && !identity_->fleet.is_zero())
    return make_error(errc::invalid_argument, path_.string() + ": belongs to " + to_string(*identity_) +
                                                  ", not to " + to_string(whose) +
                                                  "; restore the directory of this installation");
  if (auto written = replace_file(path_ / "FORMAT", to_text({kind_, version_, whose})); !written)
    return written;
  identity_ = whose;
  return {};
}

}  // namespace seckill::inline v1
