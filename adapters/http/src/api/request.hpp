#pragma once

#include "precondition.hpp"
#include "request_target.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace seckill::inline v1::http {

enum class verb : std::uint8_t {
  get,
  head,
  post,
  other
};

/// What the API looks at in a request: views into the bytes received, valid while those are. Fields that were
/// not sent are empty. A list that came in several lines is one value, the lines joined in their order (RFC 9110,
/// section 5.3).
struct request {
  verb method = verb::other;
  target_scheme scheme = target_scheme::not_said;
  std::string_view target{};  ///< path and query; see request_target::resource
  std::string_view idempotency_key{};
  std::string_view authorization{};
  std::string_view content_type{};
  std::string_view content_encoding{};
  preconditions conditions{};
  std::optional<std::string_view> forwarded_for{};  ///< X-Forwarded-For; nothing: not sent
  std::string_view body{};
};

}  // namespace seckill::inline v1::http
