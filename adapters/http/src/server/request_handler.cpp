#include "request_handler.hpp"

#include "../api/outcome_status.hpp"
#include "../api/plan.hpp"
#include "../api/render_views.hpp"
#include "../api/site.hpp"
#include "../api/standing.hpp"
#include "connection.hpp"
#include "health.hpp"
#include "lookups.hpp"
#include "server_context.hpp"
#include "worker.hpp"
#include <seckill/http/static_site.hpp>

#include <variant>

namespace seckill::inline v1::http {
namespace {

/// A page of the sales' list ends at the sale that fills it.
constexpr std::size_t sales_body_max = 1024 * 1024;

problem not_found(std::string detail) {
  problem what;
  what.status = 404;
  what.detail = std::move(detail);
  return what;
}

problem too_many_requests(const answer& refused, time_ms now) {
  problem what;
  what.status = status_of(refused.code);
  what.detail = "this address asks more often than it may; come back after Retry-After";
  what.code = refused.code;
  what.retry_after_s = retry_after_s(refused, now);
  return what;
}

void set_sale(text_response& into, const server_context& server, std::uint64_t id) {
  const auto shown = server.services.sales->find_sale(sale_id{id});
  if (shown) return render_sale(into.body, *shown, server.services.sales->now_ms());
  into.status = 404;
  into.body = R"({"outcome":"sale_not_found"})";
}

void set_sales(text_response& into, const server_context& server, const query& asked) {
  const engine& sales = *server.services.sales;
  const time_ms now = server.services.sales->now_ms();
  const std::vector<sale_id> ids = sales.sales();
  auto next = std::upper_bound(ids.begin(), ids.end(), sale_id{asked.from});
  into.body = R"({"sales":[)";
  std::uint32_t count = 0;
  for (; next != ids.end() && count < asked.limit && into.body.size() < sales_body_max; ++next) {
    const auto shown = sales.find_sale(*next);
    if (!shown) continue;
    if (count++ > 0) into.body += ',';
    render_sale(into.body, *shown, now);
  }
  into.body += ']';
  if (next != ids.end()) into.body += R"(,"next":")" + std::to_string(to_integer(*(next - 1))) + '"';
  into.body += '}';
}

void set_page(text_response& into, const server_context& server, route which, const query& asked,
              const preconditions& conditions) {
  if (server.services.site == nullptr) return set_problem(into, not_found("there are no pages here"));
  const site& pages = server.services.site->contents();
  if (which != route::sale_opening && which != route::gated_script) {
    return pages.serve(into, which, asked.file, conditions);
  }
  const auto shown = server.services.sales->find_sale(sale_id{asked.id});
  if (!shown) return set_problem(into, not_found("there is no such sale"));
  pages.serve_gated(into, which, asked.file, conditions, shown->sale, shown->definition->opens_at_ms,
                    server.services.sales->now_ms());
}

void set_readiness(text_response& into, const server_context& server) {
  problem what;
  for (const part_health& each : look_at_health(server, server.services.sales->stats())) {
    if (each.level != health_level::failing) continue;
    what.detail += (what.detail.empty() ? "" : "; ") + each.detail;
    what.status = 503;
  }
  if (what.status != 503) {
    into.body = R"({"status":"ready"})";
    return;
  }
  what.retry_after_s = 5;
  set_problem(into, what);
}

void set_now(text_response& into, const server_context& server, route which, const query& asked,
             const preconditions& conditions) {
  switch (which) {
    case route::sale:
      return set_sale(into, server, asked.id);
    case route::sales:
      return set_sales(into, server, asked);
    case route::time:
      return render_time(into.body, server.services.sales->now_ms());
    case route::ledger_time:
      return render_time_status(into.body, server.services.sales->stats().time);
    case route::accept_time:
      return render_time_status(into.body, server.services.sales->accept_wall_clock());
    case route::healthz:
      into.body = R"({"status":"alive"})";
      return;
    case route::readyz:
      return set_readiness(into, server);
    default:
      return set_page(into, server, which, asked, conditions);
  }
}

bool known_at_once(route which) noexcept {
  switch (which) {
    case route::reservation:
    case route::order:
    case route::buyer_orders:
    case route::audit:
    case route::metrics:
      return false;
    default:
      return true;
  }
}

problem no_seat(stream_shares::bound reached) {
  problem what;
  what.retry_after_s = 5;
  if (reached == stream_shares::bound::each) {
    what.status = 429;
    what.detail = "this address has as many event streams as one address may have; poll instead, or retry";
    what.code = outcome::rate_limited;
  } else {
    what.status = 503;
    what.detail = "there are as many event streams as this server takes; poll instead, or retry";
    what.code = outcome::overloaded;
  }
  return what;
}

void begin_events(worker& home, connection& client, const query& asked, const request& from) {
  home.scratch.clear();
  const std::uint64_t key = client.client_of(from);
  auto [seat, reached] = home.server.shares.take(key != 0 ? key : client.peer().key);
  const bool plain = evaluate(from.conditions, {}) == precondition_result::holds;
  if (seat && plain && from.method != verb::head) return client.stream_from(asked, *std::move(seat));
  if (seat) {
    home.scratch.content_type = "text/event-stream";
    home.scratch.endless = true;
  } else {
    set_problem(home.scratch, no_seat(reached));
  }
  client.respond(route::events, home.scratch);
}

void answer_query(worker& home, connection& client, route which, const query& asked, const request& from) {
  if (which == route::events) return begin_events(home, client, asked, from);
  if (!known_at_once(which)) return look_up(home.server, which, asked, client.put_in_line(which));
  home.scratch.clear();
  set_now(home.scratch, home.server, which, asked, from.conditions);
  client.respond(which, home.scratch);
}

/// A target that names another scheme than the one in use here asks for somebody else's resource (RFC 9110, section
/// 7.4). A trusted proxy may have ended TLS.
bool misdirected(const connection& client, target_scheme scheme) noexcept {
  if (scheme == target_scheme::https) return !client.peer().trusted;
  return scheme == target_scheme::other;
}

problem misdirected_request() {
  problem what;
  what.status = 421;
  what.detail = "this server has resources of http only; https ends at a trusted proxy";
  return what;
}

/// The refusal of a request whose client asks too often. The second listener has no rates; probes and whoever shows a
/// credential do not pay for the crowd behind the same address.
std::optional<answer> refuse_rate(worker& home, const connection& client, const request& from, time_ms wall) {
  if (client.came_by() == entry::operations) return std::nullopt;
  admission& guards = home.server.guards;
  const std::uint64_t key = client.client_of(from);
  const auto over = guards.over_client_rate(key, home.now_ns(), wall);
  if (!over) return std::nullopt;
  const standing whose = standing_of(from, home.server.planning);
  if (whose == standing::probe || whose == standing::insider) return std::nullopt;
  if (whose == standing::scrape && !guards.over_scrape_rate(key, home.now_ns(), wall)) return std::nullopt;
  guards.count(guard::client_rate);
  return over;
}

/// What a shed reserve is told: what is hopeless costs the engine nothing to refuse, however busy it is.
answer shed(const engine& sales, const reserve_command& what, time_ms now) {
  const auto hopeless = sales.board(sales.shard_of(what.sale)).refuse(what, now);
  return hopeless.value_or(answer{.code = outcome::overloaded});
}

void give_to_engine(worker& home, connection& client, route which, command&& what) {
  concurrency_limiter::permit permit;
  if (const auto* reserve = std::get_if<reserve_command>(&what)) {
    const time_ms wall = home.server.services.sales->now_ms();
    if (const auto refused = home.server.guards.refuse_buyer(reserve->buyer, home.now_ns(), wall))
      return client.respond(which, *refused);
    permit = home.server.guards.enter(home.now_ns());
    if (!permit) return client.respond(which, shed(*home.server.services.sales, *reserve, wall));
  }
  exchange& asking = client.put_in_line(which);
  asking.permit = std::move(permit);
  if (const auto* creation = std::get_if<create_sale_command>(&what))
    asking.created = std::make_shared<const sale_definition>(creation->definition);
  home.submit(std::move(what), asking);
}

}  // namespace

