// One time on the wire: GET /api/v1/time, what a reserve is told, the status of a sale agree,
// whatever the wall clock does; an operator sees it and has a way out.
#include "contract.hpp"
#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <string>

namespace seckill {
namespace {

using testing::contract;
using testing::http_response;
using testing::shop_server;

constexpr time_ms hour = 3'600'000;
constexpr time_ms year = 365 * 24 * hour;

bool says(const http_response& reply, const std::string& part) {
  return reply.body.find(part) != std::string::npos;
}

TEST(http_time, a_step_of_the_wall_clock_changes_nothing_that_is_shown) {
  for (const time_ms step : {hour, -hour, 30 * year, -30 * year}) {
    shop_server shop;
    const std::string sale = shop.open_sale(1);
    ASSERT_EQ(shop.reserve(sale).status, 201);
    shop.time.step_wall(step);
    shop.sales->tick();
    EXPECT_EQ(shop.get("/api/v1/time").body, R"({"now_ms":1000000})") << step;
    EXPECT_TRUE(says(shop.get("/api/v1/sales/" + sale), R"("status":"open")")) << step;
    EXPECT_EQ(shop.reserve(sale, "1002").status, 409) << "the hold lives";
    shop.time.advance(1'000);
    shop.sales->tick();
    const http_response reserved = shop.reserve(sale, "1002");
    EXPECT_EQ(reserved.status, 201) << "it ended when it should";
    EXPECT_TRUE(says(reserved, R"("expires_at_ms":1002000)")) << reserved.body;
  }
}

TEST(http_time, a_clock_that_was_ahead_for_two_seconds_leaves_nothing_behind) {
  shop_server shop;
  const std::string sale = shop.open_sale(5);
  shop.time.step_wall(hour);
  shop.sales->tick();
  EXPECT_EQ(shop.reserve(sale).status, 201);
  shop.time.advance(2'000);
  shop.time.step_wall(-hour);
  shop.sales->tick();
  EXPECT_TRUE(says(shop.get("/api/v1/sales/" + sale), R"("status":"open")"));
  EXPECT_TRUE(says(shop.reserve(sale, "1002"), R"("expires_at_ms":1003000)"));
  EXPECT_TRUE(says(shop.get("/metrics"), "seckill_ledger_time_alarms_total 1\n"));
}

TEST(http_time, an_alarm_is_in_the_metrics_from_the_start_of_them) {
  shop_server shop;
  const http_response before = shop.get("/metrics");
  EXPECT_TRUE(says(before, "seckill_ledger_time_state{state=\"following\"} 1\n"));
  EXPECT_TRUE(says(before, "seckill_ledger_time_state{state=\"wall_ahead\"} 0\n"));
  EXPECT_TRUE(says(before, "seckill_ledger_time_alarms_total 0\n"));
  shop.time.step_wall(-hour);
  const http_response after = shop.get("/metrics");
  EXPECT_TRUE(says(after, "seckill_ledger_time_state{state=\"wall_behind\"} 1\n"));
  EXPECT_TRUE(says(after, "seckill_ledger_time_difference_seconds -3600\n"));
  EXPECT_TRUE(says(after, "seckill_ledger_time_alarms_total 1\n"));
  EXPECT_EQ(shop.get("/readyz").status, 200) << "a wrong clock is no reason to stop selling";
}

TEST(http_time, an_operator_sees_the_alarm_and_accepts_the_wall_clock) {
  shop_server shop;
  const std::string sale = shop.open_sale(1);
  ASSERT_EQ(shop.reserve(sale).status, 201);
  shop.time.step_wall(2'000'000);
  const contract written(SECKILL_SOURCE_DIR "/docs/reference/openapi.yaml");
  const http_response seen = shop.admin_get("/admin/v1/time");
  EXPECT_EQ(written.objection("GET", "/admin/v1/time", seen), "");
  EXPECT_TRUE(says(seen, R"("state":"wall_ahead","ledger_ms":1000000,"wall_ms":3000000,"alarms":1)"))
      << seen.body;
  EXPECT_TRUE(says(seen, "33 min ahead")) << seen.body;
  EXPECT_EQ(shop.get("/admin/v1/time").status, 401);
  EXPECT_EQ(shop.post("/admin/v1/time/accept").status, 401);
  EXPECT_EQ(shop.get("/api/v1/time").body, R"({"now_ms":1000000})");

  const http_response accepted = shop.admin_post("/admin/v1/time/accept");
  EXPECT_EQ(accepted.status, 200);
  EXPECT_EQ(written.objection("POST", "/admin/v1/time/accept", accepted), "");
  EXPECT_TRUE(says(accepted, R"("state":"following","ledger_ms":3000000)")) << accepted.body;
  EXPECT_EQ(shop.get("/api/v1/time").body, R"({"now_ms":3000000})");
  EXPECT_TRUE(says(shop.get("/api/v1/sales/" + sale), R"("status":"closed")"));
  EXPECT_EQ(shop.reserve(sale, "1002").status, 410) << "the page and the ledger agree";
  EXPECT_EQ(shop.admin_post("/admin/v1/time/accept", "{}").status, 400) << "it takes no body";
}

}  // namespace
}  // namespace seckill
