#include "api/response.hpp"

#include <gtest/gtest.h>

namespace seckill::http {
namespace {

constexpr framing plain{.date = "D"};

TEST(response, a_response_has_head_and_body) {
  std::string out = "before";
  append_response(out, {.status = 201}, plain, "{}");
  EXPECT_EQ(out,
            "beforeHTTP/1.1 201 Created\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "Cache-Control: no-store\r\n\r\n{}");
}

TEST(response, connection_is_said_where_it_is_not_the_default) {
  const auto with = [](framing frame) {
    std::string out;
    append_response(out, {}, frame, "");
    return out;
  };
  EXPECT_EQ(with({.date = "D"}).find("Connection"), std::string::npos);
  EXPECT_NE(with({.date = "D", .keep_alive = false}).find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_NE(with({.date = "D", .http_1_0 = true}).find("\r\nConnection: keep-alive\r\n"), std::string::npos);
  EXPECT_NE(with({.date = "D", .keep_alive = false, .http_1_0 = true}).find("Connection: close"),
            std::string::npos);
}

TEST(response, the_answer_to_head_has_the_size_of_the_body_but_not_the_body) {
  std::string out;
  append_response(out, {}, {.date = "D", .head = true}, "12345");
  EXPECT_NE(out.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

std::string with_problem(const problem& what) {
  text_response response;
  response.body = "left over";
  set_problem(response, what);
  std::string out;
  append_response(out, response, plain);
  return out;
}

TEST(response, a_problem_is_problem_json_with_its_headers) {
  const std::string out = with_problem({.status = 405, .detail = "d", .allow = "GET, HEAD"});
  EXPECT_NE(out.find("Content-Type: application/problem+json\r\n"), std::string::npos);
  EXPECT_NE(out.find("Allow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_TRUE(
      out.ends_with(R"({"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"d"})"));
}

TEST(response, unauthorized_says_which_scheme) {
  EXPECT_NE(with_problem({.status = 401}).find("WWW-Authenticate: Bearer"), std::string::npos);
}

TEST(response, a_shared_body_is_announced_but_left_to_the_sender) {
  text_response response;
  response.shared_body = "12345";
  std::string out;
  append_response(out, response, plain);
  EXPECT_NE(out.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST(response, a_problem_carries_what_helps_a_client) {
  std::string body;
  problem what = invalid_field("lines[0].sku", "must be 1");
  what.opens_at_ms = 5;
  render_problem(body, what);
  EXPECT_EQ(body,
            R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"lines[0].sku must be 1",)"
            R"("field":"lines[0].sku","outcome":"invalid_request","opens_at_ms":5})");
}

TEST(response, dates_are_imf_fixdates) {
  const auto text = [](time_ms at) {
    const http_date date = format_http_date(at);
    return std::string(date.data(), date.size());
  };
  EXPECT_EQ(text(784'111'777'000), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(text(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(text(1'709'251'199'999), "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace seckill::http
