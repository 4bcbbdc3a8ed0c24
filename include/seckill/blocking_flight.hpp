#pragma once

#include <seckill/policy/single_flight.hpp>
#include <seckill/policy/time.hpp>

#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

namespace seckill::inline v1 {

/// What blocking_flight() came to.
template <typename Value>
struct flight_answer {
  result<Value> value{};
  bool shared = false;  ///< others were told the same
};

/// Blocks until `key` is loaded: by `load()` on this thread if nobody else is at it, or by who is. For callers that have a
/// thread to wait with.
///
/// `load` returns result<Value>; if it throws, the others are told errc::unavailable. `deadline`, of monotonic_now_ns(),
/// ends the wait for another's load with errc::timed_out, and never a load. Errors: those of `load`; errc::unavailable when
/// there are too many flights or waiters. Threads: any.
template <typename Key, typename Value, typename Load>
[[nodiscard]] flight_answer<Value> blocking_flight(single_flight<Key, Value>& flights,
                                                   typename single_flight<Key, Value>::key_view key,
                                                   Load&& load,
                                                   time_ns deadline = std::numeric_limits<time_ns>::max()) {
  using flight = single_flight<Key, Value>;
  struct waiting final : flight::waiter {
    waiting() : flight::waiter(&told) {}
    // Under the lock to the end: the waiting thread may be gone a moment later.
    static void told(typename flight::waiter& me, const result<Value>& value, bool shared) noexcept {
      auto& self = static_cast<waiting&>(me);
      const std::lock_guard lock(self.mutex);
      self.answer.emplace(flight_answer<Value>{value, shared});
      self.wake.notify_one();
    }
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<flight_answer<Value>> answer;
  } me;

  auto [role, lead] = flights.join(key, me);
  if (role == flight_role::refused)
    return {make_error(errc::unavailable, "single flight: flights_max or waiters_max is reached; ask again")};
  if (role == flight_role::leader) lead.finish(std::forward<Load>(load)());

  std::unique_lock lock(me.mutex);
  const auto is_told = [&me] { return me.answer.has_value(); };
  const std::chrono::steady_clock::time_point until{std::chrono::nanoseconds(deadline)};
  if (deadline != std::numeric_limits<time_ns>::max() && !me.wake.wait_until(lock, until, is_told)) {
    lock.unlock();
    if (flights.abandon(me))
      return {make_error(errc::timed_out, "single flight: another's load was not done by the deadline")};
    lock.lock();  // it is being told at this moment
  }
  me.wake.wait(lock, is_told);
  return std::move(*me.answer);
}

}  // namespace seckill::inline v1
