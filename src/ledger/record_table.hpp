#pragma once

#include "huge_array.hpp"
#include "record.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// A queue threaded through the records' own links: no memory of its own, removal from the middle is exact.
struct slot_queue {
  slot head = 0;
  slot tail = 0;
  std::uint32_t count = 0;
};

// The records by slot, their further lines, and the queues through them.
class record_table {
 public:
  explicit record_table(std::size_t slots_max)
      : records_(slots_max + 1), extra_(slots_max + 1, huge_array<extra_lines>::pages::ordinary) {}

  // The records alone: who reserves baskets takes the memory of further lines as they come.
  void touch() noexcept { records_.touch(); }

  [[nodiscard]] record& operator[](slot at) noexcept { return records_[at]; }
  [[nodiscard]] const record& operator[](slot at) const noexcept { return records_[at]; }
  void prefetch(slot at) const noexcept { records_.prefetch(at); }
  [[nodiscard]] std::size_t slots_max() const noexcept { return records_.size() - 1; }
  // Slots 1..used() have been used.
  [[nodiscard]] slot used() const noexcept { return used_; }
  void set_used(slot used) noexcept { used_ = used; }

  [[nodiscard]] record_line& line(slot at, std::size_t index) noexcept {
    return index == 0 ? records_[at].first : extra_[at][index - 1];
  }
  [[nodiscard]] const record_line& line(slot at, std::size_t index) const noexcept {
    return index == 0 ? records_[at].first : extra_[at][index - 1];
  }
  [[nodiscard]] const extra_lines& extra(slot at) const noexcept { return extra_[at]; }
  [[nodiscard]] extra_lines& extra(slot at) noexcept { return extra_[at]; }

  void push_back(slot_queue& queue, slot at) noexcept {
    record& entry = records_[at];
    entry.next = 0;
    entry.previous = queue.tail;
    (queue.tail != 0 ? records_[queue.tail].next : queue.head) = at;
    queue.tail = at;
    ++queue.count;
  }

  void unlink(slot_queue& queue, slot at) noexcept {
    assert(queue.count > 0);
    record& entry = records_[at];
    (entry.previous != 0 ? records_[entry.previous].next : queue.head) = entry.next;
    (entry.next != 0 ? records_[entry.next].previous : queue.tail) = entry.previous;
    entry.next = entry.previous = 0;
    --queue.count;
  }

 private:
  huge_array<record> records_;
  huge_array<extra_lines> extra_;
  slot used_ = 0;
};

}  // namespace seckill::inline v1
