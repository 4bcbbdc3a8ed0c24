#pragma once

#include <seckill/export.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace seckill::inline v1 {

/// Every answer that a command can get. The list is closed; numbers and names are stable: they are written to
/// journals, metrics and wires, and a number is never used again for another meaning.
///
/// A refusal is an answer, not an error: it changes nothing and leaves no trace. Where several refusals
/// apply, a command is answered with the first in its order of precedence, which each command's documentation
/// lists.
enum class outcome : std::uint8_t {
  // Done. The change is made, and was made once.
  reserved = 1,        ///< The units are held until the deadline.
  confirmed = 2,       ///< Held units were paid in time; they are sold.
  confirmed_late = 3,  ///< Paid after the deadline, but the units could be taken again; they are sold.
  cancelled = 4,       ///< The units went back, or the reserve that this cancel overtook will be refused.
  applied = 5,         ///< An operator's command took effect.

  // The request does not fit what is known.
  invalid_request = 16,   ///< Malformed: a zero id, no lines, a repeated sku, a zero or excessive quantity.
  request_mismatch = 17,  ///< The request id was used before, for something else.
  sale_not_found = 18,    ///< No such sale.
  sku_not_found = 19,     ///< The sale does not sell this sku.
  reservation_not_found = 20,  ///< No such reservation, or it ended so long ago that it is forgotten.
  payment_mismatch = 21,       ///< Already settled by another payment.
  sale_exists = 22,            ///< create_sale: the id is taken by another sale.
  capacity_exceeded = 23,      ///< create_sale, restock: beyond a bound of ledger_params.

  // The sale does not sell now.
  sale_not_open = 32,  ///< Before `opens_at`.
  sale_paused = 33,    ///< The operator paused it.
  sale_closed = 34,    ///< At or after `closes_at`, or the operator closed it.

  // The buyer or the stock says no.
  limit_exceeded = 48,  ///< The buyer would hold and own more units than the sale allows.
  sold_out = 49,        ///< Nothing available, nothing held: final until a restock.
  all_held = 50,        ///< Nothing available now, but holds may come back.
  insufficient = 51,    ///< Some available, fewer than asked.

  // The reservation has ended another way.
  already_cancelled = 64,  ///< It was cancelled.
  already_confirmed = 65,  ///< It was paid.
  already_expired = 66,    ///< Its deadline passed.
  unfulfilled = 67,        ///< Paid too late and the units are gone: refund the payment.

  // The service cannot serve this now. Nothing is known to have changed; retry with the same request id.
  overloaded = 80,    ///< A queue is full.
  unavailable = 81,   ///< The journal failed or the engine is stopping.
  rate_limited = 82,  ///< A limiter refused.
};

/// One past the highest number in use, to size tables indexed by outcome.
inline constexpr std::size_t outcome_count = 83;

/// True if the command took effect (now or, for a replay, before).
[[nodiscard]] constexpr bool is_success(outcome code) noexcept { return code <= outcome::applied; }

/// True if the answer says nothing about the sale: a retry with the same request id may be answered
/// differently.
[[nodiscard]] constexpr bool is_transient(outcome code) noexcept { return code >= outcome::overloaded; }

/// The stable name, for example "sold_out"; "unknown" for a number that is not in the list. Static storage.
[[nodiscard]] SECKILL_EXPORT std::string_view to_string(outcome code) noexcept;

/// The outcome of that stable name, if there is one.
[[nodiscard]] SECKILL_EXPORT std::optional<outcome> outcome_from_string(std::string_view name) noexcept;

/// All outcomes, in the order of their numbers.
[[nodiscard]] SECKILL_EXPORT std::span<const outcome> all_outcomes() noexcept;

}  // namespace seckill::inline v1
