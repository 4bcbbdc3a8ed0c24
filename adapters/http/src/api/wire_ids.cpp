#include "wire_ids.hpp"

#include <charconv>

namespace seckill::inline v1::http {
namespace {

constexpr std::string_view uuid_shape = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::uint64_t> parse_id(std::string_view text) noexcept {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<request_id> parse_uuid(std::string_view text) noexcept {
  if (text.size() == uuid_shape.size() + 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, uuid_shape.size());
  }
  if (text.size() != uuid_shape.size()) return std::nullopt;
  request_id id;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (uuid_shape[i] == '-') {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    id.high = (id.high << 4U) | (id.low >> 60U);
    id.low = (id.low << 4U) | static_cast<std::uint64_t>(value);
  }
  if (id.is_zero()) return std::nullopt;
  return id;
}

}  // namespace seckill::inline v1::http
