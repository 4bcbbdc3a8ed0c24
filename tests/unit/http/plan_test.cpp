#include "api/plan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill::http {
namespace {

constexpr std::string_view uuid = "00000000-0000-0001-0000-000000000002";
constexpr std::string_view token = "Bearer s3cret";
constexpr std::string_view reserve_body = R"({"buyer":"1","lines":[{"sku":1,"quantity":1}]})";

request post(std::string_view target, std::string_view body = "") {
  request made;
  made.method = verb::post;
  made.target = target;
  made.idempotency_key = uuid;
  made.authorization = token;
  made.content_type = body.empty() ? "" : "application/json";
  made.body = body;
  return made;
}

request get(std::string_view target) {
  request made;
  made.method = verb::get;
  made.target = target;
  made.authorization = token;
  return made;
}

plan planned(const request& from) {
  json_tape scratch;
  return plan_request(from, {.operator_token = "s3cret"}, scratch);
}

problem refused(const request& from) {
  plan got = planned(from);
  EXPECT_TRUE(std::holds_alternative<problem>(got.what)) << from.target;
  return std::get<problem>(got.what);
}

template <typename Command>
Command commanded(const request& from) {
  plan got = planned(from);
  const problem* what = std::get_if<problem>(&got.what);
  EXPECT_EQ(what, nullptr) << what->detail;
  return std::get<Command>(std::get<command>(got.what));
}

query asked(std::string_view target) { return std::get<query>(planned(get(target)).what); }

TEST(plan, every_command_route_makes_its_command) {
  EXPECT_EQ(commanded<reserve_command>(post("/api/v1/sales/7/reservations", reserve_body)).sale, sale_id{7});
  EXPECT_EQ(
      commanded<confirm_command>(post("/api/v1/reservations/9/confirm", R"({"payment_id":"p"})")).reservation,
      reservation_id{9});
  EXPECT_EQ(commanded<cancel_command>(post("/api/v1/reservations/9/cancel")).reservation, reservation_id{9});
  const auto undo = commanded<cancel_request_command>(post("/api/v1/sales/7/reservations/cancel"));
  EXPECT_EQ(undo.sale, sale_id{7});
  EXPECT_EQ(undo.request, (request_id{1, 2}));
  EXPECT_EQ(commanded<restock_command>(post("/admin/v1/sales/7/restock", R"({"sku":1,"delta":3})")).delta, 3);
  EXPECT_EQ(commanded<switch_sale_command>(post("/admin/v1/sales/7/pause")).position, sale_switch::paused);
  EXPECT_EQ(commanded<switch_sale_command>(post("/admin/v1/sales/7/resume")).position, sale_switch::running);
  const auto closing = commanded<switch_sale_command>(post("/admin/v1/sales/7/close"));
  EXPECT_EQ(closing.position, sale_switch::closed);
  EXPECT_EQ(closing.sale, sale_id{7});
  EXPECT_EQ(closing.request, (request_id{1, 2}));
}

TEST(plan, every_changing_post_needs_a_uuid_as_its_key) {
  for (const route_pattern& each : all_routes()) {
    if (each.method != verb::post) continue;
    std::string target(each.path);
    if (const std::size_t open = target.find('{'); open != std::string::npos) {
      target.replace(open, target.find('}') + 1 - open, "7");
    }
    for (const std::string_view key : {std::string_view{}, std::string_view("7")}) {
      request from = post(target, reserve_body);
      from.idempotency_key = key;
      EXPECT_EQ(refused(from).status, 400) << target;
      EXPECT_EQ(refused(from).field, "Idempotency-Key") << target;
    }
  }
}

TEST(plan, bodies_must_be_json_where_there_is_one_and_absent_elsewhere) {
  request from = post("/api/v1/sales/7/reservations", reserve_body);
  for (const std::string_view type :
       {"", "text/plain", "application/jsonx", "application/x-www-form-urlencoded"}) {
    from.content_type = type;
    EXPECT_EQ(refused(from).status, 415) << type;
  }
  for (const std::string_view type :
       {"application/json", "Application/JSON; charset=utf-8", "application/json ;a=b"}) {
    from.content_type = type;
    EXPECT_TRUE(std::holds_alternative<command>(planned(from).what)) << type;
  }
  EXPECT_EQ(refused(post("/api/v1/reservations/9/cancel", "{}")).field, "body");
  EXPECT_EQ(refused(post("/api/v1/sales/7/reservations")).status, 415);
}

TEST(plan, ids_in_paths_must_be_ids) {
  for (const std::string_view target :
       {"/api/v1/sales/x", "/api/v1/sales/0", "/api/v1/reservations/-1", "/api/v1/orders/1.5",
        "/api/v1/buyers/01/orders", "/api/v1/sales/99999999999999999999"}) {
    EXPECT_EQ(refused(get(target)).status, 400) << target;
    EXPECT_EQ(refused(get(target)).field, "path") << target;
  }
  EXPECT_EQ(refused(get("/sale/x")).status, 404);
}

TEST(plan, queries_carry_their_arguments) {
  EXPECT_EQ(asked("/api/v1/sales/7").id, 7U);
  EXPECT_EQ(asked("/api/v1/sales?after=3&limit=2").from, 3U);
  EXPECT_EQ(asked("/api/v1/sales?after=3&limit=2").limit, 2U);
  EXPECT_EQ(asked("/api/v1/buyers/5/orders?before=9").from, 9U);
  EXPECT_EQ(asked("/api/v1/buyers/5/orders").id, 5U);
  EXPECT_EQ(asked("/api/v1/buyers/5/orders").limit, plan_params{}.page_size);
  EXPECT_EQ(asked("/api/v1/events?buyer=5&sale=7").buyer, 5U);
  EXPECT_EQ(asked("/api/v1/events?buyer=5&sale=7").sale, 7U);
  EXPECT_TRUE(asked("/admin/v1/audit?full=true").full);
  EXPECT_EQ(asked("/assets/app.0a1b.css").file, "app.0a1b.css");
  EXPECT_EQ(asked("/sale/7/buy.0a1b.js").file, "buy.0a1b.js");
  EXPECT_EQ(asked("/sale/7?utm_source=mail").id, 7U);
}

TEST(plan, unknown_parameters_are_refused) {
  EXPECT_EQ(refused(get("/api/v1/time?x=1")).field, "query");
  EXPECT_EQ(refused(get("/api/v1/sales?before=1")).field, "query");
  EXPECT_EQ(refused(get("/api/v1/buyers/5/orders?limit=101")).field, "query.limit");
  EXPECT_EQ(refused(post("/api/v1/reservations/9/cancel?force=true")).field, "query");
}

TEST(plan, paths_and_methods_that_do_not_exist_are_told_apart) {
  EXPECT_EQ(refused(get("/api/v1/nothing")).status, 404);
  const problem what = refused(post("/api/v1/time"));
  EXPECT_EQ(what.status, 405);
  EXPECT_EQ(what.allow, "GET, HEAD");
}

TEST(plan, everything_below_admin_is_401_without_the_token) {
  for (const std::string_view target :
       {"/admin/v1/audit", "/admin/v1/sales", "/admin/v1/nothing", "/admin", "/admin/v1/sales/7/pause"}) {
    for (request from : {get(target), post(target)}) {
      from.authorization = "Bearer wrong";
      EXPECT_EQ(refused(from).status, 401) << target;
      from.authorization = {};
      EXPECT_EQ(refused(from).status, 401) << target;
    }
  }
}

TEST(plan, without_a_configured_token_admin_is_closed) {
  json_tape scratch;
  request from = get("/admin/v1/audit");
  for (const std::string_view sent : {"", "Bearer ", "Bearer s3cret"}) {
    from.authorization = sent;
    EXPECT_EQ(std::get<problem>(plan_request(from, {}, scratch).what).status, 401);
  }
}

}  // namespace
}  // namespace seckill::http
