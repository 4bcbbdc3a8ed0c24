#include "order_image_state.hpp"

namespace seckill::inline v1 {

void order_image::state::content::put(const order& each) {
  remove(each.reservation);
  orders.insert_or_assign(each.reservation, each);
  by_buyer.emplace(each.buyer, each.reservation);
  ++counts[static_cast<std::size_t>(each.status)];
}

void order_image::state::content::remove(reservation_id reservation) {
  const auto found = orders.find(reservation);
  if (found == orders.end()) return;
  by_buyer.erase({found->second.buyer, reservation});
  --counts[static_cast<std::size_t>(found->second.status)];
  orders.erase(found);
}

void order_image::state::content::forget_unsynced() {
  const auto undo = std::exchange(synced_orders, {});
  for (const auto& [reservation, before] : undo) {
    if (before)
      put(*before);
    else
      remove(reservation);
  }
  position = synced_position;
}

order_image::order_image() : state_(std::make_unique<state>()) {}
order_image::~order_image() = default;

std::shared_ptr<order_image> order_image::after_process_crash() const {
  auto copy = std::make_shared<order_image>();
  const std::shared_lock lock(state_->mutex);
  copy->state_->now = state_->now;
  return copy;
}

std::shared_ptr<order_image> order_image::after_machine_crash() const {
  auto copy = after_process_crash();
  copy->state_->now.forget_unsynced();
  return copy;
}

std::size_t order_image::order_count() const {
  const std::shared_lock lock(state_->mutex);
  return state_->now.orders.size();
}

}  // namespace seckill::inline v1
