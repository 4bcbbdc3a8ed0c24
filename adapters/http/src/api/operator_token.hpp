#pragma once

#include <string_view>

namespace seckill::inline v1::http {

/// True if `authorization` is `Bearer <token>` with that very token. The time it takes depends on the sizes
/// alone, so that guesses teach nothing. Always false if `token` is empty.
[[nodiscard]] bool is_operator(std::string_view authorization, std::string_view token) noexcept;

}  // namespace seckill::inline v1::http
