#include "operator_token.hpp"

#include <cstddef>

namespace seckill::inline v1::http {
namespace {

constexpr std::string_view scheme = "bearer ";

/// The scheme's name is compared without regard to case (RFC 9110, section 11.1).
bool has_scheme(std::string_view authorization) noexcept {
  if (authorization.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char lower = authorization[i] >= 'A' && authorization[i] <= 'Z'
                           ? static_cast<char>(authorization[i] + ('a' - 'A'))
                           : authorization[i];
    if (lower != scheme[i]) return false;
  }
  return true;
}

}  // namespace

bool is_operator(std::string_view authorization, std::string_view token) noexcept {
  if (token.empty() || !has_scheme(authorization)) return false;
  const std::string_view given = authorization.substr(scheme.size());
  // Every byte given is looked at, whatever came before; volatile keeps the compiler from leaving early.
  volatile unsigned char difference = given.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto wrong = static_cast<unsigned char>(given[i] ^ token[i % token.size()]);
    difference = static_cast<unsigned char>(difference | wrong);
  }
  return difference == 0;
}

}  // namespace seckill::inline v1::http
