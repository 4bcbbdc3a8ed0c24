#include "plan.hpp"

#include "field_list.hpp"
#include "operator_token.hpp"
#include "plan_body.hpp"
#include "query_string.hpp"
#include "wire_ids.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace seckill::inline v1::http {
namespace {

using answer_or_query = std::variant<problem, command, query>;

problem not_found(std::string_view allow) {
  problem what;
  if (allow.empty()) {
    what.status = 404;
    what.detail = "there is nothing at this path";
  } else {
    what.status = 405;
    what.detail = "this path takes other methods: " + std::string(allow);
    what.allow = allow;
  }
  return what;
}

problem not_an_operator() {
  problem what;
  what.status = 401;
  what.detail = "send the operator's token: Authorization: Bearer <token>";
  return what;
}

bool takes_a_body(route which) noexcept {
  return which == route::reserve || which == route::confirm || which == route::create_sale ||
         which == route::restock;
}

/// application/json, with or without parameters.
bool is_json(std::string_view content_type) noexcept {
  return same_token(trimmed(content_type.substr(0, content_type.find(';'))), "application/json");
}

/// Whether the content stands for itself. `identity` is no coding, but some clients name it.
bool is_encoded(std::string_view content_encoding) noexcept {
  while (const auto coding = next_element(content_encoding)) {
    if (!same_token(*coding, "identity")) return true;
  }
  return false;
}

std::optional<problem> unfit_body(const request& from, route which) {
  if (!takes_a_body(which)) {
    if (from.body.empty()) return std::nullopt;
    return invalid_field("body", "must be empty: this takes no body");
  }
  const bool encoded = is_encoded(from.content_encoding);
  if (!encoded && is_json(from.content_type)) return std::nullopt;
  problem what;
  what.status = 415;
  what.detail = encoded ? "the body must not be encoded: send it without Content-Encoding"
                        : "the body must be JSON: send Content-Type: application/json";
  return what;
}

/// A command is no representation: no entity tag is one of it (RFC 9110, section 13.1.1).
problem nothing_matches() {
  problem what;
  what.status = 412;
  what.detail = "commands have no entity tags: send no If-Match; the Idempotency-Key makes a retry safe";
  return what;
}

/// What every command has: a path's id if its route has one, and a key that makes it idempotent.
struct command_head {
  std::uint64_t id = 0;
  request_id key;
};

answer_or_query plan_command(const command_head& head, route which, std::string_view body,
                             const plan_params& params, json_tape& scratch) {
  switch (which) {
    case route::reserve:
      return read_reserve(body, head.key, sale_id{head.id}, scratch);
    case route::confirm:
      return read_confirm(body, reservation_id{head.id}, scratch);
    case route::create_sale:
      return read_create_sale(body, head.key, params.items_per_sale_max, scratch);
    case route::restock:
      return read_restock(body, head.key, sale_id{head.id}, scratch);
    case route::cancel:
      return command(cancel_command{reservation_id{head.id}});
    case route::cancel_request:
      return command(cancel_request_command{head.key, sale_id{head.id}});
    case route::pause:
      return command(switch_sale_command{head.key, sale_id{head.id}, sale_switch::paused});
    case route::resume:
      return command(switch_sale_command{head.key, sale_id{head.id}, sale_switch::running});
    default:
      return command(switch_sale_command{head.key, sale_id{head.id}, sale_switch::closed});
  }
}

/// The names that the query string of a route may have. Pages may be linked to with any.
std::span<const std::string_view> known_parameters(route which) noexcept {
  static constexpr std::array<std::string_view, 2> sales = {"after", "limit"};
  static constexpr std::array<std::string_view, 2> orders = {"before", "limit"};
  static constexpr std::array<std::string_view, 2> events = {"sale", "buyer"};
  static constexpr std::array<std::string_view, 1> audit = {"full"};
  switch (which) {
    case route::sales:
      return sales;
    case route::buyer_orders:
      return orders;
    case route::events:
      return events;
    case route::audit:
      return audit;
    default:
      return {};
  }
}

bool is_page(route which) noexcept { return which >= route::page_home; }

answer_or_query plan_query(const routed& to, std::uint64_t id, const plan_params& params) {
  query asked;
  asked.id = id;
  asked.file = to.which == route::asset ? to.captures[0] : to.captures[1];
  if (is_page(to.which)) return asked;
  violation first;
  query_string parameters(to.query, known_parameters(to.which), first);
  asked.limit = parameters.number("limit", params.page_size_max, params.page_size);
  asked.from = parameters.id(to.which == route::sales ? "after" : "before");
  asked.sale = parameters.id("sale");
  asked.buyer = parameters.id("buyer");
  asked.full = parameters.flag("full");
  if (first.found()) return invalid_field(std::move(first.field), std::move(first.detail));
  return asked;
}

/// The path's id, 0 if the route has none, or nothing if it is not an id.
std::optional<std::uint64_t> path_id(const routed& to) {
  if (to.captures[0].empty() || to.which == route::asset) return 0;
  return parse_id(to.captures[0]);
}

answer_or_query plan_routed(const routed& to, const request& from, const plan_params& params,
                            json_tape& scratch) {
  const auto id = path_id(to);
  if (!id && is_page(to.which)) return not_found({});
  if (!id) return invalid_field("path", "must have a decimal id from 1 to 18446744073709551615");
  if (from.method != verb::post) return plan_query(to, *id, params);
  if (!to.query.empty()) return invalid_field("query", "must be empty: this takes no parameters");
  const auto key = parse_uuid(from.idempotency_key);
  if (!key) {
    return invalid_field("Idempotency-Key", from.idempotency_key.empty()
                                                ? "is missing: send a UUID, the same again when you retry"
                                                : "must be a UUID that is not nil");
  }
  if (auto unfit = unfit_body(from, to.which)) return *std::move(unfit);
  auto planned = to.which == route::accept_time  // not a command: no ledger decides it
                     ? answer_or_query(query{})
                     : plan_command({*id, *key}, to.which, from.body, params, scratch);
  const bool conditional = !from.conditions.if_match.empty();
  if (conditional && !std::holds_alternative<problem>(planned)) return nothing_matches();
  return planned;
}

}  // namespace

plan plan_request(const request& from, const plan_params& params, json_tape& scratch) {
  const routed to = find_route(from.method, from.target);
  if (!params.operations &&
      (to.operator_only || to.which == route::metrics || to.which == route::page_operator))
    return {route::none, not_found({})};
  if (to.operator_only && !is_operator(from.authorization, params.operator_token)) {
    return {to.which, not_an_operator()};
  }
  if (to.which == route::none) return {to.which, not_found(to.allow)};
  return {to.which, plan_routed(to, from, params, scratch)};
}

}  // namespace seckill::inline v1::http
