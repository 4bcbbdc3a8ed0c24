#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace seckill::inline v1 {

/// The payment provider's reference: 1 to 64 bytes, compared byte by byte. A value type without allocation;
/// default-constructed it is empty, which no command accepts.
class payment_id {
 public:
  static constexpr std::size_t size_max = 64;

  constexpr payment_id() = default;

  /// Nothing if `text` is empty or longer than size_max bytes.
  [[nodiscard]] static constexpr std::optional<payment_id> from(std::string_view text) noexcept {
    if (text.empty() || text.size() > size_max) return std::nullopt;
    payment_id id;
    std::copy(text.begin(), text.end(), id.text_.begin());
    id.size_ = static_cast<std::uint8_t>(text.size());
    return id;
  }

  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  /// Valid as long as this object.
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), size_}; }

  friend constexpr bool operator==(const payment_id& a, const payment_id& b) noexcept {
    return a.view() == b.view();
  }

 private:
  std::array<char, size_max> text_{};
  std::uint8_t size_ = 0;
};

}  // namespace seckill::inline v1