void handle_request(worker& home, connection& client, const request& from) {
  const time_ms wall = home.server.services.sales->now_ms();
  if (const auto refused = refuse_rate(home, client, from, wall)) {
    set_problem(home.scratch, too_many_requests(*refused, wall));
    return client.respond(find_route(from.method, from.target).which, home.scratch);
  }
  if (misdirected(client, from.scheme)) {
    set_problem(home.scratch, misdirected_request());
    return client.respond(route::none, home.scratch);
  }
  const bool operations = client.came_by() == entry::operations;
  const plan_params& planning = operations ? home.server.operations_planning : home.server.planning;
  plan planned = plan_request(from, planning, home.tape);
  if (auto* what = std::get_if<command>(&planned.what)) {
    give_to_engine(home, client, planned.which, std::move(*what));
  } else if (const auto* asked = std::get_if<query>(&planned.what)) {
    answer_query(home, client, planned.which, *asked, from);
  } else {
    set_problem(home.scratch, std::get<problem>(planned.what));
    client.respond(planned.which, home.scratch);
  }
}

void present_created_sale(worker& home, exchange& answered) {
  if (!is_success(answered.reply.code)) return;
  auto shown = home.server.services.sales->find_sale(answered.reply.sale);
  if (!shown) {  // not published yet: then it is as it was created
    shown.emplace();
    shown->sale = answered.reply.sale;
    shown->definition = answered.created;
    for (const item_definition& each : answered.created->items)
      shown->items.push_back({each.stock, each.stock, 0, 0});
  }
  answered.as = exchange::form::text;
  answered.text.clear();
  answered.text.status = answered.reply.replayed ? 200 : 201;
  render_sale(answered.text.body, *shown, home.server.services.sales->now_ms());
}

}  // namespace seckill::inline v1::http
