// What commands and facts will need, on its way to the cache before they come.
#include "state.hpp"

namespace seckill::inline v1 {
namespace {

// Ended reservations looked at ahead of their turn: more than a group of run_prefetched() and its successor.
constexpr std::uint32_t ended_ahead_max = 64;

}  // namespace

void ledger::state::prefetch(sale_id sale, buyer_id buyer, request_id request) const noexcept {
  requests.prefetch(request);
  if (const auto at = sales.find(sale)) buyers.prefetch(*at, to_integer(buyer));
  if (records.used() == slots_max()) prefetch_ended();
}

void ledger::state::prefetch(reservation_id reservation) const noexcept {
  const auto at = static_cast<slot>(to_integer(reservation));
  if (at <= records.used()) records.prefetch(at);
}

// A further reservation takes the place of an ended one, whose request id leaves the index.
void ledger::state::prefetch_ended() const noexcept {
  if (ended_ahead >= ended_ahead_max) return;
  ended_cursor = ended_ahead == 0 ? finished.head : records[ended_cursor].next;
  // The end of the queue, or the cursor's record has left it.
  if (ended_cursor == 0) {
    ended_ahead = 0;
    return;
  }
  ++ended_ahead;
  requests.prefetch(records[ended_cursor].request);
}

// The buyers of the first `count` holds from `at` on that are due.
void ledger::state::prefetch_due(slot at, std::size_t count) const noexcept {
  for (; at != 0 && count > 0 && lapsed(records[at]); --count, at = records[at].next)
    buyers.prefetch(records[at].sale, records[at].buyer);
}

void ledger::prefetch(const command& what) const noexcept {
  if (const auto* reserve = std::get_if<reserve_command>(&what)) {
    prefetch(*reserve);
  } else if (const auto* confirm = std::get_if<confirm_command>(&what)) {
    state_->prefetch(confirm->reservation);
  } else if (const auto* cancel = std::get_if<cancel_command>(&what)) {
    state_->prefetch(cancel->reservation);
  } else if (const auto* early = std::get_if<cancel_request_command>(&what)) {
    state_->requests.prefetch(early->request);
  }
}

void ledger::prefetch(const reserve_command& what) const noexcept {
  state_->prefetch(what.sale, what.buyer, what.request);
}

void ledger::prefetch(const event& fact) const noexcept {
  struct visitor {
    const state& books;
    void operator()(const units_reserved& each) const { books.prefetch(each.sale, each.buyer, each.request); }
    void operator()(const reservation_confirmed& each) const { books.prefetch(each.reservation); }
    void operator()(const reservation_cancelled& each) const { books.prefetch(each.reservation); }
    void operator()(const reservation_expired& each) const { books.prefetch(each.reservation); }
    void operator()(const payment_unfulfilled& each) const { books.prefetch(each.reservation); }
    void operator()(const reserve_forestalled& each) const { books.requests.prefetch(each.request); }
    void operator()(const sale_created&) const {}
    void operator()(const stock_changed&) const {}
    void operator()(const sale_switched&) const {}
  };
  std::visit(visitor{*state_}, fact.body);
}

}  // namespace seckill::inline v1
