// Probes, metrics and operators do not pay for the crowd: they are answered while it is at every limit.
#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::operator_token;
using testing::shop_server;

const std::string bearer = "Authorization: Bearer " + std::string(operator_token) + "\r\n";

/// The answer on a new connection, whatever it is; 0 if it was closed without one.
int status_of(std::uint16_t port, std::string_view target, const std::string& fields = "") {
  http_client client(port);
  client.send(shop_server::request_text("GET", target, fields, ""));
  const auto got = client.receive();
  return got ? got->status : 0;
}

void expect_operations(std::uint16_t port, const std::string& fields = "") {
  EXPECT_EQ(status_of(port, "/healthz", fields), 200);
  EXPECT_EQ(status_of(port, "/readyz", fields), 200);
  EXPECT_EQ(status_of(port, "/metrics", fields), 200);
  EXPECT_EQ(status_of(port, "/admin/v1/audit", fields + bearer), 200);
}

/// Storage of orders that hangs while it is shut.
class order_gate {
 public:
  explicit order_gate(testing::shop_server& shop, storage_call held) {
    shop.order_faults->before_each([this, held](storage_call call, std::uint64_t) {
      if (call != held) return;
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
    });
  }
  ~order_gate() { open(); }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [this] { return waiting_ > 0; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

TEST(http_operations, health_and_metrics_do_not_wait_for_storage_that_hangs) {
  shop_server shop;
  shop.wait_for_orders();
  order_gate storage(shop, storage_call::find);  // counts, too
  std::vector<http_client> readers;
  for (int i = 0; i < 60; ++i) {
    readers.push_back(shop.connect());
    readers.back().send(shop_server::request_text("GET", "/api/v1/buyers/1/orders", "", ""));
  }
  storage.wait_until_held();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(shop.get("/healthz").status, 200);
    EXPECT_EQ(shop.get("/readyz").status, 200);
    EXPECT_EQ(shop.get("/metrics").status, 200);
  }
  storage.open();
  for (http_client& each : readers) EXPECT_NE(each.receive()->status, 0);
}

TEST(http_operations, buyers_who_read_orders_do_not_keep_the_audit_waiting) {
  shop_server shop;
  shop.wait_for_orders();
  // The first read, a buyer's, hangs; the audit's do not.
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  int readers_held = 0;
  shop.order_faults->before_each([&](storage_call call, std::uint64_t) {
    std::unique_lock lock(mutex);
    if (call != storage_call::find || readers_held > 0) return;
    ++readers_held;
    changed.notify_all();
    changed.wait(lock, [&] { return open; });
  });
  std::vector<http_client> readers;
  for (int i = 0; i < 60; ++i) {
    readers.push_back(shop.connect());
    readers.back().send(shop_server::request_text("GET", "/api/v1/buyers/1/orders", "", ""));
  }
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return readers_held > 0; }));
  }
  expect_operations(shop.server->port());
  const std::lock_guard lock(mutex);
  open = true;
  changed.notify_all();
}

TEST(http_operations, an_address_that_is_over_its_rate_is_still_probed_and_operated) {
  http_server_params params = shop_server::quick();
  params.admission.client_rate = 1;
  params.admission.client_burst = 0;
  const shop_server shop(params);
  const std::string from = "X-Forwarded-For: 198.51.100.7\r\n";
  while (status_of(shop.server->port(), "/api/v1/sales", from) == 200) {
  }
  for (int i = 0; i < 5; ++i) expect_operations(shop.server->port(), from);
  EXPECT_EQ(status_of(shop.server->port(), "/api/v1/time", from), 429);
  EXPECT_EQ(status_of(shop.server->port(), "/admin/v1/audit",
                      from + "Authorization: Bearer guessed-and-guessed-again\r\n"),
            429)
      << "guesses at the token are limited";
  int scrapes = 0;
  while (status_of(shop.server->port(), "/metrics", from) == 200) ASSERT_LT(++scrapes, 1'000);
}

TEST(http_operations, connections_that_are_all_taken_leave_room_for_probes_and_operators) {
  http_server_params params = shop_server::quick();
  params.connections_max = 20;
  params.connections_reserved = 4;
  const shop_server shop(params);
  std::vector<http_client> idle;
  for (int i = 0; i < 60; ++i) idle.push_back(shop.connect());  // beyond the reserve and its double, too
  for (int i = 0; i < 10; ++i) {
    expect_operations(shop.server->port());
    idle.push_back(shop.connect());
  }
  EXPECT_EQ(status_of(shop.server->port(), "/api/v1/time"), 503);
  EXPECT_EQ(
      status_of(shop.server->port(), "/admin/v1/audit", "Authorization: Bearer not-the-token-at-all\r\n"),
      503);
  http_client kept = std::move(idle.front());
  kept.send(shop_server::request_text("GET", "/api/v1/time", "", ""));
  EXPECT_EQ(kept.receive()->status, 200) << "those that were in stay in";
  EXPECT_NE(shop.get("/metrics").body.find("seckill_http_refused_connections_total"), std::string::npos);
}

TEST(http_operations, a_connection_on_the_reserve_serves_one_request) {
  http_server_params params = shop_server::quick();
  params.connections_max = 1;
  const shop_server shop(params);
  const http_client only = shop.connect();
  http_client probe = shop.connect();
  probe.send(shop_server::request_text("GET", "/healthz", "", ""));
  const auto got = probe.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->field("connection"), "close");
  EXPECT_TRUE(probe.closed_by_server());
}

