#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::shop_server;

/// The text of a field of a flat JSON body, without quotes.
std::string value_of(const http_response& from, const std::string& name) {
  const std::size_t at = from.body.find('"' + name + "\":");
  if (at == std::string::npos) return "";
  std::size_t begin = at + name.size() + 3;
  const bool text = from.body[begin] == '"';
  begin += text ? 1 : 0;
  return from.body.substr(begin, from.body.find_first_of(text ? "\"" : ",}", begin) - begin);
}

TEST(http_selling, a_purchase_goes_from_reserve_to_paid_order) {
  const shop_server shop;
  const std::string sale = shop.open_sale(10);

  const http_response reserved = shop.reserve(sale);
  EXPECT_EQ(reserved.status, 201) << reserved.body;
  EXPECT_EQ(value_of(reserved, "outcome"), "reserved");
  EXPECT_EQ(value_of(reserved, "expires_at_ms"), "1001000");
  const std::string id = value_of(reserved, "reservation_id");

  const http_response held = shop.get("/api/v1/reservations/" + id);
  EXPECT_EQ(held.status, 200);
  EXPECT_EQ(value_of(held, "state"), "held");

  const http_response paid = shop.post("/api/v1/reservations/" + id + "/confirm", R"({"payment_id":"p-1"})");
  EXPECT_EQ(paid.status, 200);
  EXPECT_EQ(value_of(paid, "outcome"), "confirmed");

  shop.wait_for_orders();
  const http_response bought = shop.get("/api/v1/orders/" + id);
  EXPECT_EQ(bought.status, 200);
  EXPECT_EQ(bought.body, R"({"order_id":")" + id + R"(","reservation_id":")" + id + R"(","sale_id":")" +
                             sale +
                             R"(","buyer":"1001","lines":[{"sku":1,"quantity":1}],"amount_minor":4999,)"
                             R"("currency":"CNY","status":"paid"})");
  EXPECT_EQ(shop.get("/api/v1/buyers/1001/orders").body, R"({"orders":[)" + bought.body + "]}");
}

