#pragma once

#include "policy/cache_queue.hpp"
#include "policy/frequency_sketch.hpp"
#include "policy/rejected_keys.hpp"
#include <seckill/policy/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// Which entry to give up. New entries pass through a window; what was not read there must be more frequent than the
// entry that it would displace from the main part, whose entries are on probation until they are read again. The
// window's share follows what would have been gained and lost by another one. Readers only count in the entry: what
// they did is looked at when its turn comes (second chance). Source: W-TinyLFU (Einziger, Friedman and Manes, 2017)
// with clocks for its LRU queues; why and how well: docs/decisions/0050-a-cache-whose-readers-write-nothing.md.
class cache_eviction {
 public:
  using cache_node = detail::cache_node;

  cache_eviction(std::uint64_t weight_max, std::uint64_t entries_max);

  // Its weight is set. Call next() until it answers null after each of these.
  void insert(cache_node& added) noexcept;
  void replace(cache_node& old, cache_node& with) noexcept;
  void remove(cache_node& removed) noexcept { queue_of(removed).remove(removed); }

  // An entry to give up now, removed from here; null: the rest has room. Entries that are over, or of another
  // epoch, go first when their turn comes.
  [[nodiscard]] cache_node* next(time_ns now, std::uint64_t epoch) noexcept;

  [[nodiscard]] std::uint64_t weight() const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept;
  [[nodiscard]] std::uint64_t weight_max() const noexcept { return weight_max_; }
  [[nodiscard]] std::uint64_t window_weight_max() const noexcept;

 private:
  enum queue_name : std::uint8_t {
    window,
    probation,
    secure,
    queues_count,
  };
  struct turn {
    time_ns now;
    std::uint64_t epoch;
    std::size_t chances;  // second chances left: readers must not keep a writer going round
  };

  [[nodiscard]] cache_queue& queue_of(const cache_node& node) noexcept { return queues_[node.queue]; }
  void move(cache_node& moved, queue_name to) noexcept;
  void record(std::uint64_t hash, unsigned visits) noexcept;
  [[nodiscard]] bool was_read(cache_node& node) noexcept;
  [[nodiscard]] bool has_second_chance(cache_node& node, turn& now) noexcept;
  [[nodiscard]] cache_node* choose_contender(turn& now) noexcept;
  [[nodiscard]] cache_node* main_victim(const cache_node* spared, turn& now) noexcept;
  [[nodiscard]] bool admits(const cache_node& contender, const cache_node& victim) const noexcept;
  void keep(cache_node& read, turn& now) noexcept;
  void widen_window(double entries) noexcept;
  [[nodiscard]] std::uint64_t looked_back() const noexcept;

  const std::uint64_t weight_max_;
  const std::uint64_t entries_max_;
  std::array<cache_queue, queues_count> queues_;
  frequency_sketch frequencies_;
  rejected_keys rejected_;
  double window_max_;                // in units of weight
  std::int64_t idle_main_ = 0;       // evidence that the main part is not read
  cache_node* newest_ = nullptr;     // that was inserted, until it had its turn; only to be compared
  cache_node* contender_ = nullptr;  // on trial, between two calls of next()
  bool was_full_ = false;
};

}  // namespace seckill::inline v1
