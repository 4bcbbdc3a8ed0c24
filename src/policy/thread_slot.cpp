#include <seckill/policy/thread_slot.hpp>

#include <atomic>
#include <bit>
#include <cstdint>

namespace seckill::inline v1 {
namespace {

constinit std::atomic<std::uint64_t> taken{0};
constinit std::atomic<std::size_t> highest{0};

void raise_high_water(std::size_t to) noexcept {
  std::size_t seen = highest.load(std::memory_order_relaxed);
  while (seen < to && !highest.compare_exchange_weak(seen, to, std::memory_order_relaxed)) continue;
}

std::size_t take_lowest() noexcept {
  std::uint64_t seen = taken.load(std::memory_order_relaxed);
  while (seen != ~std::uint64_t{0}) {
    const auto slot = static_cast<std::size_t>(std::countr_one(seen));
    // Acquire: the previous owner's writes, released in the destructor below, are visible to this one.
    if (taken.compare_exchange_weak(seen, seen | (std::uint64_t{1} << slot), std::memory_order_acquire,
                                    std::memory_order_relaxed)) {
      raise_high_water(slot + 1);
      return slot;
    }
  }
  return thread_slot::none;
}

}  // namespace

constinit thread_local std::size_t thread_slot::current_ = thread_slot::unknown;

/// Gives the number back at the thread's end.
struct SECKILL_HIDDEN thread_slot::owner {
  std::size_t slot = take_lowest();
  owner() noexcept { current_ = slot; }
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;
  ~owner() {
    current_ = none;
    if (slot != none) taken.fetch_and(~(std::uint64_t{1} << slot), std::memory_order_release);
  }
};

std::size_t thread_slot::take() noexcept {
  static thread_local const owner mine;
  return mine.slot;
}

std::size_t thread_slot::high_water() noexcept { return highest.load(std::memory_order_relaxed); }

}  // namespace seckill::inline v1
