#pragma once

#include <seckill/memory/order_image.hpp>
#include <seckill/ports/order_store.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <utility>

namespace seckill::inline v1 {

class SECKILL_HIDDEN order_image::state {
 public:
  using positions = std::array<std::uint64_t, 256>;  // by shard

  // Everything but the synchronisation: copied as a whole.
  struct content {
    std::map<reservation_id, order> orders;
    std::set<std::pair<buyer_id, reservation_id>> by_buyer;
    order_counts counts{};
    positions position{};
    // What the machine's crash would bring back: the orders changed since the last sync as they were then.
    std::map<reservation_id, std::optional<order>> synced_orders;
    positions synced_position{};

    void put(const order& each);
    void remove(reservation_id reservation);
    void forget_unsynced();
  };

  mutable std::shared_mutex mutex;
  content now;
  bool in_use = false;
};

}  // namespace seckill::inline v1
