#include "lookups.hpp"

#include "../api/event_text.hpp"
#include "../api/outcome_status.hpp"
#include "../api/render_answer.hpp"
#include "../api/render_views.hpp"
#include "health.hpp"
#include "metrics_page.hpp"
#include "stock_watch.hpp"
#include "worker.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <ranges>

namespace seckill::inline v1::http {
namespace {

void give_back(exchange& filled) { filled.home->deliver_to_owner(filled); }

void set_outcome(text_response& into, outcome code) {
  const answer reply{.code = code};
  into.clear();
  into.status = status_of(code);
  into.retry_after_s = retry_after_s(reply, 0);
  render_answer(into.body, reply);
}

void set_unreadable(text_response& into, const error& failed) {
  problem what;
  what.status = failed.code == failure::retryable ? 503 : 500;
  what.detail = "the orders could not be read: " + failed.text;
  what.retry_after_s = what.status == 503 ? 1 : 0;
  set_problem(into, what);
}

void set_missing(text_response& into, std::string detail) {
  problem what;
  what.status = 404;
  what.detail = std::move(detail);
  set_problem(into, what);
}

/// Asks the ledger that made the reservation. What it knows is told when it is durable.
void find_reservation(server_context& server, const query& asked, exchange& into) {
  const reservation_id wanted{asked.id};
  engine& sales = *server.services.sales;
  if (ledger_of(wanted) >= sales.shard_count()) {
    set_outcome(into.text, outcome::reservation_not_found);
    return give_back(into);
  }
  auto found = std::make_shared<std::optional<reservation_view>>();
  sales.read(
      ledger_of(wanted), [found, wanted](const ledger& known) { *found = known.find(wanted); },
      [found, &sales, &into](outcome told) {
        if (told != outcome::applied) {
          set_outcome(into.text, told);
        } else if (!*found) {
          set_outcome(into.text, outcome::reservation_not_found);
        } else {
          render_reservation(into.text.body, **found, sales.now_ms());
        }
        give_back(into);
      });
}

/// Reads orders, unless their storage is failing: then it is spared, and whoever asks is told at once.
template <typename Read>
auto read_guarded(server_context& server, const Read& read) -> decltype(read(*server.services.orders)) {
  const time_ns began = monotonic_now_ns();
  circuit_breaker::permit permit = server.guards.read_orders(began);
  if (!permit) return make_error(errc::unavailable, "their storage fails; it is tried again shortly");
  auto got = read(*server.services.orders);
  const time_ns ended = monotonic_now_ns();
  permit.report(got ? call_outcome::success : call_outcome::failure, ended - began, ended);
  return got;
}

void set_order(text_response& into, server_context& server, const query& asked) {
  const auto found =
      read_guarded(server, [&](order_store& orders) { return orders.find(reservation_id{asked.id}); });
  if (!found) return set_unreadable(into, found.error());
  if (!*found)
    return set_missing(into, "there is no order of this reservation; orders follow reservations shortly");
  render_order(into.body, **found);
}

void set_orders(text_response& into, server_context& server, const query& asked) {
  const auto page = read_guarded(server, [&](order_store& orders) {
    return orders.of_buyer(buyer_id{asked.id}, asked.limit, reservation_id{asked.from});
  });
  if (!page) return set_unreadable(into, page.error());
  render_orders(into.body, *page, asked.limit);
}

/// Oldest first, so that the last event of an order is its newest state.
void set_order_events(text_response& into, server_context& server, const query& asked, std::uint64_t id) {
  const auto page = read_guarded(server, [&](order_store& orders) {
    return orders.of_buyer(buyer_id{asked.buyer}, asked.limit, reservation_id{});
  });
  if (!page) return set_unreadable(into, page.error());
  for (const order& each : *page | std::views::reverse) append_order_event(into.body, each, id);
}

/// What several ledgers' threads find together; the last one hands it over.
struct audit {
  audit(server_context& shared, exchange& asking, bool recompute, std::uint8_t shards)
      : server(shared), into(asking), full(recompute), missing(shards) {}

