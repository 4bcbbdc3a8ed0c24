#pragma once

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace seckill::inline v1::detail {

/// The last so many results: how many failed, how many were slow.
///
/// Lock-free. Totals are one word, changed by the difference between what a result wrote and what it
/// overwrote, so they are always the sum of the entries. While every entry is a quick success, another one
/// changes nothing and nothing is written: the healthy case shares no cache line between threads. Threads:
/// any; clear() may run beside record(), and a result that races with it may survive.
class call_ring {
 public:
  static constexpr std::size_t size_max = std::size_t{1} << 20U;

  struct totals {
    std::uint32_t results = 0;
    std::uint32_t failed = 0;
    std::uint32_t slow = 0;
  };

  /// REQUIRES: 1 <= size <= size_max.
  explicit call_ring(std::size_t size)
      : size_(size), entries_(std::make_unique<std::atomic<std::uint8_t>[]>(size)), all_good_(size) {
    assert(size >= 1 && size <= size_max);
  }

  void record(bool failed, bool slow) noexcept {
    const std::uint8_t fresh =
        static_cast<std::uint8_t>(present | (failed ? failed_bit : 0U) | (slow ? slow_bit : 0U));
    if (fresh == present && packed_.load(std::memory_order_relaxed) == all_good_) return;
    const std::uint64_t at = cursor_.fetch_add(1, std::memory_order_relaxed) % size_;
    if (entries_[at].load(std::memory_order_relaxed) == fresh) return;
    const std::uint8_t old = entries_[at].exchange(fresh, std::memory_order_relaxed);
    packed_.fetch_add(weight(fresh) - weight(old), std::memory_order_relaxed);
  }

  [[nodiscard]] totals get() const noexcept {
    const std::uint64_t packed = packed_.load(std::memory_order_relaxed);
    return {static_cast<std::uint32_t>(packed & field),
            static_cast<std::uint32_t>((packed >> failed_shift) & field),
            static_cast<std::uint32_t>((packed >> slow_shift) & field)};
  }

  void clear() noexcept {
    std::uint64_t removed = 0;
    for (std::size_t i = 0; i < size_; ++i)
      removed += weight(entries_[i].exchange(0, std::memory_order_relaxed));
    packed_.fetch_sub(removed, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint8_t present = 1;
  static constexpr std::uint8_t failed_bit = 2;
  static constexpr std::uint8_t slow_bit = 4;
  static constexpr unsigned failed_shift = 21;
  static constexpr unsigned slow_shift = 42;
  static constexpr std::uint64_t field = (std::uint64_t{1} << failed_shift) - 1;

  static constexpr std::uint64_t weight(std::uint8_t entry) noexcept {
    return (entry & present ? std::uint64_t{1} : 0) +
           (entry & failed_bit ? std::uint64_t{1} << failed_shift : 0) +
           (entry & slow_bit ? std::uint64_t{1} << slow_shift : 0);
  }

  const std::size_t size_;
  std::unique_ptr<std::atomic<std::uint8_t>[]> entries_;
  const std::uint64_t all_good_;
  std::atomic<std::uint64_t> cursor_{0};
  std::atomic<std::uint64_t> packed_{0};
};

}  // namespace seckill::inline v1::detail
