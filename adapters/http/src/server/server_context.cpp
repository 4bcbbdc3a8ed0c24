#include "server_context.hpp"

#include "worker.hpp"

namespace seckill::inline v1::http {

server_context::server_context(const http_server_params& chosen, const http_services& offered,
                               trusted_proxies trusted)
    : params(chosen),
      services(offered),
      planning{params.operator_token, params.items_per_sale_max, params.page_size, params.page_size_max},
      bounds{params.head_size_max, params.fields_max, params.body_size_max},
      log(params.log),
      guards(params.admission, std::move(trusted)),
      lookups(params.lookups_max) {}

server_context::~server_context() = default;

}  // namespace seckill::inline v1::http
