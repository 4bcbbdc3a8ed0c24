#pragma once

#include <optional>
#include <string_view>

namespace seckill::inline v1::http {

/// Without the spaces and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// ASCII, whatever the case.
[[nodiscard]] bool same_token(std::string_view a, std::string_view b) noexcept;

/// Takes the next element off a list of tokens (RFC 9110, section 5.6.1): trimmed, empty ones left out. Nothing at the
/// end.
[[nodiscard]] std::optional<std::string_view> next_element(std::string_view& rest) noexcept;

/// Whether a list of entity tags names `etag`, which has its quotes, or is `*`. An empty `etag` stands for a
/// representation without one: only `*` names it.
enum class tag_comparison : bool {
  weak,    ///< for If-None-Match: W/"a" names "a"
  strong,  ///< for If-Match: it does not
};
[[nodiscard]] bool names_tag(std::string_view list, std::string_view etag, tag_comparison how) noexcept;

}  // namespace seckill::inline v1::http
