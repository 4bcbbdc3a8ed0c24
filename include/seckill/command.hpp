#pragma once

#include <seckill/basket.hpp>
#include <seckill/ids.hpp>
#include <seckill/outcome.hpp>
#include <seckill/payment_id.hpp>
#include <seckill/sale.hpp>

#include <variant>

namespace seckill::inline v1 {

/// Holds units for a buyer, every line or none. Malformed, thus invalid_request: a zero id, no lines or more than
/// basket::lines_max, a repeated sku, a quantity of zero or above ledger_params::quantity_max.
///
/// Answers, the first that applies: invalid_request · already_cancelled (a cancel overtook it) · reserved, replayed (same
/// request id, same content; the order of the lines does not matter) · request_mismatch · sale_not_found · sale_closed ·
/// sale_not_open · sale_paused · sku_not_found · limit_exceeded · insufficient, all_held or sold_out (of the first line
/// that cannot be had) · reserved.
struct reserve_command {
  request_id request{};
  sale_id sale{};
  buyer_id buyer{};
  basket lines{};
};

/// Sells held units to the buyer who paid for them.
///
/// `keep` empty: all of them. Otherwise `keep` names how many of some skus, at most as many as are held; the rest goes back.
///
/// Answers, the first that applies: invalid_request (no payment, or `keep` is malformed) · reservation_not_found ·
/// confirmed, confirmed_late or unfulfilled, replayed (settled by the same payment; `keep` is not looked at again) ·
/// payment_mismatch · already_cancelled · invalid_request (`keep` names more than is held) · confirmed (before the
/// deadline) · confirmed_late or unfulfilled. The late rule: confirmed_late with late_payment::resell, if the operator has
/// neither paused nor closed the sale and units and limit allow it; else unfulfilled.
struct confirm_command {
  reservation_id reservation{};
  payment_id payment{};
  basket keep{};
};

/// Gives held units back.
///
/// Answers, the first that applies: reservation_not_found · cancelled (before the deadline; replayed ever after) ·
/// already_confirmed · already_expired.
struct cancel_command {
  reservation_id reservation{};
};

/// The same by the reserve's request id, for a client that never got the reservation id. If the reserve has
/// not arrived yet it will be refused with already_cancelled.
///
/// Answers, the first that applies: invalid_request · sale_not_found · request_mismatch · cancelled · already_confirmed ·
/// already_expired.
struct cancel_request_command {
  request_id request{};
  sale_id sale{};
};

/// Opens a sale. `sale` zero: the ledger chooses the id, which the answer carries.
///
/// Answers, the first that applies: invalid_request · applied, replayed · request_mismatch · sale_exists ·
/// capacity_exceeded · applied.
struct create_sale_command {
  request_id request{};
  sale_id sale{};
  sale_definition definition{};
};

/// Changes an item's total by `delta` units, up or down; only available units can be taken away.
///
/// Answers, the first that applies: invalid_request · applied, replayed · request_mismatch · sale_not_found · sku_not_found ·
/// insufficient · capacity_exceeded · applied.
struct restock_command {
  request_id request{};
  sale_id sale{};
  sku_id sku{};
  std::int64_t delta = 0;
};

/// Pauses, resumes or closes a sale. Live holds are honoured in every position.
///
/// Answers, the first that applies: invalid_request · applied, replayed · request_mismatch · sale_not_found · sale_closed ·
/// applied.
struct switch_sale_command {
  request_id request{};
  sale_id sale{};
  sale_switch position = sale_switch::running;
};

using command = std::variant<reserve_command, confirm_command, cancel_command, cancel_request_command,
                             create_sale_command, restock_command, switch_sale_command>;

/// The answer to a command. Fields that do not apply are zero.
struct answer {
  outcome code{};
  bool replayed = false;         ///< the command had been answered before; nothing changed now
  reservation_id reservation{};  ///< reserve, and what is known of it in confirm and cancel
  sale_id sale{};                ///< create_sale
  time_ms at_ms = 0;  ///< reserved: the deadline. all_held: the earliest time at which a hold may lapse.
                      ///< sale_not_open: the opening.
};

}  // namespace seckill::inline v1
