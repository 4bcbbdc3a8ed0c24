#include <seckill/ports/journal.hpp>

#include <algorithm>

namespace seckill::inline v1 {

bool is_cursor_name(std::string_view name) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, allowed);
}

}  // namespace seckill::inline v1
