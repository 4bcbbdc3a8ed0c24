#pragma once

#include <seckill/policy/detail/read_section.hpp>

#include <atomic>
#include <cassert>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace seckill::inline v1 {

/// Holds a value that many threads read and that is now and then replaced as a whole: a frozen filter, a list
/// of targets, a configuration.
///
/// Guarantees: a reader sees one whole value, the newest or, while a set() is going on, the one before; it
/// waits for nobody and writes to no shared cache line. A replaced value is destroyed before set() returns.
/// Threads: any, all members.
template <typename Value>
class swap_cell {
 public:
  /// Throws std::invalid_argument if `first` is null.
  explicit swap_cell(std::unique_ptr<const Value> first) : current_(first.release()) {
    if (current_.load(std::memory_order_relaxed) == nullptr)
      throw std::invalid_argument("swap_cell: a cell holds a value, not null");
  }
  swap_cell(const swap_cell&) = delete;
  swap_cell& operator=(const swap_cell&) = delete;
  ~swap_cell() { delete current_.load(std::memory_order_acquire); }

  /// Calls `use(value)` and returns its answer. The reference is valid inside the call, which must be short,
  /// must not block and must not call set() of any cell.
  template <typename Use>
  decltype(auto) read(Use&& use) const {
    const detail::read_section section;
    return std::forward<Use>(use)(*current_.load(std::memory_order_seq_cst));
  }

  /// Waits until every reader of the old value is done with it. REQUIRES: next is not null.
  void set(std::unique_ptr<const Value> next) noexcept {
    assert(next != nullptr);
    const std::lock_guard one_writer(writing_);
    const std::unique_ptr<const Value> old(current_.exchange(next.release(), std::memory_order_seq_cst));
    detail::read_section::wait_for_readers();
  }

 private:
  std::atomic<const Value*> current_;
  std::mutex writing_;
};

}  // namespace seckill::inline v1
