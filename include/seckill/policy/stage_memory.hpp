#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace seckill::inline v1 {

/// What a stage keeps for one call or attempt: a permit, a lease. Raw memory that the stage fills in enter() and empties in
/// leave().
class stage_memory {
 public:
  static constexpr std::size_t size_max = 48;

  template <typename T, typename... Args>
  T& emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    static_assert(sizeof(T) <= size_max && alignof(T) <= alignof(std::uint64_t));
    return *::new (bytes_.data()) T(std::forward<Args>(args)...);
  }
  /// REQUIRES: a T is there.
  template <typename T>
  [[nodiscard]] T& as() noexcept {
    return *std::launder(reinterpret_cast<T*>(bytes_.data()));
  }
  /// Moves it out. REQUIRES: a T is there.
  template <typename T>
  [[nodiscard]] T take() noexcept {
    T taken = std::move(as<T>());
    std::destroy_at(&as<T>());
    return taken;
  }

 private:
  alignas(std::uint64_t) std::array<std::byte, size_max> bytes_;
};

}  // namespace seckill::inline v1
