#pragma once

#include <chrono>
#include <thread>

namespace seckill {

/// Looks at something that cannot tell us, another process for example, until it is so or the patience ends; says
/// which. Whatever can tell us is waited for instead.
template <typename Condition>
[[nodiscard]] bool poll_until(Condition&& holds, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace seckill
