#pragma once

#include "precondition.hpp"
#include "problem.hpp"
#include <seckill/ids.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace seckill::inline v1::http {

/// What a response needs to know of the request and connection it answers.
struct framing {
  std::string_view date{};  ///< value of Date
  bool keep_alive = true;
  bool http_1_0 = false;  ///< then a connection that stays must say so
  bool head = false;      ///< answer a HEAD: the body's size, but no body
};

/// The head of a response apart from its framing.
struct response_head {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view cache_control = "no-store";
  std::uint32_t retry_after_s = 0;  ///< 0: none
  std::string_view more{};          ///< further lines, each with its CRLF
  bool endless = false;             ///< the body of a GET would not end: there is no length to tell
};

/// Appends the head of a response whose body has `body_size` bytes, up to and with the empty line.
void append_head(std::string& out, const response_head& head, const framing& frame, std::size_t body_size);

/// Appends head and body; not the body if it answers a HEAD or says "not modified".
void append_response(std::string& out, const response_head& head, const framing& frame,
                     std::string_view body);

/// A response that was made apart from the connection it goes to.
struct text_response {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view cache_control = "no-store";
  std::uint32_t retry_after_s = 0;
  std::string more{};  ///< further header lines, each with its CRLF
  std::string body{};
  std::string_view shared_body{};  ///< instead of `body`: bytes that outlive the server
  bool endless = false;            ///< see response_head
  bool conditions_known = false;   ///< the request's preconditions were evaluated, with an entity tag

  /// As new, but with the memory of its strings.
  void clear();
};

void append_response(std::string& out, const text_response& response, const framing& frame);

/// What a GET or HEAD that would be answered with `into` is answered if its preconditions say so, for a representation
/// without an entity tag.
void apply(precondition_result evaluated, text_response& into);

/// Makes `into` the response for a problem.
void set_problem(text_response& into, const problem& what);

/// An IMF-fixdate (RFC 9110, section 5.6.7), for example "Sun, 06 Nov 1994 08:49:37 GMT".
using http_date = std::array<char, 29>;
[[nodiscard]] http_date format_http_date(time_ms at) noexcept;

}  // namespace seckill::inline v1::http
