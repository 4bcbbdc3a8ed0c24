#include "order_image_state.hpp"
#include <seckill/memory/memory_order_store.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace seckill::inline v1 {

class memory_order_store final : public order_store {
 public:
  static result<std::unique_ptr<order_store>> open(std::shared_ptr<order_image> image);
  explicit memory_order_store(std::shared_ptr<order_image> image) : image_(std::move(image)) {}
  memory_order_store(const memory_order_store&) = delete;
  memory_order_store& operator=(const memory_order_store&) = delete;
  ~memory_order_store() override;

  result<std::uint64_t> position(std::uint8_t shard) override;
  result<void> commit(std::uint8_t shard, std::uint64_t position, std::span<const order> changed) override;
  result<void> sync() override;
  result<std::optional<order>> find(reservation_id reservation) override;
  result<std::vector<order>> of_buyer(buyer_id buyer, std::size_t count_max, reservation_id before) override;
  result<order_counts> counts() override;

 private:
  order_image::state& disk() noexcept { return *image_->state_; }

  std::shared_ptr<order_image> image_;
};

result<std::unique_ptr<order_store>> memory_order_store::open(std::shared_ptr<order_image> image) {
  {
    order_image::state& disk = *image->state_;
    const std::lock_guard lock(disk.mutex);
    if (disk.in_use)
      return make_error(errc::already_open,
                        "memory order store: another store uses this image; destroy it, or open a copy");
    disk.in_use = true;
  }
  return std::make_unique<memory_order_store>(std::move(image));
}

memory_order_store::~memory_order_store() {
  const std::lock_guard lock(disk().mutex);
  disk().in_use = false;
}

result<std::uint64_t> memory_order_store::position(std::uint8_t shard) {
  const std::shared_lock lock(disk().mutex);
  return disk().now.position[shard];
}

result<void> memory_order_store::commit(std::uint8_t shard, std::uint64_t position,
                                        std::span<const order> changed) {
  if (!std::ranges::all_of(changed, is_valid, &order::status))
    return make_error(errc::invalid_argument, "memory order store: an order without a valid status");
  const std::lock_guard lock(disk().mutex);
  auto& now = disk().now;
  if (position <= now.position[shard])
    return make_error(errc::invalid_argument, "memory order store: position must be above the stored one");
  for (const order& each : changed) {
    const auto stored = now.orders.find(each.reservation);
    now.synced_orders.try_emplace(each.reservation,
                                  stored == now.orders.end() ? std::nullopt : std::optional(stored->second));
    now.put(each);
  }
  now.position[shard] = position;
  return {};
}

result<void> memory_order_store::sync() {
  const std::lock_guard lock(disk().mutex);
  disk().now.synced_orders.clear();
  disk().now.synced_position = disk().now.position;
  return {};
}

result<std::optional<order>> memory_order_store::find(reservation_id reservation) {
  const std::shared_lock lock(disk().mutex);
  const auto found = disk().now.orders.find(reservation);
  if (found == disk().now.orders.end()) return std::nullopt;
  return found->second;
}

result<std::vector<order>> memory_order_store::of_buyer(buyer_id buyer, std::size_t count_max,
                                                        reservation_id before) {
  std::vector<order> found;
  const std::shared_lock lock(disk().mutex);
  const auto& now = disk().now;
  auto at = before == reservation_id{}
                ? now.by_buyer.upper_bound({buyer, reservation_id{std::numeric_limits<std::uint64_t>::max()}})
                : now.by_buyer.lower_bound({buyer, before});
  while (found.size() < count_max && at != now.by_buyer.begin()) {
    --at;
    if (at->first != buyer) break;
    found.push_back(now.orders.at(at->second));
  }
  return found;
}

result<order_counts> memory_order_store::counts() {
  const std::shared_lock lock(disk().mutex);
  return disk().now.counts;
}

result<std::unique_ptr<order_store>> open_memory_order_store(std::shared_ptr<order_image> image) {
  return memory_order_store::open(std::move(image));
}

}  // namespace seckill::inline v1