TEST(http_operations, the_second_listener_alone_serves_operators_and_serves_them_always) {
  http_server_params params = shop_server::quick();
  params.admin_port = 0;
  params.connections_max = 4;
  params.connections_reserved = 1;
  params.admission.client_rate = 1;
  params.admission.client_burst = 0;
  const shop_server shop(params);
  const std::uint16_t port = shop.server->port();
  const std::uint16_t admin_port = shop.server->admin_port();
  ASSERT_NE(admin_port, 0);
  for (const char* hidden : {"/metrics", "/admin/v1/audit", "/admin/v1/nothing", "/operator"})
    EXPECT_EQ(status_of(port, hidden, bearer), 404) << hidden;
  std::vector<http_client> idle;
  for (int i = 0; i < 10; ++i) idle.push_back(shop.connect());
  for (int i = 0; i < 10; ++i) expect_operations(admin_port, "X-Forwarded-For: 198.51.100.7\r\n");
  EXPECT_EQ(status_of(admin_port, "/admin/v1/audit"), 401) << "the port is no credential";
  EXPECT_EQ(status_of(admin_port, "/api/v1/sales"), 200);
  EXPECT_EQ(status_of(port, "/readyz"), 200) << "balancers probe the first listener";
}

TEST(http_operations, a_second_listener_that_cannot_be_had_is_a_refused_start) {
  const shop_server shop;
  http_server_params params = shop_server::quick();
  params.admin_port = shop.server->port();
  const auto started = http_server::start(params, {shop.sales.get()});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("port " + std::to_string(shop.server->port())), std::string::npos)
      << started.error().text;
}

TEST(http_operations, parts_that_the_program_reports_are_in_readiness_audit_and_metrics) {
  std::mutex mutex;
  part_health orders{"orders"};
  shop_server shop;
  http_server_params params = shop_server::quick();
  const auto server =
      http_server::start(params, {.sales = shop.sales.get(), .orders = shop.orders.get(), .health = [&] {
                                    const std::lock_guard lock(mutex);
                                    return std::vector<part_health>{orders};
                                  }});
  ASSERT_TRUE(server) << server.error().text;
  const auto get = [&](std::string_view target) {
    http_client client((*server)->port());
    client.send(shop_server::request_text("GET", target, bearer, ""));
    return client.receive().value();
  };
  const auto set = [&](health_level level, const std::string& detail) {
    const std::lock_guard lock(mutex);
    orders.level = level;
    orders.detail = detail;
  };
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_NE(get("/metrics").body.find(R"(seckill_health{part="orders",level="well"} 1)"), std::string::npos);

  set(health_level::failing, "shard 0: no space; free some");
  const http_response failing = get("/readyz");
  EXPECT_EQ(failing.status, 503);
  EXPECT_NE(failing.body.find("shard 0: no space; free some"), std::string::npos) << failing.body;
  EXPECT_NE(get("/admin/v1/audit")
                .body.find(R"({"part":"orders","level":"failing","detail":"shard 0: no space; free some"})"),
            std::string::npos);
  EXPECT_NE(get("/metrics").body.find(R"(seckill_health{part="orders",level="failing"} 1)"),
            std::string::npos);

  set(health_level::warning, "catching up");
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_NE(get("/admin/v1/audit").body.find(R"("level":"warning","detail":"catching up")"),
            std::string::npos);
}

TEST(http_operations, series_that_are_watched_exist_before_anything_happens) {
  const shop_server shop;
  const std::string page = shop.get("/metrics").body;
  for (const char* series : {R"(seckill_http_requests_total{route="reserve",status="408"} 0)",
                             R"(seckill_http_requests_total{route="reserve",status="429"} 0)",
                             R"(seckill_http_requests_total{route="confirm",status="500"} 0)",
                             R"(seckill_http_requests_total{route="none",status="503"} 0)",
                             R"(seckill_answers_total{outcome="overloaded"} 0)",
                             R"(seckill_guard_refusals_total{guard="client_rate"} 0)"}) {
    EXPECT_NE(page.find(series), std::string::npos) << series;
  }
}

}  // namespace
}  // namespace seckill
