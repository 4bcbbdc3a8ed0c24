#pragma once

#include "engine/batch.hpp"
#include "engine/cache_line.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

// The batches between the thread that decides and the thread that commits: a fixed number, handed over and
// given back in order.
//
// Memory orders: handing over (release) -> waiting() (acquire) carries the content of the batches; giving
// back (release) -> in_flight() (acquire) carries all that committing did: watermark, board, failure. Both are
// sequentially consistent as well, so that of two threads, one of which hands over the last batch and looks for one
// to open while the other gives one back, either the first finds it or the second is told that all were in flight.
class batch_queue {
 public:
  batch_queue(std::size_t count, std::size_t commands_max) {
    batches_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) batches_.emplace_back(commands_max);
  }

  [[nodiscard]] std::size_t in_flight() const noexcept {
    return static_cast<std::size_t>(handed_over_.load(std::memory_order_relaxed) - given_back_.load());
  }

  // --- the deciding thread ---
  // The batch to fill, the same until it is handed over; null if all are in flight.
  [[nodiscard]] batch* open() noexcept {
    if (in_flight() == batches_.size()) return nullptr;
    return &batches_[handed_over_.load(std::memory_order_relaxed) % batches_.size()];
  }
  void hand_over() noexcept { handed_over_.fetch_add(1); }

  // --- the committing thread ---
  [[nodiscard]] std::size_t waiting() const noexcept {
    return static_cast<std::size_t>(handed_over_.load() - given_back_.load(std::memory_order_relaxed));
  }
  // The i-th that waits, oldest first. REQUIRES: i < waiting().
  [[nodiscard]] batch& operator[](std::size_t i) noexcept {
    return batches_[(given_back_.load(std::memory_order_relaxed) + i) % batches_.size()];
  }
  // True if all were in flight: then the deciding thread may wait for one to open.
  bool give_back(std::size_t count) noexcept {
    const std::uint64_t before = given_back_.fetch_add(count);
    return handed_over_.load() - before == batches_.size();
  }

 private:
  std::vector<batch> batches_;
  alignas(cache_line) std::atomic<std::uint64_t> handed_over_{0};
  alignas(cache_line) std::atomic<std::uint64_t> given_back_{0};
};

}  // namespace seckill::inline v1
