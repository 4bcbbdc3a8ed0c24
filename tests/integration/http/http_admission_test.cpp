#include "shop_server.hpp"
#include "sync_gate.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::shop_server;
using testing::sync_gate;

/// Rates that one request uses up for a second.
http_server_params strict() {
  http_server_params params = shop_server::quick();
  params.admission.client_rate = params.admission.buyer_rate = 1;
  params.admission.client_burst = params.admission.buyer_burst = 0;
  return params;
}

http_response get_from(const shop_server& shop, std::string_view forwarded_for) {
  http_client client = shop.connect();
  client.send(shop_server::request_text("GET", "/api/v1/sales",
                                        "X-Forwarded-For: " + std::string(forwarded_for) + "\r\n", ""));
  return client.receive().value();
}

bool shows(const shop_server& shop, const std::string& sample) {
  return shop.admin_get("/metrics").body.find(sample + "\n") != std::string::npos;
}

TEST(http_admission, an_address_that_asks_too_often_is_refused_and_others_are_not) {
  const shop_server shop(strict());
  EXPECT_EQ(get_from(shop, "198.51.100.7").status, 200);
  http_response refused = get_from(shop, "198.51.100.7");
  while (refused.status == 200)
    refused = get_from(shop, "198.51.100.7");  // this machine took a second for one
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.field("retry-after"), "1");
  EXPECT_EQ(refused.field("content-type"), "application/problem+json");
  EXPECT_NE(refused.body.find(R"("outcome":"rate_limited")"), std::string::npos) << refused.body;
  EXPECT_EQ(get_from(shop, "198.51.100.8").status, 200);
  EXPECT_EQ(get_from(shop, "203.0.113.9, 198.51.100.9").status, 200);
  EXPECT_TRUE(shows(shop, R"(seckill_guard_refusals_total{guard="client_rate"} 1)"));
}

TEST(http_admission, what_no_proxy_vouches_for_is_the_peers_own) {
  http_server_params params = strict();
  params.admission.trusted_proxies.clear();
  const shop_server shop(params);
  get_from(shop, "198.51.100.7");
  http_response refused = get_from(shop, "198.51.100.8");
  while (refused.status == 200) refused = get_from(shop, "198.51.100.8");
  EXPECT_EQ(refused.status, 429);
}

/// Asks until the limit refuses, which it must before long.
void expect_limited(const shop_server& shop, const std::string& lines) {
  http_client client = shop.connect();
  for (int asked = 0; asked < 1'000; ++asked) {
    client.send(shop_server::request_text("GET", "/api/v1/time", lines, ""));
    if (client.receive().value().status == 429) return;
  }
  ADD_FAILURE() << "never limited: " << lines;
}

TEST(http_admission, a_list_of_proxies_in_several_lines_is_one_list) {
  http_server_params params = strict();
  params.admission.trusted_proxies.emplace_back("10.0.0.0/8");
  const shop_server shop(params);
  expect_limited(shop, "X-Forwarded-For: 203.0.113.2\r\nX-Forwarded-For: 10.0.0.2\r\n");
  EXPECT_EQ(get_from(shop, "203.0.113.2").status, 429) << "it is the same client";
  EXPECT_EQ(get_from(shop, "203.0.113.3").status, 200);
}

TEST(http_admission, a_list_that_names_no_client_is_limited_all_the_same) {
  http_server_params params = strict();
  params.admission.trusted_proxies.emplace_back("10.0.0.0/8");
  for (const char* lines :
       {"X-Forwarded-For:\r\n", "X-Forwarded-For: ,\r\n", "X-Forwarded-For: unknown\r\n",
        "X-Forwarded-For: 10.0.0.2\r\n", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\n",
        "X-Forwarded-For: unknown\r\nX-Forwarded-For: 10.0.0.2\r\n"}) {
    const shop_server shop(params);
    expect_limited(shop, lines);
  }
}

TEST(http_admission, a_buyer_that_reserves_too_often_is_refused_and_loses_nothing) {
  const shop_server shop(strict());
  const std::string sale = shop.open_sale(5);
  const std::string key = shop_server::fresh_key();
  http_response refused = shop.reserve(sale, "1001");
  while (refused.status == 201) refused = shop.reserve(sale, "1001", key);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body, R"({"outcome":"rate_limited"})");
  EXPECT_EQ(refused.field("retry-after"), "1");
  EXPECT_EQ(shop.reserve(sale, "1002").status, 201);
  http_response again = shop.reserve(sale, "1001", key);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (again.status == 429 && std::chrono::steady_clock::now() < patience)
    again = shop.reserve(sale, "1001", key);
  EXPECT_LT(again.status, 202) << "the key of a refused request must stay usable";
}

