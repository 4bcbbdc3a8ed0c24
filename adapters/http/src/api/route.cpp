#include "route.hpp"

namespace seckill::inline v1::http {
namespace {

constexpr auto patterns = std::to_array<route_pattern>({
    {route::reserve, verb::post, "/api/v1/sales/{sale_id}/reservations"},
    {route::sale, verb::get, "/api/v1/sales/{sale_id}"},
    {route::time, verb::get, "/api/v1/time"},
    {route::confirm, verb::post, "/api/v1/reservations/{reservation_id}/confirm"},
    {route::reservation, verb::get, "/api/v1/reservations/{reservation_id}"},
    {route::cancel, verb::post, "/api/v1/reservations/{reservation_id}/cancel"},
    {route::order, verb::get, "/api/v1/orders/{reservation_id}"},
    {route::buyer_orders, verb::get, "/api/v1/buyers/{buyer_id}/orders"},
    {route::cancel_request, verb::post, "/api/v1/sales/{sale_id}/reservations/cancel"},
    {route::sales, verb::get, "/api/v1/sales"},
    {route::events, verb::get, "/api/v1/events"},
    {route::asset, verb::get, "/assets/{file}"},
    {route::page_sale, verb::get, "/sale/{sale_id}"},
    {route::sale_opening, verb::get, "/sale/{sale_id}/opening"},
    {route::gated_script, verb::get, "/sale/{sale_id}/{file}"},
    {route::page_home, verb::get, "/"},
    {route::page_operator, verb::get, "/operator"},
    {route::healthz, verb::get, "/healthz"},
    {route::readyz, verb::get, "/readyz"},
    {route::metrics, verb::get, "/metrics"},
    {route::create_sale, verb::post, "/admin/v1/sales"},
    {route::restock, verb::post, "/admin/v1/sales/{sale_id}/restock"},
    {route::pause, verb::post, "/admin/v1/sales/{sale_id}/pause"},
    {route::resume, verb::post, "/admin/v1/sales/{sale_id}/resume"},
    {route::close, verb::post, "/admin/v1/sales/{sale_id}/close"},
    {route::audit, verb::get, "/admin/v1/audit"},
    {route::ledger_time, verb::get, "/admin/v1/time"},
    {route::accept_time, verb::post, "/admin/v1/time/accept"},
});
static_assert(patterns.size() + 1 == route_count);

constexpr std::array<std::string_view, route_count> names = {
    "none",        "reserve",       "cancel_request", "confirm",      "cancel",       "sale",
    "sales",       "time",          "reservation",    "order",        "buyer_orders", "events",
    "create_sale", "restock",       "pause",          "resume",       "close",        "audit",
    "ledger_time", "accept_time",   "healthz",        "readyz",       "metrics",      "page_home",
    "page_sale",   "page_operator", "sale_opening",   "gated_script", "asset"};

/// Matches literal text and `{...}` segments from the left.
bool matches(std::string_view pattern, std::string_view path,
             std::array<std::string_view, 2>& captures) noexcept {
  std::size_t captured = 0;
  for (;;) {
    const std::size_t literal = std::min(pattern.find('{'), pattern.size());
    if (!path.starts_with(pattern.substr(0, literal))) return false;
    path.remove_prefix(literal);
    pattern.remove_prefix(literal);
    if (pattern.empty()) return path.empty();
    const std::size_t segment = std::min(path.find('/'), path.size());
    if (segment == 0) return false;
    captures[captured++] = path.substr(0, segment);
    path.remove_prefix(segment);
    pattern.remove_prefix(pattern.find('}') + 1);
  }
}

}  // namespace

std::string_view to_string(route which) noexcept { return names[static_cast<std::size_t>(which)]; }

std::span<const route_pattern> all_routes() noexcept { return patterns; }

routed find_route(verb method, std::string_view resource) noexcept {
  routed found;
  std::string_view path = resource;
  if (const std::size_t mark = path.find('?'); mark != std::string_view::npos) {
    found.query = path.substr(mark + 1);
    path = path.substr(0, mark);
  }
  if (path.empty()) path = "/";  // an absolute-form without a path (RFC 9110, section 4.2.3)
  found.operator_only = path == "/admin" || path.starts_with("/admin/");
  const verb wanted = method == verb::head ? verb::get : method;
  for (const route_pattern& each : patterns) {
    if (!matches(each.path, path, found.captures)) continue;
    if (each.method == wanted) {
      found.which = each.which;
      found.allow = {};
      return found;
    }
    found.allow = each.method == verb::post ? "POST" : "GET, HEAD";
  }
  return found;
}

}  // namespace seckill::inline v1::http
