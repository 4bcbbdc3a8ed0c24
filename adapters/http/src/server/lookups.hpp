#pragma once

#include "../api/plan.hpp"
#include "exchange.hpp"
#include "server_context.hpp"

namespace seckill::inline v1::http {

/// Reads that cannot be answered on the event loop: from a ledger's thread, or from storage on the lookup
/// thread. Each fills the exchange and returns it to its worker, in every case.
void look_up(server_context& server, route which, const query& asked, exchange& into);

}  // namespace seckill::inline v1::http
