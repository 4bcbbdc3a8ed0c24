#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace seckill::crowd {

/// What a client needs of an HTTP/1.1 response. The body points into the bytes that were parsed.
struct http_response {
  int status = 0;
  bool keep_alive = true;
  std::uint32_t retry_after_s = 0;
  std::string_view body{};
};

enum class parse_state : std::uint8_t {
  incomplete,
  complete,
  malformed
};

struct parsed_response {
  parse_state state = parse_state::incomplete;
  http_response response{};  ///< if complete
  std::size_t size = 0;      ///< if complete: bytes that belong to it
};

inline constexpr std::size_t response_head_max = std::size_t{16} << 10U;
inline constexpr std::size_t response_body_max = std::size_t{16} << 20U;

/// Reads one response from the front of `bytes`; safe on any input. Only bodies with a Content-Length are
/// understood (or none at all, for 204 and 304): a response without one is malformed here.
[[nodiscard]] parsed_response parse_response(std::string_view bytes);

/// The parts of a request that change from call to call. Empty ones are left out.
struct request_parts {
  std::string_view method{};
  std::string_view target{};
  std::string_view host{};
  std::string_view idempotency_key{};
  std::string_view bearer_token{};
  std::string_view body{};  ///< JSON
};

/// Appends the request's bytes. REQUIRES: no part contains CR or LF outside the body.
void append_request(const request_parts& parts, std::string& into);

}  // namespace seckill::crowd
