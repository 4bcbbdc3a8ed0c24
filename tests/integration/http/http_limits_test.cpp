#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::shop_server;

const std::string get_time = shop_server::request_text("GET", "/api/v1/time", "", "");

http_server_params impatient() {
  http_server_params params = shop_server::quick();
  params.idle_timeout_ms = params.head_timeout_ms = params.body_timeout_ms = params.write_timeout_ms = 50;
  return params;
}

/// The status that these bytes are answered with, after which the server must close.
int last_status(const shop_server& shop, const std::string& bytes) {
  http_client client = shop.connect();
  client.send(bytes);
  const auto got = client.receive();
  EXPECT_TRUE(got.has_value()) << "closed without a word";
  EXPECT_EQ(got->field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
  return got->status;
}

TEST(http_limits, a_slow_head_is_told_so_and_closed) {
  const shop_server shop(impatient());
  EXPECT_EQ(last_status(shop, "GET /api/v1/time HTTP/1.1\r\nHost:"), 408);
}

TEST(http_limits, a_slow_body_is_told_so_and_closed) {
  const shop_server shop(impatient());
  const std::string whole = shop_server::reserve_text("1", shop_server::fresh_key());
  EXPECT_EQ(last_status(shop, whole.substr(0, whole.size() - 1)), 408);
}

TEST(http_limits, a_head_that_drips_does_not_win_time_with_each_byte) {
  http_server_params params = shop_server::quick();
  params.head_timeout_ms = 50;
  params.head_size_max = 1'048'576;
  const shop_server shop(params);
  const http_client client = shop.connect();
  const auto started = std::chrono::steady_clock::now();
  const auto drip = [&] {
    while (std::chrono::steady_clock::now() - started < std::chrono::seconds(10)) client.send("G");
  };
  EXPECT_THROW(drip(), std::runtime_error) << "the server still takes bytes";
}

TEST(http_limits, silent_connections_are_closed_without_a_word) {
  const shop_server shop(impatient());
  http_client never_asked = shop.connect();
  EXPECT_TRUE(never_asked.closed_by_server());
  http_client asked_once = shop.connect();
  asked_once.send(get_time);
  EXPECT_EQ(asked_once.receive()->status, 200);
  EXPECT_TRUE(asked_once.closed_by_server());
}

TEST(http_limits, what_is_too_large_is_refused_before_it_is_read) {
  http_server_params params = shop_server::quick();
  params.head_size_max = 1'000;
  params.fields_max = 5;
  params.body_size_max = 1'000;
  const shop_server shop(params);
  EXPECT_EQ(last_status(shop, "GET /" + std::string(5'000, 'a')), 414);
  EXPECT_EQ(last_status(shop, "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(5'000, 'a')), 431);
  std::string fields;
  for (int i = 0; i < 6; ++i) fields += "A: b\r\n";
  EXPECT_EQ(last_status(shop, "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"), 431);
  EXPECT_EQ(last_status(shop, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n"), 413);
  EXPECT_EQ(last_status(shop, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"),
            413);
}

TEST(http_limits, a_sale_of_as_many_items_as_allowed_fits_however_its_titles_are_written) {
  const shop_server shop;
  for (const char* character : {"t", "\xf0\x9f\x98\x80", "\\ud83d\\ude00"}) {
    std::string title;
    for (int i = 0; i < 200; ++i) title += character;
    std::string body =
        R"({"title":"T","opens_at_ms":1,"closes_at_ms":3000000,"reservation_ttl_ms":10,"limit_per_buyer":0,)"
        R"("late_payment":"resell","items":[)";
    for (int sku = 1; sku <= 1'000; ++sku)
      body += (sku > 1 ? "," : "") + (R"({"sku":)" + std::to_string(sku)) + R"(,"title":")" + title +
              R"(","price_minor":1,"currency":"CNY","stock":1})";
    const auto made = shop.admin_post("/admin/v1/sales", body + "]}");
    EXPECT_EQ(made.status, 201) << made.body.substr(0, 300);
  }
}

TEST(http_limits, bytes_that_are_not_http_are_refused) {
  const shop_server shop;
  EXPECT_EQ(last_status(shop, "\x16\x03\x01\x02\x00\x01"), 400);
  EXPECT_EQ(last_status(shop, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
  EXPECT_EQ(last_status(shop, "GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(last_status(shop, "GET / HTTP/3.0\r\nHost: h\r\n\r\n"), 505);
}

TEST(http_limits, a_refusal_reaches_a_client_that_goes_on_sending) {
  const shop_server shop;
  http_client client = shop.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(client.receive()->status, 413);
}

TEST(http_limits, pipelined_requests_are_answered_in_order) {
  http_server_params params = shop_server::quick();
  params.pipeline_max = 3;
  const shop_server shop(params);
  const std::string sale = shop.open_sale(50);
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    bytes += shop_server::reserve_text(sale, shop_server::fresh_key(), std::to_string(i + 1));
    bytes += get_time;
    bytes += shop_server::request_text("GET", "/api/v1/reservations/999", "", "");
  }
  http_client client = shop.connect();
  client.send(bytes);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.receive()->status, i < 50 ? 201 : 409) << i;
    EXPECT_EQ(client.receive()->body, R"({"now_ms":1000000})") << i;
    EXPECT_EQ(client.receive()->body, R"({"outcome":"reservation_not_found"})") << i;
  }
}

TEST(http_limits, a_client_that_is_done_sending_still_gets_its_answers) {
  const shop_server shop;
  const std::string sale = shop.open_sale(5);
  http_client client = shop.connect();
  client.send(shop_server::reserve_text(sale, shop_server::fresh_key()) + get_time);
  client.shut_sending();
  EXPECT_EQ(client.receive()->status, 201);
  EXPECT_EQ(client.receive()->status, 200);
  EXPECT_TRUE(client.closed_by_server());
}

TEST(http_limits, a_body_may_come_in_chunks_and_after_an_invitation) {
  const shop_server shop;
  const std::string sale = shop.open_sale(5);
  const std::string head = "POST /api/v1/sales/" + sale +
                           "/reservations HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                           "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\nIdempotency-Key: " +
                           shop_server::fresh_key() + "\r\n\r\n";
  http_client client = shop.connect();
  client.send(head);
  EXPECT_EQ(client.receive()->status, 100);
  client.send(
      "a\r\n{\"buyer\":\"\r\n22\r\n1\",\"lines\":[{\"sku\":1,\"quantity\":1}\r\n2\r\n]}\r\n0\r\n\r\n");
  const auto got = client.receive();
  EXPECT_EQ(got->status, 201) << got->body;
}

TEST(http_limits, a_client_of_http_1_0_is_never_told_to_continue) {
  const shop_server shop;
  const std::string sale = shop.open_sale(5);
  const std::string body = R"({"buyer":"1","lines":[{"sku":1,"quantity":1}]})";
  http_client client = shop.connect();
  client.send("POST /api/v1/sales/" + sale +
              "/reservations HTTP/1.0\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
              "Expect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\nIdempotency-Key: " + shop_server::fresh_key() + "\r\n\r\n");
  EXPECT_EQ(shop.get("/api/v1/time").status, 200) << "by now the head was read";
  client.send(body);
  EXPECT_EQ(client.receive()->status, 201);
}

TEST(http_limits, a_head_that_does_not_come_in_time_gets_no_body) {
  const shop_server shop(impatient());
  http_client client = shop.connect();
  client.send("HEAD /api/v1/time HTTP/1.1\r\nHost:");
  EXPECT_EQ(client.receive(true)->status, 408);
  EXPECT_TRUE(client.closed_by_server());
}

TEST(http_limits, head_gets_what_get_gets_without_the_body) {
  const shop_server shop;
  const std::string sale = shop.open_sale(5);
  const http_response whole = shop.get("/api/v1/sales/" + sale);
  http_client client = shop.connect();
  client.send(shop_server::request_text("HEAD", "/api/v1/sales/" + sale, "", "") + get_time);
  const auto head = client.receive(true);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->field("content-length"), std::to_string(whole.body.size()));
  EXPECT_EQ(client.receive()->body, R"({"now_ms":1000000})");
}

TEST(http_limits, http_1_0_closes_unless_asked_to_stay) {
  const shop_server shop;
  http_client plain = shop.connect();
  plain.send("GET /api/v1/time HTTP/1.0\r\n\r\n");
  EXPECT_EQ(plain.receive()->field("connection"), "close");
  EXPECT_TRUE(plain.closed_by_server());
  http_client staying = shop.connect();
  staying.send("GET /api/v1/time HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(staying.receive()->field("connection"), "keep-alive");
  staying.send(get_time);
  EXPECT_EQ(staying.receive()->status, 200);
}

TEST(http_limits, a_connection_serves_so_many_requests_and_says_when_it_ends) {
  http_server_params params = shop_server::quick();
  params.requests_per_connection_max = 2;
  const shop_server shop(params);
  http_client client = shop.connect();
  client.send(get_time + get_time + get_time);
  EXPECT_EQ(client.receive()->field("connection"), "");
  EXPECT_EQ(client.receive()->field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST(http_limits, connections_beyond_the_bound_are_told_503_at_once) {
  http_server_params params = shop_server::quick();
  params.connections_max = 4;
  const shop_server shop(params);
  std::vector<http_client> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.push_back(shop.connect());
    crowd.back().send(get_time);
    EXPECT_EQ(crowd.back().receive()->status, 200);
  }
  for (int i = 0; i < 200; ++i) {
    http_client beyond = shop.connect();
    const auto got = beyond.receive();  // without asking for anything; far beyond the bound, just closed
    if (got) {
      EXPECT_EQ(got->status, 503);
      EXPECT_EQ(got->field("retry-after"), "1");
    }
  }
  crowd.front().send(get_time);
  EXPECT_EQ(crowd.front().receive()->status, 200) << "the flood pushed somebody out";
  crowd.pop_back();
  for (;;) {  // there is room again as soon as the server has seen that one leave
    http_client next = shop.connect();
    next.send(get_time);
    const auto got = next.receive();
    if (got && got->status == 200) break;
  }
}

TEST(http_limits, an_abandoned_response_is_given_up) {
  http_server_params params = impatient();
  params.idle_timeout_ms = 60'000;
  params.pipeline_max = 64;
  const shop_server shop(params);
  for (int i = 0; i < 20; ++i) shop.open_sale(5, 0, 500);
  http_client client = shop.connect();
  std::string bytes;
  for (int i = 0; i < 60; ++i) bytes += shop_server::request_text("GET", "/api/v1/sales", "", "");
  client.send(bytes);  // 60 MB that nobody reads
  while (shop.get("/metrics").body.find("seckill_http_connections 1\n") == std::string::npos)
    std::this_thread::yield();
}

TEST(http_limits, clients_that_do_not_read_are_cut_when_together_they_leave_too_much) {
  http_server_params params = shop_server::quick();
  params.unsent_max = 100'000;
  params.write_timeout_ms = 60'000;
  const shop_server shop(params);
  for (int i = 0; i < 20; ++i) shop.open_sale(5, 0, 500);
  std::string bytes;  // 60 MB of answers for each
  for (int i = 0; i < 60; ++i) bytes += shop_server::request_text("GET", "/api/v1/sales", "", "");
  std::vector<http_client> flood;
  for (int i = 0; i < 10; ++i) {
    flood.push_back(shop.connect());
    flood.back().send(bytes);
  }
  const auto number_of = [&](const std::string& series) {
    const std::string page = shop.get("/metrics").body;
    return std::stoull(page.substr(page.find('\n' + series + ' ') + series.size() + 2));
  };
  while (number_of("seckill_http_connections") > 5) std::this_thread::yield();  // few leave less than that
  EXPECT_LE(number_of("seckill_http_unsent_bytes"), params.unsent_max);
  flood.clear();
  while (number_of("seckill_http_unsent_bytes") > 0) std::this_thread::yield();
}

TEST(http_limits, a_large_response_reaches_a_slow_reader_whole) {
  const shop_server shop;
  for (int i = 0; i < 20; ++i) shop.open_sale(5, 0, 500);
  const http_response whole = shop.get("/api/v1/sales");
  EXPECT_GT(whole.body.size(), 1'000'000U);
  http_client client = shop.connect();
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += shop_server::request_text("GET", "/api/v1/sales", "", "");
  client.send(bytes);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.receive()->body, whole.body) << i;
}

TEST(http_limits, params_out_of_bounds_are_refused_by_name) {
  const shop_server shop;
  http_server_params params = shop_server::quick();
  params.pipeline_max = 0;
  auto started = http_server::start(params, {shop.sales.get(), nullptr, nullptr});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().text, "http_server_params::pipeline_max is 0; it must be from 1 to 1024");
  started = http_server::start(shop_server::quick(), {});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().text, "http_services::sales must not be null");
}

TEST(http_limits, a_port_that_is_taken_is_said) {
  const shop_server shop;
  http_server_params params = shop_server::quick();
  params.port = shop.server->port();
  const auto started = http_server::start(params, {shop.sales.get(), nullptr, nullptr});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("cannot bind 127.0.0.1 port " + std::to_string(params.port)),
            std::string::npos)
      << started.error().text;
}

}  // namespace
}  // namespace seckill
