#include "field_list.hpp"

#include <algorithm>

namespace seckill::inline v1::http {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Takes one entity tag off a list. Commas separate tags but may also stand inside one, and a backslash escapes nothing
/// (RFC 9110, section 8.8.3). Nothing at the end, or where no tag begins.
std::optional<std::string_view> next_tag(std::string_view& rest) noexcept {
  const std::size_t start = rest.find_first_not_of(" \t,");
  if (start == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(start);
  const std::size_t open = rest.starts_with("W/") ? 2 : 0;
  if (rest.size() <= open || rest[open] != '"') return std::nullopt;
  const std::size_t close = rest.find('"', open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view tag = rest.substr(0, close + 1);
  rest.remove_prefix(tag.size());
  return tag;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_token(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> next_element(std::string_view& rest) noexcept {
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view element = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

bool names_tag(std::string_view list, std::string_view etag, tag_comparison how) noexcept {
  if (trimmed(list) == "*") return true;
  while (const auto tag = next_tag(list)) {
    const bool weak = tag->starts_with("W/");
    if (weak && how == tag_comparison::strong) continue;
    if (!etag.empty() && tag->substr(weak ? 2 : 0) == etag) return true;
  }
  return false;
}

}  // namespace seckill::inline v1::http
