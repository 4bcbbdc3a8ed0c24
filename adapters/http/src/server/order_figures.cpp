#include "order_figures.hpp"

#include <utility>

namespace seckill::inline v1::http {

order_figures::view order_figures::look() {
  std::unique_lock lock(mutex_);
  if (orders_ == nullptr || std::exchange(under_way_, true)) return last_;
  lock.unlock();
  const bool taken = reads_.take_on([this] { refresh(); });
  lock.lock();
  if (taken) {
    refreshed_.wait_for(lock, moment, [this] { return !under_way_; });
  } else {
    under_way_ = false;
  }
  return last_;
}

void order_figures::refresh() {
  view read;
  const auto counts = orders_->counts();
  read.known = counts.has_value();
  if (counts) read.counts = *counts;
  for (std::uint8_t shard = 0; shard < shards_ && read.known; ++shard) {
    const auto position = orders_->position(shard);
    read.known = position.has_value();
    if (position) read.positions.push_back(*position);
  }
  read.read_at = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (read.known) last_ = std::move(read);
  under_way_ = false;
  refreshed_.notify_all();
}

}  // namespace seckill::inline v1::http