  server_context& server;
  exchange& into;
  const bool full;
  std::mutex mutex;  ///< over what follows
  audit_view found;
  outcome told = outcome::applied;
  std::uint8_t missing;
};

void look_for_audit(audit& of, const ledger& known) {
  const std::lock_guard lock(of.mutex);
  for (const sale_id id : known.sales()) {
    const auto sale = known.find_sale(id);
    of.found.sales.push_back({id, sale->definition, {sale->items.begin(), sale->items.end()}});
  }
  if (!of.full) return;
  for (std::string& each : known.audit()) of.found.violations.push_back(std::move(each));
}

void set_audit(audit& of) {
  text_response& into = of.into.text;
  if (of.told != outcome::applied) return set_outcome(into, of.told);
  for (const shard_stats& each : of.server.services.sales->stats().shards) {
    of.found.last_sequence += each.last_sequence;
    of.found.durable_sequence += each.durable_sequence;
  }
  if (of.server.services.orders != nullptr) {
    const auto counts = of.server.services.orders->counts();
    if (!counts) return set_unreadable(into, counts.error());
    of.found.orders = *counts;
  }
  std::ranges::sort(of.found.sales, {}, &audit_view::sale::id);
  of.found.health = look_at_health(of.server, of.server.services.sales->stats());
  render_audit(into.body, of.found);
}

void refuse_busy(text_response& into) {
  problem what;
  what.status = 503;
  what.detail = "too many reads are waiting; retry";
  what.code = outcome::overloaded;
  what.retry_after_s = 1;
  set_problem(into, what);
}

/// Runs `fill` on the desk's thread.
template <typename Fill>
void on_desk(desk& at, exchange& into, Fill fill) {
  const bool taken = at.take_on([&into, fill = std::move(fill)] {
    fill(into.text);
    give_back(into);
  });
  if (taken) return;
  refuse_busy(into.text);
  give_back(into);
}

void run_audit(server_context& server, const query& asked, exchange& into) {
  const std::uint8_t shards = server.services.sales->shard_count();
  auto of = std::make_shared<audit>(server, into, asked.full, shards);
  for (std::uint8_t shard = 0; shard < shards; ++shard) {
    server.services.sales->read(
        shard, [of](const ledger& known) { look_for_audit(*of, known); },
        [of](outcome told) {
          {
            const std::lock_guard lock(of->mutex);
            if (told != outcome::applied) of->told = told;
            if (--of->missing > 0) return;
          }
          on_desk(of->server.operations, of->into, [of](text_response&) { set_audit(*of); });
        });
  }
}

void read_order_events(server_context& server, const query& asked, exchange& into) {
  into.as = exchange::form::orders;
  on_desk(server.lookups, into, [&server, asked](text_response& text) {
    set_order_events(text, server, asked, stock_watch(*server.services.sales).epoch());
  });
}

void read_orders(server_context& server, route which, const query& asked, exchange& into) {
  if (server.services.orders == nullptr) {
    set_missing(into.text, "this server keeps no orders");
    return give_back(into);
  }
  on_desk(server.lookups, into, [&server, which, asked](text_response& text) {
    which == route::order ? set_order(text, server, asked) : set_orders(text, server, asked);
  });
}

void scrape(server_context& server, exchange& into) {
  on_desk(server.scrapes, into, [&server](text_response& text) {
    text.content_type = "text/plain; version=0.0.4; charset=utf-8";
    text.body = metrics_page(server);
  });
}

}  // namespace

void look_up(server_context& server, route which, const query& asked, exchange& into) {
  into.as = exchange::form::text;
  into.text.clear();
  switch (which) {
    case route::reservation:
      return find_reservation(server, asked, into);
    case route::events:
      return read_order_events(server, asked, into);
    case route::audit:
      return run_audit(server, asked, into);
    case route::metrics:
      return scrape(server, into);
    default:
      return read_orders(server, which, asked, into);
  }
}

}  // namespace seckill::inline v1::http
