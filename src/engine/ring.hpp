#pragma once

#include "engine/cache_line.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace seckill::inline v1 {

// A bounded queue of T from any number of producers to one consumer. A producer claims a run of slots with
// one compare-and-swap, fills them, and publishes each by its sequence number; the consumer works on the
// slots in place and gives a run of them back at once.
//
// Progress: the consumer is wait-free: a slot that is claimed and not yet published ends the run that it
// sees. A producer is lock-free: it retries only because another one claimed.
//
// Source of the per-slot sequence: Dmitry Vyukov, "Bounded MPMC queue". Here the consumer's position tells
// what is free, so that a run can be claimed without looking at each of its slots.
//
// Memory orders. Two edges carry everything:
//   producer's sequence store (release) -> consumer's sequence load (acquire): the slot's content is there;
//   consumer's head store (release) -> producer's head load (acquire): the consumer is done with the slot.
// The tail only divides the slots among producers, which its modification order alone does: relaxed.
template <typename T>
class ring {
 public:
  // REQUIRES: a power of two.
  explicit ring(std::size_t capacity) : slots_(capacity), mask_(capacity - 1) {
    assert(std::has_single_bit(capacity));
  }
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;

  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

  // --- producers ---

  // Elements that were queued together stand behind one another.
  struct claim {
    std::uint64_t first = 0;  // position
    std::size_t count = 0;
  };

  // Queues the first n of `count` elements, as many as there is room for: fewer than `count` if the ring is full,
  // none if it is closed. fill(slot, i) makes the i-th; it must not throw, because a claimed slot that is never
  // published would stop the queue for ever. The slot holds what an earlier element left in it.
  template <typename Fill>
  claim push(std::size_t count, Fill&& fill) noexcept {
    static_assert(std::is_nothrow_invocable_v<Fill, T&, std::size_t>);
    std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    std::size_t claimed = 0;
    do {
      if ((tail & closed_bit) != 0) return {};
      claimed = std::min(count, room(tail));
      if (claimed == 0) return {};
    } while (!tail_.compare_exchange_weak(tail, tail + claimed, std::memory_order_relaxed));

    for (std::size_t i = 0; i < claimed; ++i) {
      slot& mine = slots_[(tail + i) & mask_];
      fill(mine.value, i);
      mine.sequence.store(tail + i + 1, std::memory_order_release);
    }
    return {tail, claimed};
  }

  // --- the consumer ---

  // The position of the next element.
  [[nodiscard]] std::uint64_t head() const noexcept { return head_.load(std::memory_order_relaxed); }

  // How many elements can be worked on now, at most `count_max`.
  [[nodiscard]] std::size_t ready(std::size_t count_max) const noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::size_t most = std::min(count_max, capacity());
    std::size_t count = 0;
    while (count < most &&
           slots_[(head + count) & mask_].sequence.load(std::memory_order_acquire) == head + count + 1)
      ++count;
    return count;
  }
  // The i-th of them. REQUIRES: i below what ready() returned.
  [[nodiscard]] T& operator[](std::size_t i) noexcept {
    return slots_[(head_.load(std::memory_order_relaxed) + i) & mask_].value;
  }
  // Gives the first `count` slots back. REQUIRES: at most what ready() returned.
  void pop(std::size_t count) noexcept {
    head_.store(head_.load(std::memory_order_relaxed) + count, std::memory_order_release);
  }

  // --- any thread ---

  // From now on push() takes nothing. What was claimed before will still arrive.
  void close() noexcept { tail_.fetch_or(closed_bit, std::memory_order_relaxed); }
  [[nodiscard]] bool closed() const noexcept {
    return (tail_.load(std::memory_order_relaxed) & closed_bit) != 0;
  }
  // Closed, and everything that was ever claimed is given back: nothing will come any more.
  [[nodiscard]] bool drained() const noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    return (tail & closed_bit) != 0 && (tail & ~closed_bit) == head_.load(std::memory_order_relaxed);
  }
  // Elements claimed and not given back; by the time that it returns it may have changed.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed) & ~closed_bit;
    return tail > head ? static_cast<std::size_t>(tail - head) : 0;
  }

 private:
  // In the tail itself, so that a claim and the closing cannot both succeed. Positions never get so far.
  static constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63U;

  struct alignas(cache_line) slot {
    std::atomic<std::uint64_t> sequence{0};  // position + 1 of the element in it
    T value{};
  };

  // A tail or head read too early only makes this too small, or makes the compare-and-swap fail.
  [[nodiscard]] std::size_t room(std::uint64_t tail) const noexcept {
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    const std::uint64_t used = tail > head ? tail - head : 0;
    return capacity() - static_cast<std::size_t>(std::min<std::uint64_t>(used, capacity()));
  }

  std::vector<slot> slots_;
  const std::size_t mask_;
  alignas(cache_line) std::atomic<std::uint64_t> tail_{0};  // next position to claim, and the closed bit
  alignas(cache_line) std::atomic<std::uint64_t> head_{0};  // next position to work on
};

}  // namespace seckill::inline v1
