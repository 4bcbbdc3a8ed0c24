#pragma once

#include <seckill/availability_board.hpp>
#include <seckill/ledger.hpp>

#include <algorithm>
#include <vector>

namespace seckill::inline v1 {

// What the commands since the last call have changed, for the board: neighbours of one sale are shown
// together.
inline void collect_changes(ledger& from, std::vector<availability_board::change>& into) {
  from.drain_changes([&](sale_id sale, std::uint16_t item) {
    const sale_view seen = from.find_sale(sale).value();
    into.push_back({sale, item, seen.position, seen.items[item], seen.next_expiry_ms, seen.definition});
  });
  std::ranges::stable_sort(into, {}, &availability_board::change::sale);
}

}  // namespace seckill::inline v1
