// Ten times what is let in, while the storage of the orders fails: what is shown is what happened.
#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::shop_server;

constexpr int buyers = 8;
constexpr int reserves_each = 500;
constexpr int pipelined = 20;  // of each buyer: all buyers together want ten times what may be in flight
constexpr int stock = 300;

using statuses = std::map<int, std::uint64_t>;

http_server_params narrow() {
  http_server_params params = shop_server::quick();
  params.admission.in_flight_min = params.admission.in_flight_max = buyers * pipelined / 10;
  params.admission.order_breaker_wait_ms = 100;
  return params;
}

/// Reserves in bursts, and asks again for what was shed with the same key, as a patient client does. What it was
/// answered, and in the end the reservations it has.
statuses storm(const shop_server& shop, const std::string& sale, int buyer, std::atomic<int>& reserved) {
  http_client client = shop.connect();
  statuses seen;
  std::vector<std::string> open;
  for (int i = 0; i < reserves_each; ++i)
    open.push_back(shop_server::reserve_text(sale, shop_server::fresh_key(), std::to_string(buyer)));
  while (!open.empty()) {
    const std::size_t size = std::min<std::size_t>(open.size(), pipelined);
    std::string burst;
    for (std::size_t i = 0; i < size; ++i) burst += open[open.size() - size + i];
    client.send(burst);
    std::vector<std::string> again;
    for (std::size_t i = 0; i < size; ++i) {
      const http_response got = client.receive().value();
      ++seen[got.status];
      if (got.status == 201) ++reserved;
      if (got.status == 503) again.push_back(open[open.size() - size + i]);
    }
    open.resize(open.size() - size);
    open.insert(open.end(), again.begin(), again.end());
  }
  return seen;
}

std::uint64_t sample(const std::string& page, const std::string& name) {
  const std::size_t at = page.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::stoull(page.substr(at + name.size() + 2));
}

TEST(http_storm, what_is_shown_is_what_happened_and_nothing_is_oversold_or_lost) {
  shop_server shop(narrow());
  const std::string sale = shop.open_sale(stock);
  shop.order_faults->plan({.call = storage_call::find, .times = UINT64_MAX});

  std::atomic<int> reserved{0};
  std::array<statuses, buyers> seen;
  std::vector<std::thread> crowd;
  for (int i = 0; i < buyers; ++i)
    crowd.emplace_back([&, i] { seen[static_cast<std::size_t>(i)] = storm(shop, sale, i + 1, reserved); });
  std::uint64_t orders_refused = 0;
  for (int i = 0; i < 100; ++i) orders_refused += shop.get("/api/v1/buyers/1/orders").status == 503 ? 1 : 0;
  for (std::thread& each : crowd) each.join();

  statuses sum;
  for (const statuses& each : seen)
    for (const auto& [status, count] : each) sum[status] += count;
  EXPECT_EQ(reserved, stock);
  EXPECT_EQ(sum[201], static_cast<std::uint64_t>(stock));
  EXPECT_EQ(sum[409], static_cast<std::uint64_t>(buyers * reserves_each - stock)) << "everybody was answered";
  EXPECT_EQ(sum.size(), 3U) << "201, 409 and 503 alone";
  EXPECT_EQ(orders_refused, 100U);

  const std::string page = shop.admin_get("/metrics").body;
  const auto responses = [&](const std::string& route, int status) {
    return sample(page, "seckill_http_requests_total{route=\"" + route + "\",status=\"" +
                            std::to_string(status) + "\"}");
  };
  for (const auto& [status, count] : sum) EXPECT_EQ(responses("reserve", status), count) << status;
  EXPECT_EQ(responses("buyer_orders", 503), orders_refused);
  const std::uint64_t shed = sample(page, R"(seckill_guard_refusals_total{guard="concurrency"})");
  EXPECT_GE(shed, sum[503]) << "of the shed, those told sold_out at once are not told to come back";
  EXPECT_GT(sum[503], 0U) << "there was no storm";
  EXPECT_GT(sample(page, R"(seckill_guard_refusals_total{guard="order_reads"})"), 50U);
  EXPECT_EQ(sample(page, "seckill_order_reads_state{state=\"closed\"}"), 0U);
  EXPECT_EQ(sample(page, "seckill_reserves_in_flight"), 0U);

  // The storm is over: the next one is served, and so are the orders, all of them.
  shop.order_faults->clear();
  EXPECT_NE(shop.admin_get("/admin/v1/audit?full=true").body.find(R"("balanced":true)"), std::string::npos);
  EXPECT_EQ(shop.admin_post("/admin/v1/sales/" + sale + "/restock", R"({"sku":1,"delta":1})").status, 200);
  EXPECT_EQ(shop.reserve(sale, "77").status, 201);
  shop.wait_for_orders();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  http_response orders = shop.get("/api/v1/buyers/77/orders");
  while (orders.status == 503 && std::chrono::steady_clock::now() < patience)
    orders = shop.get("/api/v1/buyers/77/orders");
  EXPECT_EQ(orders.status, 200);
  EXPECT_NE(shop.admin_get("/admin/v1/audit").body.find("\"count\":" + std::to_string(stock + 1)),
            std::string::npos);
}

}  // namespace
}  // namespace seckill
