#pragma once

#include <seckill/policy/circuit_breaker.hpp>

#include <array>
#include <cassert>
#include <cstddef>

namespace seckill::inline v1 {

/// Events of one change, told after the lock is released.
struct SECKILL_HIDDEN circuit_breaker::pending_events {
  std::array<circuit_breaker_event, 4> list{};
  std::size_t size = 0;

  void push(const circuit_breaker_event& event) noexcept {
    assert(size < list.size());
    list[size++] = event;
  }
};

/// Which trips hold.
struct SECKILL_HIDDEN circuit_breaker::verdict {
  bool by_failures = false;
  bool by_slowness = false;
  [[nodiscard]] bool trips() const noexcept { return by_failures || by_slowness; }
};

}  // namespace seckill::inline v1
