#include <seckill/policy/detail/read_section.hpp>

#include <algorithm>
#include <thread>

namespace seckill::inline v1::detail {

constinit std::atomic<std::uint64_t> read_section::epoch_{1};
constinit std::array<read_section::slot, read_section::slots_count> read_section::slots_{};

namespace {

// Whether this thread, which has no slot of its own, is in a section. Only the outermost one borrows.
thread_local bool borrowing = false;

}  // namespace

read_section::slot* read_section::borrow() noexcept {
  if (borrowing) return nullptr;
  borrowing = true;
  for (;;) {
    for (std::size_t i = thread_slot::count_max; i < slots_count; ++i) {
      std::uint64_t free = 0;
      const std::uint64_t now = epoch_.load(std::memory_order_seq_cst);
      if (slots_[i].entered.compare_exchange_strong(free, now, std::memory_order_seq_cst)) return &slots_[i];
    }
    std::this_thread::yield();
  }
}

void read_section::forget_borrowed() noexcept { borrowing = false; }

std::uint64_t read_section::safe_below() noexcept {
  std::uint64_t oldest = epoch_.fetch_add(1, std::memory_order_seq_cst) + 1;
  for (const slot& each : slots_) {
    const std::uint64_t entered = each.entered.load(std::memory_order_seq_cst);
    if (entered != 0) oldest = std::min(oldest, entered);
  }
  return oldest;
}

void read_section::wait_for_readers() noexcept {
  const std::uint64_t unlinked = stamp();
  while (safe_below() <= unlinked) std::this_thread::yield();
}

}  // namespace seckill::inline v1::detail
