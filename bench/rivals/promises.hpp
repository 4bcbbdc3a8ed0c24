#pragma once

#include "shop.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace seckill::rivals {

/// What the clients of a run were told.
struct told {
  std::uint64_t plenty_reserved = 0;
  std::uint64_t scarce_reserved = 0;
  std::uint64_t scarce_sold_out = 0;
  wish last;  ///< one that was reserved, of the item with plenty
};

/// Asks once and waits.
using ask_once = std::function<verdict(const wish&)>;

/// Whether a shop that has just been measured did all of the work: the last request again is a replay, one buyer
/// gets the limit and no more, the scarce item was sold to the last unit and no further, and of each item what is
/// left, the order records, the buyers' counts and what clients were told agree. Returns what is broken; empty: kept.
///
/// Buyers' counts and orders are left with the limit's worth of units more.
[[nodiscard]] std::vector<std::string> broken_promises(const sale_terms& terms, const told& said,
                                                       const ask_once& ask,
                                                       const std::function<books(sku_id)>& read);

}  // namespace seckill::rivals