TEST(http_selling, a_crowd_gets_exactly_the_stock) {
  const shop_server shop;
  const std::string sale = shop.open_sale(50);
  std::vector<std::thread> crowd;
  std::atomic<int> reserved{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back([&, i] {
      http_client client = shop.connect();
      for (int n = 0; n < 100; ++n) {
        client.send(
            shop_server::reserve_text(sale, shop_server::fresh_key(), std::to_string(1'000 * (i + 1) + n)));
        const auto got = client.receive();
        if (got && got->status == 201) ++reserved;
        if (got && got->status == 409) ++refused;
      }
    });
  }
  for (std::thread& each : crowd) each.join();
  EXPECT_EQ(reserved, 50);
  EXPECT_EQ(refused, 350);
  const http_response audit = shop.admin_get("/admin/v1/audit?full=true");
  EXPECT_EQ(audit.status, 200);
  EXPECT_EQ(value_of(audit, "balanced"), "true");
  EXPECT_EQ(value_of(audit, "held"), "50");
  EXPECT_EQ(value_of(audit, "available"), "0");
}

TEST(http_selling, a_retry_gets_the_same_reservation_even_when_all_is_sold) {
  const shop_server shop;
  const std::string sale = shop.open_sale(1);
  const std::string key = shop_server::fresh_key();
  const http_response first = shop.reserve(sale, "1001", key);
  const http_response again = shop.reserve(sale, "1001", key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(value_of(again, "reservation_id"), value_of(first, "reservation_id"));
  EXPECT_EQ(value_of(again, "replayed"), "true");
  EXPECT_EQ(shop.reserve(sale, "1002", key).status, 422);
}

TEST(http_selling, refusals_have_their_statuses_and_what_helps) {
  shop_server shop;
  const std::string sale = shop.open_sale(2, 1);
  EXPECT_EQ(shop.reserve("999").status, 404);
  EXPECT_EQ(shop.reserve(sale, "1").status, 201);
  EXPECT_EQ(shop.reserve(sale, "1").status, 403);
  EXPECT_EQ(shop.reserve(sale, "2").status, 201);
  const http_response held = shop.reserve(sale, "3");
  EXPECT_EQ(held.status, 409);
  EXPECT_EQ(held.body, R"({"outcome":"all_held","retry_at_ms":1001000})");
  EXPECT_EQ(held.field("retry-after"), "1");
  EXPECT_EQ(shop.admin_post("/admin/v1/sales/" + sale + "/pause").status, 200);
  EXPECT_EQ(shop.reserve(sale, "3").status, 409);
  EXPECT_EQ(shop.admin_post("/admin/v1/sales/" + sale + "/resume").status, 200);
  EXPECT_EQ(shop.admin_post("/admin/v1/sales/" + sale + "/close").status, 200);
  const http_response closed = shop.reserve(sale, "3");
  EXPECT_EQ(closed.status, 410);
  EXPECT_EQ(closed.body, R"({"outcome":"sale_closed"})");
  EXPECT_EQ(shop.post("/api/v1/reservations/9/cancel").status, 404);
}

TEST(http_selling, cancelled_units_sell_again) {
  const shop_server shop;
  const std::string sale = shop.open_sale(1);
  const std::string key = shop_server::fresh_key();
  const std::string id = value_of(shop.reserve(sale, "1", key), "reservation_id");
  EXPECT_EQ(shop.post("/api/v1/reservations/" + id + "/cancel").body,
            R"({"outcome":"cancelled","reservation_id":")" + id + R"(","replayed":false})");
  const http_response second = shop.reserve(sale, "2");
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(shop.get("/api/v1/reservations/" + id).status, 200);
}

TEST(http_selling, a_cancel_by_request_id_may_overtake_its_reserve) {
  const shop_server shop;
  const std::string sale = shop.open_sale(1);
  const std::string key = shop_server::fresh_key();
  EXPECT_EQ(shop.post("/api/v1/sales/" + sale + "/reservations/cancel", "", key).status, 200);
  const http_response late = shop.reserve(sale, "1", key);
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(value_of(late, "outcome"), "already_cancelled");
}

TEST(http_selling, a_created_sale_is_shown_listed_and_replayed) {
  const shop_server shop;
  const std::string body =
      R"({"title":"T","opens_at_ms":2000000,"closes_at_ms":3000000,"reservation_ttl_ms":10,"limit_per_buyer":0,)"
      R"("late_payment":"resell","items":[{"sku":1,"title":"A","price_minor":5,"currency":"EUR","stock":6}]})";
  const std::string key = shop_server::fresh_key();
  const http_response made = shop.admin_post("/admin/v1/sales", body, key);
  EXPECT_EQ(made.status, 201);
  const http_response again = shop.admin_post("/admin/v1/sales", body, key);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, made.body);
  const std::string id = value_of(made, "id");
  EXPECT_EQ(shop.get("/api/v1/sales/" + id).body, made.body);
  EXPECT_EQ(shop.get("/api/v1/sales").body, R"({"sales":[)" + made.body + "]}");
  EXPECT_EQ(shop.reserve(id).body, R"({"outcome":"sale_not_open","opens_at_ms":2000000})");
}

TEST(http_selling, the_list_of_sales_comes_in_pages) {
  const shop_server shop;
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(shop.open_sale(1));
  std::set<std::string> listed;
  std::string after;
  for (int page = 0; page < 3; ++page) {
    const http_response got = shop.get("/api/v1/sales?limit=2" + after);
    for (std::size_t at = 0; (at = got.body.find(R"({"id":")", at)) != std::string::npos; ++at) {
      listed.insert(got.body.substr(at + 7, got.body.find('"', at + 7) - at - 7));
    }
    const std::string next = value_of(got, "next");
    EXPECT_EQ(next.empty(), page == 2) << got.body;
    after = "&after=" + next;
  }
  EXPECT_EQ(listed, made);
}

TEST(http_selling, restocking_ends_a_sold_out) {
  const shop_server shop;
  const std::string sale = shop.open_sale(0);
  EXPECT_EQ(value_of(shop.reserve(sale), "outcome"), "sold_out");
  EXPECT_EQ(shop.admin_post("/admin/v1/sales/" + sale + "/restock", R"({"sku":1,"delta":1})").status, 200);
  EXPECT_EQ(shop.reserve(sale).status, 201);
  EXPECT_EQ(shop.admin_post("/admin/v1/sales/" + sale + "/restock", R"({"sku":1,"delta":-1})").status, 409);
}

TEST(http_selling, admin_is_closed_without_the_token) {
  const shop_server shop;
  const http_response got = shop.get("/admin/v1/audit");
  EXPECT_EQ(got.status, 401);
  EXPECT_EQ(got.field("www-authenticate"), "Bearer realm=\"seckill\"");
  EXPECT_EQ(shop.post("/admin/v1/sales", "{}").status, 401);
}

TEST(http_selling, several_ledgers_and_threads_serve_one_shop) {
  http_server_params params = shop_server::quick();
  params.io_threads = 2;
  const shop_server shop(params, 2);
  std::vector<std::string> sales;
  for (int i = 0; i < 4; ++i) sales.push_back(shop.open_sale(3));
  for (const std::string& sale : sales) {
    const std::string id = value_of(shop.reserve(sale), "reservation_id");
    EXPECT_EQ(value_of(shop.get("/api/v1/reservations/" + id), "sale_id"), sale);
  }
  const http_response audit = shop.admin_get("/admin/v1/audit");
  for (const std::string& sale : sales)
    EXPECT_NE(audit.body.find("{\"id\":\"" + sale + '"'), std::string::npos);
}

}  // namespace
}  // namespace seckill
