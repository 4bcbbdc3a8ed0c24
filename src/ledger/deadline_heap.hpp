#pragma once

#include <seckill/ids.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

// Which sale's oldest hold lapses next: one entry per sale that has holds. An entry's deadline may be
// outdated, but then it is too early, never too late: the oldest hold of a sale only gets younger.
class deadline_heap {
 public:
  struct entry {
    time_ms deadline_ms;
    std::uint16_t sale;
    friend auto operator<=>(const entry&, const entry&) = default;
  };

  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] const entry& top() const noexcept { return heap_.front(); }

  void push(entry each) {
    heap_.push_back(each);
    std::ranges::push_heap(heap_, std::greater<>());
  }
  void pop() {
    std::ranges::pop_heap(heap_, std::greater<>());
    heap_.pop_back();
  }

 private:
  std::vector<entry> heap_;
};

}  // namespace seckill::inline v1
