#include "request_target.hpp"

#include "field_list.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace seckill::inline v1::http {
namespace {

constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// `unreserved` and `sub-delims` of RFC 3986.
constexpr bool is_name_char(char c) noexcept {
  return is_alpha(c) || is_digit(c) || std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

constexpr auto table_of(bool (*has)(char)) {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = has(static_cast<char>(i));
  return table;
}

/// What may stand in a path or query. Browsers send a few characters that RFC 3986 wants encoded (`|`, `{`, `^`, a bare
/// `%`); they do no harm. Whitespace, quotes, angle brackets, a fragment and bytes beyond ASCII do not occur.
constexpr auto resource_chars = table_of([](char c) {
  return c > ' ' && c < 0x7f && std::string_view("\"<>#").find(c) == std::string_view::npos;
});
constexpr auto name_chars = table_of(is_name_char);

bool all_in(const std::array<bool, 256>& table, std::string_view text) noexcept {
  return std::ranges::all_of(text, [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

/// A name or an IPv4 address. May be empty.
bool is_reg_name(std::string_view text) noexcept {
  for (std::size_t percent = text.find('%'); percent != std::string_view::npos; percent = text.find('%')) {
    if (text.size() < percent + 3 || !is_hex(text[percent + 1]) || !is_hex(text[percent + 2])) return false;
    if (!all_in(name_chars, text.substr(0, percent))) return false;
    text.remove_prefix(percent + 3);
  }
  return all_in(name_chars, text);
}

/// What stands in brackets: an IPv6 address without a zone, or the IPvFuture of RFC 3986.
bool is_ip_literal(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto future = [](char c) { return c == ':' || name_chars[static_cast<unsigned char>(c)]; };
    return dot > 1 && std::ranges::all_of(text.substr(1, dot - 1), is_hex) && dot + 1 < text.size() &&
           std::ranges::all_of(text.substr(dot + 1), future);
  }
  if (text.find('%') != std::string_view::npos) return false;
  boost::system::error_code wrong;
  boost::asio::ip::make_address_v6(std::string(text), wrong);
  return !wrong;
}

struct host_and_port {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<host_and_port> parse_host(std::string_view value) {
  host_and_port found;
  std::string_view behind;
  if (value.starts_with('[')) {
    const std::size_t close = value.find(']');
    if (close == std::string_view::npos || !is_ip_literal(value.substr(1, close - 1))) return std::nullopt;
    found.host = value.substr(0, close + 1);
    behind = value.substr(close + 1);
  } else {
    found.host = value.substr(0, value.find(':'));
    if (!is_reg_name(found.host)) return std::nullopt;
    behind = value.substr(found.host.size());
  }
  if (behind.empty()) return found;
  found.port = behind.substr(1);
  if (behind.front() != ':' || !std::ranges::all_of(*found.port, is_digit)) return std::nullopt;
  return found;
}

std::optional<target_scheme> parse_scheme(std::string_view text) noexcept {
  const auto fits = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
  if (text.empty() || !is_alpha(text.front()) || !std::ranges::all_of(text, fits)) return std::nullopt;
  if (same_token(text, "http")) return target_scheme::http;
  if (same_token(text, "https")) return target_scheme::https;
  return target_scheme::other;
}

}  // namespace

std::optional<request_target> parse_target(std::string_view target) noexcept {
  if (!all_in(resource_chars, target)) return std::nullopt;
  if (target.starts_with('/')) return request_target{target_scheme::not_said, target};
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const auto scheme = parse_scheme(target.substr(0, colon));
  const std::string_view rest = target.substr(colon + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const auto authority = parse_host(rest.substr(0, authority_end));
  if (!scheme || !authority || authority->host.empty()) return std::nullopt;
  return request_target{*scheme, rest.substr(authority_end)};
}

bool is_host(std::string_view value) noexcept { return parse_host(value).has_value(); }

bool is_authority(std::string_view target) noexcept {
  const auto found = parse_host(target);
  return found && !found->host.empty() && found->port && !found->port->empty();
}

}  // namespace seckill::inline v1::http
