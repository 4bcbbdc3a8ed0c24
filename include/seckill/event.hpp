#pragma once

#include <seckill/basket.hpp>
#include <seckill/ids.hpp>
#include <seckill/payment_id.hpp>
#include <seckill/sale.hpp>

#include <cstdint>
#include <variant>

namespace seckill::inline v1 {

/// Events are facts: what a ledger decided. The journal is the sequence of them, a ledger is their sum, and
/// whatever else the shop needs to know (orders, feeds) is derived from them. The number of each type is its
/// index in `event_body` plus one; it is stable and stored.

struct sale_created {
  request_id request{};
  sale_id sale{};
  sale_definition definition{};
};

struct stock_changed {
  request_id request{};
  sale_id sale{};
  sku_id sku{};
  std::int64_t delta = 0;
};

struct sale_switched {
  request_id request{};
  sale_id sale{};
  sale_switch position{};
};

/// Units are held. The deadline is the event's time plus the sale's reservation_ttl_ms.
struct units_reserved {
  sale_id sale{};
  reservation_id reservation{};
  buyer_id buyer{};
  request_id request{};
  basket lines{};
};

/// Held units are sold. `kept` empty: all of them; else these, and the rest went back. `late`: the hold had
/// expired and its units were taken again in the same step.
struct reservation_confirmed {
  reservation_id reservation{};
  payment_id payment{};
  basket kept{};
  bool late = false;
};

struct reservation_cancelled {
  reservation_id reservation{};
};

struct reservation_expired {
  reservation_id reservation{};
};

/// A payment came too late and the units are gone: it must be refunded.
struct payment_unfulfilled {
  reservation_id reservation{};
  payment_id payment{};
};

/// A cancel overtook its reserve, which will be refused. `reservation` names the memory of it.
struct reserve_forestalled {
  sale_id sale{};
  reservation_id reservation{};
  request_id request{};
};

using event_body =
    std::variant<sale_created, stock_changed, sale_switched, units_reserved, reservation_confirmed,
                 reservation_cancelled, reservation_expired, payment_unfulfilled, reserve_forestalled>;

struct event {
  std::uint64_t sequence = 0;  ///< position in its ledger's journal; the first is 1, without gaps
  time_ms at_ms = 0;           ///< the ledger's time
  event_body body{};
};

}  // namespace seckill::inline v1
