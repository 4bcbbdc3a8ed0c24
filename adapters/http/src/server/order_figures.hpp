#pragma once

#include "desk.hpp"
#include <seckill/ports/order_store.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace seckill::inline v1::http {

/// What metrics tell of the orders: read from their storage by another thread, so that a scrape never waits for it.
/// Threads: any.
class order_figures {
 public:
  struct view {
    bool known = false;  ///< read at least once
    order_counts counts{};
    std::vector<std::uint64_t> positions;  ///< by shard
    std::chrono::steady_clock::time_point read_at;
  };

  /// `orders` may be null. `reads`, which must outlive every use, is where storage is read.
  order_figures(order_store* orders, std::uint8_t shards, desk& reads)
      : orders_(orders), shards_(shards), reads_(reads) {}

  /// Asks for new figures and waits for them for a moment, if storage was quick the last time; else the last ones.
  [[nodiscard]] view look();

 private:
  static constexpr std::chrono::milliseconds moment{50};

  void refresh();

  order_store* orders_;
  std::uint8_t shards_;
  desk& reads_;
  std::mutex mutex_;
  std::condition_variable refreshed_;
  bool under_way_ = false;
  view last_;
};

}  // namespace seckill::inline v1::http
