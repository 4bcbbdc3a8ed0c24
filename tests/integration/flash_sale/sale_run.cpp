#include "sale_run.hpp"

#include "bench/crowd/client.hpp"
#include "bench/crowd/verification.hpp"
#include "bench/crowd/wire_api.hpp"
#include "tests/support/poll.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace seckill {
namespace {

crowd::sale_info open_sale(const shop_process& shop) {
  crowd::client asks(shop.endpoint());
  std::vector<crowd::sale_info> sales;
  const auto is_open = [](const crowd::sale_info& each) { return each.status == "open"; };
  const auto look = [&] {
    sales = crowd::read_sales(asks.get(crowd::sales_target()).value().body).value().sales;
    return std::ranges::any_of(sales, is_open);
  };
  if (!poll_until(look, shop_process::patience)) throw std::runtime_error("no sale opened");
  return *std::ranges::find_if(sales, is_open);
}

crowd::driver_params connections_to(const shop_process& shop, std::uint32_t connections) {
  return {.to = shop.endpoint(), .connections = connections, .timeout = std::chrono::seconds(5)};
}

}  // namespace

sale_run sell(const shop_process& shop, const sale_run_params& params) {
  const crowd::sale_info sale = open_sale(shop);
  crowd::plan_params crowd_params;
  crowd_params.seed = params.seed;
  crowd_params.buyers = params.buyers;
  crowd_params.buyer_first = params.buyer_first;
  crowd_params.pay_percent = params.pay_percent;
  crowd_params.give_up_percent = params.give_up_percent;
  for (const crowd::item_info& each : sale.items) crowd_params.skus.push_back(each.sku);

  sale_run run{.who = std::make_unique<crowd::plan>(crowd_params), .sale = sale.id, .counts = {}};
  crowd::driver connections(connections_to(shop, params.connections), run.counts);
  connections.connect().value();
  std::uint64_t acknowledged = 0;
  crowd::shoppers* people = nullptr;
  crowd::shoppers crowd(*run.who, {.sale = sale.id, .host = "shop", .opening_ns = crowd::driver::now_ns()},
                        run.counts, [&](std::string_view what, reservation_id) {
                          if (what == "reserved" && params.after_each && params.after_each(++acknowledged))
                            people->stop();
                        });
  people = &crowd;
  connections.run(crowd, [&] {
    if (params.enough && params.enough(run.counts)) crowd.stop();
  });
  return run;
}

std::vector<std::string> check_acknowledged(const shop_process& shop, sale_run& run) {
  const std::uint64_t before = run.counts.violation_count;
  crowd::tally calls;  // the checks' own network errors and latencies are no part of the run
  crowd::driver connections(connections_to(shop, 8), calls);
  connections.connect().value();
  crowd::verification check(*run.who, {.sale = run.sale, .host = "shop", .start_ns = crowd::driver::now_ns()},
                            run.counts);
  connections.run(check);
  if (run.counts.violation_count == before) return {};
  return run.counts.violations;
}

crowd::audit_info audit_of(const shop_process& shop, std::uint64_t reservations) {
  crowd::client asks(shop.endpoint());
  const std::string token = shop.token();
  crowd::audit_info audit;
  const auto caught_up = [&] {
    audit = crowd::read_audit(asks.get("/admin/v1/audit", token).value().body).value();
    return audit.order_count >= reservations;
  };
  static_cast<void>(poll_until(caught_up, shop_process::patience));  // the caller sees what is missing
  return audit;
}

}  // namespace seckill
