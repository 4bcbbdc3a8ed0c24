#pragma once

#include "request.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace seckill::inline v1::http {

/// Every operation of the wire contract, and the static site's. The names of metrics and logs.
enum class route : std::uint8_t {
  none,  ///< no such path
  reserve,
  cancel_request,
  confirm,
  cancel,
  sale,
  sales,
  time,
  reservation,
  order,
  buyer_orders,
  events,
  create_sale,
  restock,
  pause,
  resume,
  close,
  audit,
  ledger_time,
  accept_time,
  healthz,
  readyz,
  metrics,
  page_home,
  page_sale,
  page_operator,
  sale_opening,
  gated_script,
  asset,
};
inline constexpr std::size_t route_count = 29;

[[nodiscard]] std::string_view to_string(route which) noexcept;

/// One line of the routing table. A segment `{name}` of the path matches any one non-empty segment.
struct route_pattern {
  route which;
  verb method;
  std::string_view path;
};

/// The whole table, the busiest first.
[[nodiscard]] std::span<const route_pattern> all_routes() noexcept;

/// Where a request goes.
struct routed {
  route which = route::none;
  std::array<std::string_view, 2> captures{};  ///< what the `{...}` segments matched, in order
  std::string_view query;                      ///< behind the '?', if any
  std::string_view allow;  ///< set, with route::none, if the path exists with other methods: they, for Allow
  bool operator_only = false;  ///< below /admin, whether or not it exists
};

/// HEAD goes where GET goes. `resource` is a path with or without a query.
[[nodiscard]] routed find_route(verb method, std::string_view resource) noexcept;

}  // namespace seckill::inline v1::http
