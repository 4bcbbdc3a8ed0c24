#pragma once

#include <seckill/basket.hpp>
#include <seckill/ids.hpp>
#include <seckill/outcome.hpp>
#include <seckill/payment_id.hpp>
#include <seckill/sale.hpp>

#include <variant>

namespace seckill::inline v1 {

/// Holds units for a buyer, every line or none.
///
/// Answers, in order of precedence: invalid_request · the original answer, replayed (same request id, same
/// content; line order does not matter) · already_cancelled (a cancel overtook it) · request_mismatch ·
/// sale_not_found · sale_not_open, sale_paused, sale_closed · sku_not_found · limit_exceeded · sold_out,
/// all_held, insufficient (of the first line that cannot be had) · reserved.
struct reserve_command {
  request_id request;
  sale_id sale{};
  buyer_id buyer{};
  basket lines;
};

/// Sells held units to the buyer who paid for them.
///
/// `keep` empty: all of them. Otherwise so many of each named sku, at most as many as held; the rest goes
/// back. Answers, in order: invalid_request · the original answer, replayed (same payment) ·
/// reservation_not_found · payment_mismatch · already_cancelled · confirmed_late or unfulfilled at or after
/// the deadline · confirmed. The late rule: with late_payment::resell, and the sale neither paused nor closed
/// by the operator, and units and limit allowing, confirmed_late; else unfulfilled.
struct confirm_command {
  reservation_id reservation{};
  payment_id payment;
  basket keep{};
};

/// Gives held units back. Answers: reservation_not_found · cancelled (again: replayed) · already_confirmed ·
/// already_expired.
struct cancel_command {
  reservation_id reservation{};
};

/// The same by the reserve's request id, for a client that never got the reservation id. If the reserve has
/// not arrived yet it will be refused with already_cancelled. Answers: invalid_request · sale_not_found ·
/// request_mismatch · those of cancel_command.
struct cancel_request_command {
  request_id request;
  sale_id sale{};
};

/// Answers: invalid_request · replay of applied · request_mismatch · sale_exists · capacity_exceeded ·
/// applied. `sale` zero: the ledger chooses the id, which the answer carries.
struct create_sale_command {
  request_id request;
  sale_id sale{};
  sale_definition definition;
};

/// Changes an item's total by `delta` units, up or down; only available units can be taken away.
/// Answers: invalid_request · replay · request_mismatch · sale_not_found · sku_not_found · insufficient ·
/// capacity_exceeded · applied.
struct restock_command {
  request_id request;
  sale_id sale{};
  sku_id sku{};
  std::int64_t delta = 0;
};

/// Pauses, resumes or closes a sale. Live holds are honoured in every position.
/// Answers: invalid_request · replay · request_mismatch · sale_not_found · sale_closed · applied.
struct switch_sale_command {
  request_id request;
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
