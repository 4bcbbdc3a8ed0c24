#include "http_wire.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace seckill::crowd {
namespace {

constexpr std::string_view line_end = "\r\n";

bool equal_ignoring_case(std::string_view a, std::string_view lower) noexcept {
  return std::ranges::equal(a, lower, [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <typename Integer>
std::optional<Integer> number(std::string_view text) noexcept {
  Integer value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "HTTP/1.1 200 OK"
std::optional<int> status_of(std::string_view line) noexcept {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return std::nullopt;
  const auto status = number<int>(line.substr(9, 3));
  if (!status || *status < 200 || *status > 599) return std::nullopt;
  return status;
}

struct head {
  http_response response;
  std::optional<std::size_t> body_size;
};

bool read_field(std::string_view line, head& into) noexcept {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (equal_ignoring_case(name, "content-length")) {
    into.body_size = number<std::size_t>(value);
    return into.body_size.has_value() && *into.body_size <= response_body_max;
  }
  if (equal_ignoring_case(name, "connection")) {
    into.response.keep_alive = !equal_ignoring_case(value, "close");
  } else if (equal_ignoring_case(name, "retry-after")) {
    into.response.retry_after_s = number<std::uint32_t>(value).value_or(0);
  }
  return true;
}

// `text` is everything before the empty line.
std::optional<head> read_head(std::string_view text) noexcept {
  head read;
  std::size_t end = text.find(line_end);
  const auto status = status_of(text.substr(0, end));
  if (!status) return std::nullopt;
  read.response.status = *status;
  while (end != std::string_view::npos) {
    text.remove_prefix(end + line_end.size());
    end = text.find(line_end);
    if (!read_field(text.substr(0, end), read)) return std::nullopt;
  }
  if (*status == 204 || *status == 304) read.body_size = 0;
  return read;
}

}  // namespace

parsed_response parse_response(std::string_view bytes) {
  constexpr std::string_view head_end = "\r\n\r\n";
  const std::size_t end = bytes.substr(0, response_head_max).find(head_end);
  if (end == std::string_view::npos) {
    return {.state = bytes.size() >= response_head_max ? parse_state::malformed : parse_state::incomplete};
  }
  auto head = read_head(bytes.substr(0, end));
  if (!head || !head->body_size) return {.state = parse_state::malformed};
  const std::size_t body_at = end + head_end.size();
  if (bytes.size() - body_at < *head->body_size) return {.state = parse_state::incomplete};
  head->response.body = bytes.substr(body_at, *head->body_size);
  return {.state = parse_state::complete, .response = head->response, .size = body_at + *head->body_size};
}

void append_request(const request_parts& parts, std::string& into) {
  into.append(parts.method).append(" ").append(parts.target).append(" HTTP/1.1\r\nHost: ").append(parts.host);
  if (!parts.idempotency_key.empty()) into.append("\r\nIdempotency-Key: ").append(parts.idempotency_key);
  if (!parts.bearer_token.empty()) into.append("\r\nAuthorization: Bearer ").append(parts.bearer_token);
  if (!parts.body.empty()) {
    into.append("\r\nContent-Type: application/json\r\nContent-Length: ")
        .append(std::to_string(parts.body.size()));
  } else if (parts.method == "POST") {
    into.append("\r\nContent-Length: 0");
  }
  into.append("\r\n\r\n").append(parts.body);
}

}  // namespace seckill::crowd
