#include "tests/cases_runner/trace_file.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <zlib.h>

namespace seckill::cases {
namespace {

struct close_gzip {
  void operator()(gzFile_s* file) const noexcept { gzclose(file); }
};

std::uint64_t parse_key(const std::string& path, std::string_view line) {
  std::uint64_t key = 0;
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), key);
  if (failed != std::errc{} || end != line.data() + line.size())
    throw std::runtime_error(path + ": not a key: " + std::string(line));
  return key;
}

}  // namespace

std::vector<std::uint64_t> read_trace(const std::string& path) {
  // zlib reads files that are not compressed as they are.
  const std::unique_ptr<gzFile_s, close_gzip> file(gzopen(path.c_str(), "rb"));
  if (file == nullptr) throw std::runtime_error(path + ": cannot be opened");
  std::vector<std::uint64_t> keys;
  std::array<char, 64> buffer{};
  while (gzgets(file.get(), buffer.data(), static_cast<int>(buffer.size())) != nullptr) {
    std::string_view line(buffer.data());
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (!line.empty()) keys.push_back(parse_key(path, line));
  }
  int status = Z_OK;
  const char* text = gzerror(file.get(), &status);
  if (status != Z_OK && status != Z_STREAM_END) throw std::runtime_error(path + ": " + text);
  return keys;
}

}  // namespace seckill::cases
