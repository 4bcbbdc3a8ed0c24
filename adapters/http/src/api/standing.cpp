#include "standing.hpp"

#include "operator_token.hpp"
#include "route.hpp"

namespace seckill::inline v1::http {

standing standing_of(const request& from, const plan_params& params) noexcept {
  const routed to = find_route(from.method, from.target);
  if (to.which == route::healthz || to.which == route::readyz) return standing::probe;
  if (!params.operations) return standing::crowd;
  if (to.which == route::metrics) return standing::scrape;
  const bool operators = to.operator_only && is_operator(from.authorization, params.operator_token);
  return operators ? standing::insider : standing::crowd;
}

}  // namespace seckill::inline v1::http
