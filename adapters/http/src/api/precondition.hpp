#pragma once

#include <cstdint>
#include <string_view>

namespace seckill::inline v1::http {

/// The conditions of a request (RFC 9110, section 13.1): views into it. Nothing here has a modification date, so that
/// If-Modified-Since and If-Unmodified-Since are ignored, as they must be then.
struct preconditions {
  std::string_view if_match{};
  std::string_view if_none_match{};
};

/// What must be said instead of the representation.
enum class precondition_result : std::uint8_t {
  holds,
  not_modified,  ///< 304
  failed,        ///< 412
};

/// For GET and HEAD of a representation with this entity tag; empty: it has none.
[[nodiscard]] precondition_result evaluate(const preconditions& of, std::string_view etag) noexcept;

}  // namespace seckill::inline v1::http