TEST(http_admission, reserves_beyond_what_may_be_in_flight_are_shed_and_payments_are_not) {
  http_server_params params = shop_server::quick();
  params.admission.in_flight_min = params.admission.in_flight_max = 1;
  shop_server shop(params);
  sync_gate syncs;
  syncs.watch(*shop.faults);
  const std::string sale = shop.open_sale(3);
  const std::string gone = shop.open_sale(1);
  EXPECT_EQ(shop.reserve(gone).status, 201);

  syncs.shut();
  http_client first = shop.connect();
  first.send(shop_server::reserve_text(sale, shop_server::fresh_key(), "1"));
  syncs.wait_until_held();
  const http_response shed = shop.reserve(sale, "2");
  EXPECT_EQ(shed.status, 503);
  EXPECT_EQ(shed.body, R"({"outcome":"overloaded"})");
  EXPECT_EQ(shed.field("retry-after"), "1");
  EXPECT_EQ(shop.reserve(gone, "3").status, 409)
      << "what is hopeless is told at once, however busy the engine is";
  EXPECT_EQ(shop.reserve("999", "3").status, 404);
  http_client payer = shop.connect();
  payer.send(shop_server::request_text("POST", "/api/v1/reservations/1/confirm",
                                       "Idempotency-Key: " + shop_server::fresh_key() + "\r\n",
                                       R"({"payment_id":"p"})"));
  EXPECT_TRUE(shows(shop, "seckill_reserves_in_flight 1"));
  EXPECT_TRUE(shows(shop, R"(seckill_guard_refusals_total{guard="concurrency"} 3)"));
  syncs.open();
  EXPECT_EQ(first.receive()->status, 201);
  EXPECT_EQ(payer.receive()->status, 404) << "a payment is decided, never shed";
  EXPECT_EQ(shop.reserve(sale, "2").status, 201) << "the storm is over";
}

TEST(http_admission, failing_orders_are_left_alone_while_selling_goes_on) {
  http_server_params params = shop_server::quick();
  params.admission.order_breaker_wait_ms = 200;
  shop_server shop(params);
  const std::string sale = shop.open_sale(5);
  EXPECT_EQ(shop.reserve(sale, "1").status, 201);
  shop.order_faults->plan({.call = storage_call::find, .times = UINT64_MAX});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(shop.get("/api/v1/buyers/1/orders").status, 503);
  const std::uint64_t asked = shop.order_faults->count(storage_call::find);
  const http_response spared = shop.get("/api/v1/buyers/1/orders");
  EXPECT_EQ(spared.status, 503);
  EXPECT_NE(spared.field("retry-after"), "");
  EXPECT_LE(shop.order_faults->count(storage_call::find), asked + 1)
      << "an open breaker asks at most a probe";
  EXPECT_EQ(shop.reserve(sale, "2").status, 201) << "orders that cannot be read are no reason not to sell";

  shop.order_faults->clear();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!shows(shop, R"(seckill_order_reads_state{state="closed"} 1)")) {
    ASSERT_LT(std::chrono::steady_clock::now(), patience) << "the breaker does not close again";
    static_cast<void>(shop.get("/api/v1/buyers/1/orders"));
  }
  EXPECT_EQ(shop.get("/api/v1/buyers/1/orders").status, 200);
}

TEST(http_admission, parameters_that_make_no_sense_are_named) {
  const auto refusal = [](auto change) {
    shop_server shop;
    http_server_params params = shop_server::quick();
    change(params.admission);
    const auto started = http_server::start(params, {shop.sales.get()});
    return started ? std::string("it started") : started.error().text;
  };
  EXPECT_NE(refusal([](admission_params& p) { p.in_flight_min = p.in_flight_max + 1; }).find("in_flight_min"),
            std::string::npos);
  EXPECT_NE(refusal([](admission_params& p) { p.trusted_proxies = {"gateway"}; }).find("\"gateway\""),
            std::string::npos);
}

}  // namespace
}  // namespace seckill
