#include "policy/filter_image.hpp"

#include <seckill/hash.hpp>

#include <bit>
#include <cassert>
#include <cstring>
#include <string>

namespace seckill::inline v1 {
namespace {

constexpr std::size_t name_bytes = 8;
constexpr std::size_t head_words = 5;
constexpr std::size_t head_bytes = name_bytes + head_words * sizeof(std::uint64_t);
using head = std::array<std::uint64_t, head_words>;

static_assert(std::endian::native == std::endian::little, "images are written as memory lies");

std::uint64_t checksum(const head& words, std::span<const std::byte> body) noexcept {
  return xxh64(body, xxh64(std::as_bytes(std::span(words).first(head_words - 1))));
}

error corrupt(std::string_view name, std::string_view what) {
  return make_error(errc::corrupt_data,
                    std::string(name) + " image " + std::string(what) + ": build the filter again");
}

}  // namespace

std::vector<std::byte> filter_image::write(std::string_view name) const {
  assert(name.size() == name_bytes);
  head words = {version, fields[0], fields[1], body.size(), 0};
  words.back() = checksum(words, body);
  std::vector<std::byte> image(head_bytes + body.size());
  std::memcpy(image.data(), name.data(), name_bytes);
  std::memcpy(image.data() + name_bytes, words.data(), sizeof words);
  if (!body.empty()) std::memcpy(image.data() + head_bytes, body.data(), body.size());
  return image;
}

result<filter_image> filter_image::read(std::string_view name, std::span<const std::byte> image) {
  if (image.size() < head_bytes) return corrupt(name, "is too short");
  if (std::memcmp(image.data(), name.data(), name_bytes) != 0)
    return corrupt(name, "does not start with its name");
  head words{};
  std::memcpy(words.data(), image.data() + name_bytes, sizeof words);
  if (words[0] > version) {
    return make_error(errc::version_unsupported, std::string(name) + " image has version " +
                                                     std::to_string(words[0]) +
                                                     ": written by a newer release");
  }
  const std::span<const std::byte> body = image.subspan(head_bytes);
  if (words[3] != body.size()) return corrupt(name, "has the wrong size");
  if (words[4] != checksum(words, body)) return corrupt(name, "does not match its checksum");
  return filter_image{.fields = {words[1], words[2]}, .body = body};
}

}  // namespace seckill::inline v1
