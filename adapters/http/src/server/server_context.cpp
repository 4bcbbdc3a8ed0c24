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

}  // namespace

server_context::server_context(const http_server_params& chosen, const http_services& offered,
                               trusted_proxies trusted)
    : params(chosen),
      services(offered),
      planning(planning_of(params, !params.admin_port)),
      operations_planning(planning_of(params, true)),
      bounds{params.head_size_max, params.fields_max, params.body_size_max},
      log(params.log),
      guards(params.admission, std::move(trusted)),
      lookups(params.lookups_max),
      operations(params.lookups_max),
      scrapes(scrapes_max),
      orders_seen(services.orders, services.sales->shard_count(), operations) {}

server_context::~server_context() = default;

}  // namespace seckill::inline v1::http
