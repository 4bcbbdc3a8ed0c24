#include "../api/site.hpp"
#include <seckill/http/static_site.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

namespace seckill::inline v1 {
namespace {

namespace fs = std::filesystem;
using sources = std::map<std::string, std::string, std::less<>>;

result<std::string> read(const fs::path& file) {
  std::ifstream from(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
  if (from.bad() || !from.is_open()) return make_error(errc::read_failed, "cannot read " + file.string());
  return bytes;
}

error too_much(const fs::path& file, const char* param, std::uint64_t bound) {
  return make_error(errc::invalid_argument, "site file " + file.string() + " is beyond static_site_params::" +
                                                param + ", which is " + std::to_string(bound));
}

result<sources> read_all(const static_site_params& params) {
  sources files;
  std::uint64_t total = 0;
  std::error_code failed;
  for (fs::directory_iterator at(params.directory, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& file = at->path();
    std::error_code unreadable;
    if (!at->is_regular_file(unreadable)) continue;
    const std::uint64_t size = at->file_size(unreadable);
    if (unreadable)
      return make_error(errc::read_failed, "cannot read " + file.string() + ": " + unreadable.message());
    if (size > params.file_size_max) return too_much(file, "file_size_max", params.file_size_max);
    if ((total += size) > params.total_size_max)
      return too_much(file, "total_size_max", params.total_size_max);
    if (files.size() >= params.files_max) return too_much(file, "files_max", params.files_max);
    auto bytes = read(file);
    if (!bytes) return bytes.error();
    files.emplace(file.filename().string(), std::move(*bytes));
  }
  if (failed) {
    return make_error(errc::read_failed,
                      "cannot read the site directory " + params.directory + ": " + failed.message());
  }
  return files;
}

}  // namespace

result<static_site> static_site::load(const static_site_params& params) {
  auto files = read_all(params);
  if (!files) return files.error();
  auto made = http::site::make(*files);
  if (!made) return made.error();
  return static_site(std::make_unique<http::site>(std::move(*made)));
}

static_site::static_site(std::unique_ptr<http::site> contents) : contents_(std::move(contents)) {}
static_site::static_site(static_site&&) noexcept = default;
static_site& static_site::operator=(static_site&&) noexcept = default;
static_site::~static_site() = default;

}  // namespace seckill::inline v1
