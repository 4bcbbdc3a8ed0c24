#pragma once

#include <seckill/engine.hpp>
#include <seckill/error.hpp>
#include <seckill/sale.hpp>

#include <cstdint>
#include <string>

namespace flash_sale {

/// A sale that is opened at the start, so that there is something to see.
struct demo_sale_params {
  std::string title = "Flash sale";
  std::uint32_t stock = 0;  ///< units over all items; 0: no sale is opened
  std::uint32_t sku_count = 1;
  std::uint32_t opens_in_s = 5;
  std::uint32_t open_for_s = 600;
  std::uint32_t ttl_s = 60;
  std::uint32_t limit = 1;  ///< units per buyer; 0: no limit
  std::int64_t price_minor = 9'900;
  std::string currency = "CNY";
  bool again = false;  ///< also when one of this title has ended
};

/// The sale that these parameters describe, opening after `now`. The stock is spread evenly, the first items
/// get what is left over.
[[nodiscard]] seckill::sale_definition define(const demo_sale_params& params, seckill::time_ms now);

/// Goes on with a sale that has not ended. Otherwise opens one, but only once for each title unless that is asked for:
/// a restart must not sell a stock twice. A sale has ended when it is closed or every unit is sold. Says what it did.
[[nodiscard]] seckill::result<std::string> ensure_sale(seckill::engine& shop, const demo_sale_params& params,
                                                       seckill::time_ms now);

}  // namespace flash_sale
