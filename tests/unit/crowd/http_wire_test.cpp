#include "http_wire.hpp"

#include <gtest/gtest.h>

#include <string>

namespace seckill::crowd {
namespace {

constexpr std::string_view whole =
    "HTTP/1.1 409 Conflict\r\ncontent-length: 23\r\nRetry-After: 2\r\nX-Other: "
    "a:b\r\n\r\n{\"outcome\":\"all_held\"}\n";

TEST(http_wire, a_response_is_complete_with_its_last_byte_and_not_before) {
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(parse_response(whole.substr(0, size)).state, parse_state::incomplete) << size;
  }
  const std::string received = std::string(whole) + "HTTP/1.1 200 OK\r\n";  // the body is a view into it
  const parsed_response parsed = parse_response(received);
  ASSERT_EQ(parsed.state, parse_state::complete);
  EXPECT_EQ(parsed.size, whole.size());
  EXPECT_EQ(parsed.response.status, 409);
  EXPECT_EQ(parsed.response.retry_after_s, 2U);
  EXPECT_TRUE(parsed.response.keep_alive);
  EXPECT_EQ(parsed.response.body, "{\"outcome\":\"all_held\"}\n");
}

TEST(http_wire, connection_close_ends_keep_alive) {
  const auto parsed = parse_response("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n");
  ASSERT_EQ(parsed.state, parse_state::complete);
  EXPECT_FALSE(parsed.response.keep_alive);
}

TEST(http_wire, a_204_has_no_body) {
  const std::string_view bytes = "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n";
  const auto parsed = parse_response(bytes);
  EXPECT_EQ(parsed.state, parse_state::complete);
  EXPECT_EQ(parsed.size, bytes.size());
}

TEST(http_wire, what_is_not_understood_is_malformed) {
  for (const std::string_view bytes :
       {"SMTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    EXPECT_EQ(parse_response(bytes).state, parse_state::malformed) << bytes;
  }
  EXPECT_EQ(parse_response(std::string(response_head_max, 'x')).state, parse_state::malformed);
}

TEST(http_wire, requests_carry_what_was_given_and_nothing_else) {
  std::string get;
  append_request({.method = "GET", .target = "/a", .host = "h:1"}, get);
  EXPECT_EQ(get, "GET /a HTTP/1.1\r\nHost: h:1\r\n\r\n");

  std::string post;
  append_request({.method = "POST",
                  .target = "/b",
                  .host = "h:1",
                  .idempotency_key = "k",
                  .bearer_token = "t",
                  .body = "{}"},
                 post);
  EXPECT_EQ(post,
            "POST /b HTTP/1.1\r\nHost: h:1\r\nIdempotency-Key: k\r\nAuthorization: Bearer t\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");

  std::string empty;
  append_request({.method = "POST", .target = "/c", .host = "h:1"}, empty);
  EXPECT_EQ(empty, "POST /c HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace seckill::crowd
