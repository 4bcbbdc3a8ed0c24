#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/thread_slot.hpp>

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1::detail {

/// While one exists in a thread, nothing that the thread can reach through atomic pointers is freed: readers
/// of shared structures take no lock and write to no shared cache line.
///
/// The writer's part: unlink the object with a sequentially consistent store, take a stamp(), and free the
/// object once safe_below() is above the stamp. Readers load the pointers that lead to it sequentially
/// consistently, too, inside the section: without that, neither side would be sure to see the other's store.
///
/// Sections nest, must be short, and must not block: they delay everybody's memory. Threads: any number;
/// those beyond thread_slot::count_max share a few slots and may have to yield. Source: epoch-based
/// reclamation, Fraser, "Practical lock-freedom" (2004), with one epoch word per thread.
class SECKILL_EXPORT read_section {
 public:
  read_section() noexcept {
    const std::size_t owned = thread_slot::current();
    slot_ = owned != thread_slot::none ? enter(slots_[owned]) : borrow();
  }
  read_section(const read_section&) = delete;
  read_section& operator=(const read_section&) = delete;
  ~read_section() {
    if (slot_ != nullptr) leave(*slot_);
  }

  /// Marks what was unlinked before the call: it may be freed once safe_below() is above the stamp.
  [[nodiscard]] static std::uint64_t stamp() noexcept { return epoch_.load(std::memory_order_seq_cst); }
  /// No section can still see what has a stamp below the answer. Looks at every slot: ask once for a batch.
  [[nodiscard]] static std::uint64_t safe_below() noexcept;
  /// Yields until what was unlinked before the call may be freed. REQUIRES: the thread is in no section.
  static void wait_for_readers() noexcept;

 private:
  static constexpr std::size_t borrowed_count = 16;
  static constexpr std::size_t slots_count = thread_slot::count_max + borrowed_count;

  // Two lines: adjacent lines are fetched in pairs.
  struct alignas(128) slot {
    std::atomic<std::uint64_t> entered{0};  // the epoch; 0: not in a section
  };

  // Null if the thread is in a section already.
  static slot* enter(slot& own) noexcept {
    if (own.entered.load(std::memory_order_relaxed) != 0) return nullptr;
    own.entered.exchange(epoch_.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
    return &own;
  }
  static void leave(slot& own) noexcept {
    if (&own >= slots_.data() + thread_slot::count_max) [[unlikely]]
      forget_borrowed();
    own.entered.store(0, std::memory_order_release);
  }
  static slot* borrow() noexcept;
  static void forget_borrowed() noexcept;

  static std::atomic<std::uint64_t> epoch_;
  static std::array<slot, slots_count> slots_;

  slot* slot_;
};

}  // namespace seckill::inline v1::detail
