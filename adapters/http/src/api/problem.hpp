#pragma once

#include <seckill/ids.hpp>
#include <seckill/outcome.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seckill::inline v1::http {

/// A refusal of the HTTP layer: the body of RFC 9457. Domain refusals have bodies of their own
/// (render_answer.hpp).
struct problem {
  int status = 400;
  std::string detail{};  ///< what is wrong and the cure
  std::string field{};   ///< path of the value that is wrong, for example `lines[0].quantity`; or empty
  std::optional<outcome> code{};    ///< the domain's word for it, so that a client has one thing to look at
  std::string_view allow{};         ///< 405: the value of Allow
  std::uint32_t retry_after_s = 0;  ///< 0: none
  time_ms opens_at_ms = 0;          ///< 425: when it will be there
};

/// The standard phrase of a status that this server gives, for example "Not Found".
[[nodiscard]] std::string_view status_phrase(int status) noexcept;

/// Appends the application/problem+json body.
void render_problem(std::string& body, const problem& what);

/// The 400 for a value that is out of its bounds.
[[nodiscard]] problem invalid_field(std::string field, std::string detail);

}  // namespace seckill::inline v1::http
