#include "shop_server.hpp"
#include "sync_gate.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::shop_server;
using testing::sync_gate;

void wait_until_it_listens_no_more(const shop_server& shop) {
  try {
    for (;;) static_cast<void>(shop.connect());
  } catch (const std::runtime_error&) {  // refused
  }
}

TEST(http_failures, draining_finishes_what_is_in_flight) {
  sync_gate syncs;
  shop_server shop;
  syncs.watch(*shop.faults);
  const std::string sale = shop.open_sale(5);
  http_client idle = shop.connect();
  idle.send(shop_server::request_text("GET", "/api/v1/time", "", ""));
  EXPECT_EQ(idle.receive()->status, 200);
  http_client busy = shop.connect();
  syncs.shut();
  busy.send(shop_server::reserve_text(sale, shop_server::fresh_key()));
  syncs.wait_until_held();

  auto drained = std::async(std::launch::async, [&] { shop.server->drain(); });
  EXPECT_TRUE(idle.closed_by_server()) << "an idle connection holds the drain up";
  EXPECT_EQ(drained.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  EXPECT_THROW(shop.connect(), std::runtime_error);
  syncs.open();
  const auto got = busy.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 201);
  EXPECT_EQ(got->field("connection"), "close");
  EXPECT_TRUE(busy.closed_by_server());
  drained.get();
}

TEST(http_failures, draining_waits_for_a_request_that_is_coming_in) {
  shop_server shop;
  const std::string sale = shop.open_sale(5);
  const std::string whole = shop_server::reserve_text(sale, shop_server::fresh_key());
  http_client client = shop.connect();
  client.send(shop_server::request_text("GET", "/api/v1/time", "", "") + whole.substr(0, 20));
  EXPECT_EQ(client.receive()->status, 200);
  auto drained = std::async(std::launch::async, [&] { shop.server->drain(); });
  wait_until_it_listens_no_more(shop);
  client.send(whole.substr(20));
  const auto got = client.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 201);
  EXPECT_EQ(got->field("connection"), "close");
  drained.get();
}

TEST(http_failures, a_drain_that_takes_too_long_cuts_the_clients_and_loses_no_answer) {
  http_server_params params = shop_server::quick();
  params.drain_timeout_ms = 20;
  sync_gate syncs;
  shop_server shop(params);
  syncs.watch(*shop.faults);
  const std::string sale = shop.open_sale(5);
  const std::string key = shop_server::fresh_key();
  http_client busy = shop.connect();
  syncs.shut();
  busy.send(shop_server::reserve_text(sale, key));
  syncs.wait_until_held();
  auto drained = std::async(std::launch::async, [&] { shop.server->drain(); });
  EXPECT_TRUE(busy.closed_by_server());
  syncs.open();
  drained.get();
  EXPECT_EQ(shop.sales->find_sale(sale_id{std::stoull(sale)})->items[0].held, 1U);
}

TEST(http_failures, clients_that_leave_before_their_answer_do_no_harm) {
  sync_gate syncs;
  shop_server shop;
  syncs.watch(*shop.faults);
  const std::string sale = shop.open_sale(100);
  syncs.shut();
  for (int i = 0; i < 20; ++i) {
    http_client client = shop.connect();
    client.send(shop_server::reserve_text(sale, shop_server::fresh_key(), std::to_string(i + 1)) +
                shop_server::reserve_text(sale, shop_server::fresh_key(), std::to_string(i + 100)));
    if (i % 2 == 0) client.reset();
  }
  syncs.wait_until_held();
  syncs.open();
  // A retry of the first sees what became of it; everyone else still gets served.
  EXPECT_EQ(shop.reserve(sale).status, 201);
  while (shop.get("/metrics").body.find("seckill_http_connections 1\n") == std::string::npos)
    std::this_thread::yield();
}

TEST(http_failures, a_failed_journal_stops_the_selling_and_not_the_reading) {
  const shop_server shop;
  const std::string sale = shop.open_sale(5);
  const http_response held = shop.reserve(sale);
  ASSERT_EQ(held.status, 201);
  EXPECT_EQ(shop.get("/readyz").status, 200);
  const std::size_t at = held.body.find(R"("reservation_id":")") + 18;
  const std::string id = held.body.substr(at, held.body.find('"', at) - at);

  shop.faults->fail_next(storage_call::append, errc::storage_full, 1'000);
  const http_response refused = shop.reserve(sale);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body, R"({"outcome":"unavailable"})");
  EXPECT_NE(refused.field("retry-after"), "");
  EXPECT_EQ(shop.post("/api/v1/reservations/" + id + "/cancel").status, 503);

  EXPECT_EQ(shop.get("/api/v1/sales/" + sale).status, 200);
  while (shop.get("/api/v1/reservations/" + id).status == 503)
    std::this_thread::yield();  // it steps back to what is durable
  EXPECT_EQ(shop.get("/api/v1/reservations/" + id).status, 200);
  EXPECT_EQ(shop.get("/healthz").status, 200);
  const http_response ready = shop.get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("restart"), std::string::npos) << ready.body;
  EXPECT_NE(shop.get("/metrics").body.find(R"(seckill_engine_state{state="failed"} 1)"), std::string::npos);
}

TEST(http_failures, the_log_names_what_happened_and_no_secret) {
  std::mutex mutex;
  std::string log;
  http_server_params params = shop_server::quick();
  params.access_log = true;
  params.log = [&](log_level, std::string_view line) {
    const std::lock_guard lock(mutex);
    log.append(line).append("\n");
  };
  {
    const shop_server shop(params);
    shop.reserve(shop.open_sale(1));
    shop.admin_get("/admin/v1/audit");
    shop.faults->fail_next(storage_call::append, errc::storage_full, 1'000);
    shop.admin_post("/admin/v1/sales/1/pause");
  }
  for (const char* expected :
       {"event=started address=127.0.0.1 port=", "event=buyers_trusted", "route=reserve status=201",
        "route=audit status=200", "status=503", "event=draining", "event=stopped clean=true"}) {
    EXPECT_NE(log.find(expected), std::string::npos) << expected << " is not in\n" << log;
  }
  EXPECT_EQ(log.find(testing::operator_token), std::string::npos);
}

}  // namespace
}  // namespace seckill
