#include "server_context.hpp"

#include "worker.hpp"

namespace seckill::inline v1::http {
namespace {

/// Metrics that wait for their thread; beyond: 503.
constexpr std::size_t scrapes_max = 64;

plan_params planning_of(const http_server_params& params, bool operations) {
  return {params.operator_token, params.items_per_sale_max, params.page_size, params.page_size_max,
          operations};
}

/// Room for a sale of so many items, each with a title of 200 characters, however they are escaped.
constexpr std::uint32_t operator_body_size_max(std::uint32_t items_max) noexcept {
  constexpr std::uint32_t item_size_max = 2'750;
  constexpr std::uint32_t sale_size_max = 8 * 1'024;
  return sale_size_max + items_max * item_size_max;
}

}  // namespace

server_context::server_context(const http_server_params& chosen, const http_services& offered,
                               trusted_proxies trusted)
    : params(chosen),
      services(offered),
      planning(planning_of(params, !params.admin_port)),
      operations_planning(planning_of(params, true)),
      bounds{params.head_size_max, params.fields_max, params.body_size_max,
             operator_body_size_max(params.items_per_sale_max), params.operator_token},
      log(params.log),
      guards(params.admission, std::move(trusted)),
      shares(params.streams_max, params.streams_per_client_max),
      lookups(params.lookups_max),
      operations(params.lookups_max),
      scrapes(scrapes_max),
      orders_seen(services.orders, services.sales->shard_count(), operations) {}

server_context::~server_context() = default;

}  // namespace seckill::inline v1::http
