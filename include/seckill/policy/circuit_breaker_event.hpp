#pragma once

#include <seckill/policy/circuit_breaker_counts.hpp>
#include <seckill/policy/time.hpp>

#include <cstdint>

namespace seckill::inline v1 {

struct circuit_breaker_event {
  enum class kind : std::uint8_t {
    success,
    failure,
    ignored,
    not_permitted,
    failure_rate_exceeded,  ///< the trips by failures, or the predicate
    slow_rate_exceeded,
    transition,
    reset,
  };
  kind what{};
  breaker_state from{};  ///< transition; otherwise the state it happened in
  breaker_state to{};
  time_ns at_ns = 0;
  time_ns duration_ns = 0;  ///< of the call
  double rate = 0.0;        ///< failure_rate_exceeded, slow_rate_exceeded: a share
};

/// Who hears of events: called on the thread that caused one, after the breaker has changed, with no lock
/// held. Must not throw; may call the breaker. DISABLED and FORCED_OPEN tell transitions and resets alone.
struct circuit_breaker_listener {
  void (*on_event)(void* context, const circuit_breaker_event& event) noexcept = nullptr;
  void* context = nullptr;
};

}  // namespace seckill::inline v1
