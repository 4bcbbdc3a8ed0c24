#pragma once

#include <seckill/command.hpp>
#include <seckill/ledger_params.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace seckill::inline v1 {

// The part of a command's judgement that needs no state; the ledger and the board share it.

[[nodiscard]] constexpr bool well_formed(const basket& lines, std::uint32_t quantity_max) noexcept {
  if (lines.overfull()) return false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (to_integer(lines[i].sku) == 0 || lines[i].quantity == 0 || lines[i].quantity > quantity_max)
      return false;
    for (std::size_t j = 0; j < i; ++j)
      if (lines[j].sku == lines[i].sku) return false;
  }
  return true;
}

[[nodiscard]] constexpr bool well_formed(const reserve_command& what, std::uint32_t quantity_max) noexcept {
  return !what.request.is_zero() && to_integer(what.sale) != 0 && to_integer(what.buyer) != 0 &&
         !what.lines.empty() && well_formed(what.lines, quantity_max);
}

// Whether commands about this sale come to this ledger.
[[nodiscard]] constexpr bool lives_in(sale_id sale, const ledger_params& bounds) noexcept {
  return to_integer(sale) != 0 && (to_integer(sale) - 1) % bounds.shard_count == bounds.shard;
}

// What no ledger can have stored: the field and its rule.
[[nodiscard]] std::optional<std::string> stored_definition_fault(const sale_definition& sale);

}  // namespace seckill::inline v1
