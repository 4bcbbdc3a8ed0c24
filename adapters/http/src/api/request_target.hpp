#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seckill::inline v1::http {

/// What a request target says about the scheme of the resource.
enum class target_scheme : std::uint8_t {
  not_said,  ///< origin-form
  http,
  https,
  other
};

/// The parts of a request target (RFC 9112, section 3.2) that matter here: views into it.
struct request_target {
  target_scheme scheme = target_scheme::not_said;
  std::string_view resource{};  ///< path and query; the path is empty if an absolute-form has none
};

/// Of origin-form or absolute-form. Nothing if it is neither: a character that no URI has unencoded, a fragment, a host
/// that is missing or invalid, or a userinfo, which is a sign of an attack (RFC 9110, section 4.2.4).
[[nodiscard]] std::optional<request_target> parse_target(std::string_view target) noexcept;

/// Whether it is a valid value of Host: a host with or without a port (RFC 9110, section 7.2). It may be empty.
[[nodiscard]] bool is_host(std::string_view value) noexcept;

/// The authority-form that CONNECT has: a host and a port.
[[nodiscard]] bool is_authority(std::string_view target) noexcept;

}  // namespace seckill::inline v1::http
