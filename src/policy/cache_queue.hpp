#pragma once

#include <seckill/policy/detail/cache_core.hpp>

#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// Entries in the order in which they came, linked through themselves. Owns nothing.
class cache_queue {
 public:
  using cache_node = detail::cache_node;

  void add_newest(cache_node& added) noexcept {
    added.newer = nullptr;
    added.older = newest_;
    (newest_ != nullptr ? newest_->newer : oldest_) = &added;
    newest_ = &added;
    weight_ += added.weight;
    ++count_;
  }
  void remove(cache_node& removed) noexcept {
    (removed.newer != nullptr ? removed.newer->older : newest_) = removed.older;
    (removed.older != nullptr ? removed.older->newer : oldest_) = removed.newer;
    weight_ -= removed.weight;
    --count_;
  }
  void replace(cache_node& old, cache_node& with) noexcept {
    with.newer = old.newer;
    with.older = old.older;
    (with.newer != nullptr ? with.newer->older : newest_) = &with;
    (with.older != nullptr ? with.older->newer : oldest_) = &with;
    weight_ += with.weight - old.weight;
  }

  [[nodiscard]] cache_node* oldest() const noexcept { return oldest_; }
  [[nodiscard]] std::uint64_t weight() const noexcept { return weight_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  cache_node* newest_ = nullptr;
  cache_node* oldest_ = nullptr;
  std::uint64_t weight_ = 0;
  std::size_t count_ = 0;
};

}  // namespace seckill::inline v1
