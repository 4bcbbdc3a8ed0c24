#include "adapters/http/src/api/outcome_status.hpp"
#include "adapters/http/src/api/route.hpp"
#include "contract.hpp"
#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace seckill {
namespace {

using testing::contract;
using testing::http_response;
using testing::shop_server;

const contract& written() { return contract::of_this_repository(); }

contract::operation operation_of(const http::route_pattern& of) {
  return {of.method == http::verb::post ? "POST" : "GET", std::string(of.path)};
}

/// What the commands' documentation in command.hpp says they can be answered, by route.
const std::map<http::route, std::vector<outcome>>& outcomes_by_route() {
  using enum outcome;
  static const std::vector<outcome> of_switch = {
      applied, invalid_request, request_mismatch, sale_not_found, sale_closed, overloaded, unavailable};
  static const std::map<http::route, std::vector<outcome>> all = {
      {http::route::reserve,
       {reserved, invalid_request, already_cancelled, request_mismatch, sale_not_found, sale_not_open,
        sale_paused, sale_closed, sku_not_found, limit_exceeded, sold_out, all_held, insufficient, overloaded,
        unavailable, rate_limited}},
      {http::route::confirm,
       {confirmed, confirmed_late, invalid_request, reservation_not_found, payment_mismatch,
        already_cancelled, unfulfilled, overloaded, unavailable, rate_limited}},
      {http::route::cancel,
       {cancelled, reservation_not_found, already_confirmed, already_expired, overloaded, unavailable,
        rate_limited}},
      {http::route::cancel_request,
       {cancelled, invalid_request, sale_not_found, request_mismatch, already_confirmed, already_expired,
        overloaded, unavailable, rate_limited}},
      {http::route::create_sale,
       {applied, invalid_request, request_mismatch, sale_exists, capacity_exceeded, overloaded, unavailable}},
      {http::route::restock,
       {applied, invalid_request, request_mismatch, sale_not_found, sku_not_found, insufficient,
        capacity_exceeded, overloaded, unavailable}},
      {http::route::pause, of_switch},
      {http::route::resume, of_switch},
      {http::route::close, of_switch},
      {http::route::accept_time, {}}};
  return all;
}

TEST(http_contract, the_server_has_exactly_the_operations_that_are_written_down) {
  std::set<contract::operation> served;
  for (const http::route_pattern& each : http::all_routes()) served.insert(operation_of(each));
  EXPECT_EQ(served, written().operations());
}

TEST(http_contract, every_outcome_is_written_down) {
  std::set<std::string> known;
  for (const outcome code : all_outcomes()) known.emplace(to_string(code));
  EXPECT_EQ(written().values("Outcome"), known);
}

TEST(http_contract, a_command_may_be_answered_with_the_status_of_each_of_its_outcomes) {
  for (const http::route_pattern& each : http::all_routes()) {
    if (each.method != http::verb::post) continue;
    const auto statuses = written().statuses(operation_of(each));
    for (const outcome code : outcomes_by_route().at(each.which)) {
      answer reply;
      reply.code = code;
      EXPECT_TRUE(statuses.contains(http::status_of(reply, each.which)))
          << each.path << ' ' << to_string(code);
    }
  }
}

TEST(http_contract, every_post_needs_a_key_and_admin_needs_the_operator) {
  for (const contract::operation& each : written().operations()) {
    EXPECT_EQ(written().needs_key(each), each.first == "POST") << each.second;
    EXPECT_EQ(written().needs_operator(each), each.second.starts_with("/admin/")) << each.second;
    EXPECT_EQ(written().statuses(each).contains(401), each.second.starts_with("/admin/")) << each.second;
  }
}

TEST(http_contract, events_are_of_their_schemas) {
  http_server_params params = shop_server::quick();
  const shop_server shop(params);
  const std::string sale = shop.open_sale(2);
  shop.reserve(sale, "7");
  shop.wait_for_orders();
  testing::http_client stream = shop.connect();
  stream.send(shop_server::request_text("GET", "/api/v1/events?buyer=7", "", ""));
  const auto data_of = [&](const std::string& name) {
    const auto event = stream.receive_until("event: " + name);
    const auto data = stream.receive_until("\n\n");
    const std::size_t at = data.value_or("").find("data: ") + 6;
    return data.value_or("").substr(at);
  };
  EXPECT_EQ(written().objection_to("StockEvent", data_of("stock")), "");
  EXPECT_EQ(written().objection_to("Order", data_of("order")), "");
}

TEST(http_contract, the_checker_objects_to_what_is_not_written_down) {
  http_response good{200, {{"content-type", "application/json"}}, R"({"now_ms":1})"};
  EXPECT_EQ(written().objection("GET", "/api/v1/time", good), "");
  const auto objection = [&](int status, const char* type, const char* body) {
    return written().objection("GET", "/api/v1/time", {status, {{"content-type", type}}, body});
  };
  EXPECT_NE(objection(201, "application/json", R"({"now_ms":1})"), "");
  EXPECT_NE(objection(200, "text/plain", R"({"now_ms":1})"), "");
  EXPECT_NE(objection(200, "application/json", R"({"now_ms":"1"})"), "");
  EXPECT_NE(objection(200, "application/json", R"({"now_ms":1.5})"), "");
  EXPECT_NE(objection(200, "application/json", R"({"now_ms":1,"more":1})"), "");
  EXPECT_NE(objection(200, "application/json", R"({})"), "");
  EXPECT_NE(written().objection("GET", "/api/v1/nothing", good), "");
  EXPECT_NE(written().objection_to("Id", R"("01")"), "");
  EXPECT_NE(written().objection_to("Sku", "0"), "");
  EXPECT_NE(written().objection_to("SaleStatus", R"("ajar")"), "");
}

}  // namespace
}  // namespace seckill
