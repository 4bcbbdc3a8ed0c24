#pragma once

#include "exchange.hpp"

#include <atomic>
#include <cstdint>

namespace seckill::inline v1::http {

/// Hands filled exchanges back to their worker. Many threads put, one takes; a burst wakes the taker once.
///
/// `wake` is called by a putting thread when the taker has nothing coming: it must make the taker call take()
/// soon, from its own thread, and must not throw. At most one wake is under way at any time. Source of the
/// list: Treiber's stack (1986), taken as a whole, which rules out ABA.
class mailbox {
 public:
  using wake_function = void (*)(void* context) noexcept;
  mailbox(wake_function wake, void* context) : wake_(wake), context_(context) {}

  /// Any thread. The exchange belongs to the taker from here on, and may be gone when this returns.
  void put(exchange& filled) noexcept;

  /// The taker: everything put so far, in the order of putting, linked by next_mail; ends what hush() or a
  /// wake began.
  [[nodiscard]] exchange* take() noexcept;

  /// The taker: from here to take() nobody needs to wake it. False if a wake is under way already: then it
  /// will come, and the taker leaves the mail to it.
  [[nodiscard]] bool hush() noexcept { return !awake_.exchange(true); }

  /// The taker: true if no put() is still running. With every exchange taken back, the mailbox may then be
  /// destroyed.
  [[nodiscard]] bool quiet() const noexcept { return inside_.load(std::memory_order_acquire) == 0; }

 private:
  std::atomic<exchange*> newest_{nullptr};
  std::atomic<bool> awake_{false};
  std::atomic<std::uint32_t> inside_{0};
  wake_function wake_;
  void* context_;
};

}  // namespace seckill::inline v1::http
