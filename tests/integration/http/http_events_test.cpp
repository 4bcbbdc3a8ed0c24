#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

namespace seckill {
namespace {

using testing::http_client;
using testing::shop_server;

http_server_params lively() {
  http_server_params params = shop_server::quick();
  params.stream_interval_ms = 5;
  return params;
}

http_client stream_of(const shop_server& shop, const std::string& query) {
  http_client client = shop.connect();
  client.send(shop_server::request_text("GET", "/api/v1/events" + query, "Last-Event-ID: 5\r\n", ""));
  const auto head = client.receive_until("\r\n\r\n");
  EXPECT_TRUE(head && head->starts_with("HTTP/1.1 200 OK\r\n")) << head.value_or("closed");
  EXPECT_EQ(client.receive_until("\n\n"), "retry: 1000\n\n");
  return client;
}

/// The next event, heartbeats skipped.
std::string next_event(http_client& stream) {
  for (;;) {
    const auto piece = stream.receive_until("\n\n");
    if (!piece) return "closed";
    if (*piece != ":\n\n") return *piece;
  }
}

/// Reads on until an event has this in it.
std::string event_with(http_client& stream, std::string_view text) {
  for (;;) {
    std::string event = next_event(stream);
    if (event == "closed" || event.find(text) != std::string::npos) return event;
  }
}

TEST(http_events, a_stream_begins_with_the_whole_state) {
  const shop_server shop(lively());
  const std::string first = shop.open_sale(3);
  const std::string second = shop.open_sale(4);
  http_client stream = stream_of(shop, "");
  EXPECT_NE(next_event(stream).find(R"("sale_id":")" + first), std::string::npos);
  EXPECT_NE(next_event(stream).find(R"("sale_id":")" + second), std::string::npos);
}

TEST(http_events, changes_of_stock_are_pushed) {
  const shop_server shop(lively());
  const std::string sale = shop.open_sale(3);
  http_client stream = stream_of(shop, "?sale=" + sale);
  EXPECT_NE(next_event(stream).find(R"("available":3)"), std::string::npos);
  shop.reserve(sale);
  const std::string event = event_with(stream, R"("held":1)");
  EXPECT_TRUE(event.starts_with("event: stock\nid: ")) << event;
  EXPECT_NE(event.find(R"(data: {"sale_id":")" + sale +
                       R"(","status":"open","items":[{"sku":1,"total":3,"available":2,"held":1,"sold":0,)"
                       R"("availability":"available"}]})"),
            std::string::npos)
      << event;
}

TEST(http_events, a_status_that_time_alone_changes_is_pushed) {
  shop_server shop(lively());
  const std::string sale = shop.open_sale(3);
  http_client stream = stream_of(shop, "?sale=" + sale);
  EXPECT_NE(next_event(stream).find(R"("status":"open")"), std::string::npos);
  shop.time.advance(2'000'000);
  EXPECT_NE(event_with(stream, R"("status":"closed")"), "closed");
}

TEST(http_events, other_sales_stay_out_of_a_sales_stream) {
  const shop_server shop(lively());
  const std::string sale = shop.open_sale(3);
  const std::string other = shop.open_sale(3);
  http_client stream = stream_of(shop, "?sale=" + sale);
  EXPECT_NE(next_event(stream).find(R"("sale_id":")" + sale), std::string::npos);
  shop.reserve(other);
  shop.reserve(sale);
  for (std::string event;;) {
    event = next_event(stream);
    ASSERT_NE(event.find(R"("sale_id":")" + sale), std::string::npos) << event;
    if (event.find(R"("held":1)") != std::string::npos) break;
  }
}

TEST(http_events, a_buyers_orders_are_told_at_the_start_and_when_they_change) {
  const shop_server shop(lively());
  const std::string sale = shop.open_sale(3);
  shop.reserve(sale, "7");
  shop.wait_for_orders();
  http_client stream = stream_of(shop, "?buyer=7");
  const std::string before = event_with(stream, "event: order");
  EXPECT_NE(before.find(R"("status":"pending_payment")"), std::string::npos) << before;
  const std::size_t at = before.find(R"("reservation_id":")") + 18;
  const std::string id = before.substr(at, before.find('"', at) - at);
  shop.reserve(sale, "8");
  shop.post("/api/v1/reservations/" + id + "/confirm", R"({"payment_id":"p"})");
  const std::string paid = event_with(stream, R"("status":"paid")");
  EXPECT_TRUE(paid.starts_with("event: order\n")) << paid;
  EXPECT_NE(paid.find(R"("buyer":"7")"), std::string::npos);
}

TEST(http_events, silence_is_broken_by_heartbeats) {
  http_server_params params = lively();
  params.stream_heartbeat_ms = 100;
  const shop_server shop(params);
  http_client stream = stream_of(shop, "");
  EXPECT_EQ(stream.receive_until("\n\n"), ":\n\n");
  EXPECT_EQ(stream.receive_until("\n\n"), ":\n\n");
}

TEST(http_events, streams_beyond_the_bound_are_told_to_poll) {
  http_server_params params = lively();
  params.streams_max = 1;
  const shop_server shop(params);
  {
    http_client first = stream_of(shop, "");
    EXPECT_EQ(shop.get("/api/v1/events").status, 503);
  }
  // The first has gone: as soon as the server has seen it there is room again.
  while (shop.get("/metrics").body.find("seckill_http_sse_clients 0") == std::string::npos)
    std::this_thread::yield();
  stream_of(shop, "");
}

TEST(http_events, one_address_cannot_take_all_streams) {
  http_server_params params = lively();
  params.streams_per_client_max = 2;
  const shop_server shop(params);
  const auto asks = [&](const std::string& address) {
    http_client client = shop.connect();
    const std::string from = address.empty() ? "" : "X-Forwarded-For: " + address + "\r\n";
    client.send(shop_server::request_text("GET", "/api/v1/events", from, ""));
    const auto head = client.receive_until("\r\n\r\n").value_or("closed");
    return std::pair(head.substr(0, head.find('\r')), std::move(client));
  };
  for (const char* address : {"198.51.100.7", "2001:db8::1", ""}) {
    auto first = asks(address);
    EXPECT_EQ(first.first, "HTTP/1.1 200 OK");
    {
      const auto second = asks(address);
      EXPECT_EQ(second.first, "HTTP/1.1 200 OK");
      EXPECT_EQ(asks(address).first, "HTTP/1.1 429 Too Many Requests") << address;
      EXPECT_EQ(asks("203.0.113.1").first, "HTTP/1.1 200 OK") << "others have shares of their own";
    }
    while (asks(address).first != "HTTP/1.1 200 OK")
      std::this_thread::yield();  // once it is seen that one left
  }
}

TEST(http_events, a_stream_ends_when_the_server_drains) {
  const shop_server shop(lively());
  http_client stream = stream_of(shop, "");
  shop.server->drain();
  EXPECT_TRUE(stream.closed_by_server());
}

TEST(http_events, a_client_that_does_not_read_is_cut) {
  http_server_params params = lively();
  params.stream_buffer_max = 64 * 1'024;
  params.stream_interval_ms = 1;
  const shop_server shop(params);
  const std::string sale = shop.open_sale(1'000'000 / 20, 0, 500);
  http_client stream = stream_of(shop, "");
  // Every reserve makes an event of some 40 kB; nobody reads them, until the server gives the client up.
  while (shop.get("/metrics").body.find("seckill_http_sse_clients 0") == std::string::npos) {
    ASSERT_EQ(shop.reserve(sale).status, 201);
  }
}

}  // namespace
}  // namespace seckill
