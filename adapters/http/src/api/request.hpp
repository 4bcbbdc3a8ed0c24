#pragma once

#include <cstdint>
#include <string_view>

namespace seckill::inline v1::http {

enum class verb : std::uint8_t {
  get,
  head,
  post,
  other
};

/// What the API looks at in a request: views into the bytes received, valid while those are. Fields that were
/// not sent are empty.
struct request {
  verb method = verb::other;
  std::string_view target;  ///< as sent: origin-form or absolute-form
  std::string_view idempotency_key;
  std::string_view authorization;
  std::string_view content_type;
  std::string_view if_none_match;
  std::string_view forwarded_for;  ///< X-Forwarded-For; of several, the last, which the nearest proxy wrote
  std::string_view body;
};

}  // namespace seckill::inline v1::http
