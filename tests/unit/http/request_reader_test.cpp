#include "server/request_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace seckill::http {
namespace {

using progress = request_reader::progress;

void feed(request_reader& reader, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto space = reader.space();
    const std::size_t size = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), size, space.begin());
    reader.received(size);
    bytes.remove_prefix(size);
  }
}

/// The status that these bytes are refused with; 0: they are not.
int refused(std::string_view bytes, const request_bounds& bounds = {}) {
  request_reader reader(bounds);
  for (const char byte : bytes) {
    feed(reader, {&byte, 1});
    if (reader.next() == progress::refused) return reader.refusal().status;
  }
  return 0;
}

constexpr std::string_view simple = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view full =
    "POST /api?x=1 HTTP/1.1\r\nHost: h\r\nidempotency-key:  k\r\nAuthorization: Bearer t\r\n"
    "Content-Type: application/json\r\nIf-None-Match: \"e\"\r\nUser-Agent: u\r\nContent-Length: "
    "4\r\n\r\nbody";

TEST(request_reader, the_fields_that_matter_are_kept) {
  request_reader reader({});
  feed(reader, full);
  ASSERT_EQ(reader.next(), progress::complete);
  const request& got = reader.current();
  EXPECT_EQ(got.method, verb::post);
  EXPECT_EQ(got.target, "/api?x=1");
  EXPECT_EQ(got.idempotency_key, "k");
  EXPECT_EQ(got.authorization, "Bearer t");
  EXPECT_EQ(got.content_type, "application/json");
  EXPECT_EQ(got.conditions.if_none_match, "\"e\"");
  EXPECT_FALSE(got.forwarded_for.has_value());
  EXPECT_EQ(got.body, "body");
  EXPECT_TRUE(reader.keep_alive());
  EXPECT_TRUE(reader.idle());
}

/// The request that stands behind this line and a Host.
request request_with(request_reader& reader, std::string_view lines) {
  feed(reader, "GET / HTTP/1.1\r\nHost: h\r\n");
  EXPECT_EQ(reader.next(), progress::need_more);
  feed(reader, std::string(lines) + "\r\n");
  EXPECT_EQ(reader.next(), progress::complete) << lines;
  return reader.current();
}

TEST(request_reader, a_list_may_come_in_several_lines) {
  const auto forwarded = [](std::string_view lines) {
    request_reader reader({});
    return std::string(request_with(reader, lines).forwarded_for.value_or("none"));
  };
  EXPECT_EQ(forwarded("X-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2, 3.3.3.3\r\n"),
            "1.1.1.1, 2.2.2.2, 3.3.3.3");
  EXPECT_EQ(forwarded("X-Forwarded-For: a\r\nA: b\r\nX-Forwarded-For:\r\nX-Forwarded-For: c\r\n"), "a, , c");
  EXPECT_EQ(forwarded("X-Forwarded-For:\r\n"), "");
  EXPECT_EQ(forwarded("A: b\r\n"), "none");
  request_reader reader({});
  const request got =
      request_with(reader,
                   "If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\nIf-Match: \"c\"\r\nIf-Match: \"d\"\r\n"
                   "Content-Encoding: gzip\r\nContent-Encoding: br\r\n");
  EXPECT_EQ(got.conditions.if_none_match, "\"a\", \"b\"");
  EXPECT_EQ(got.conditions.if_match, "\"c\", \"d\"");
  EXPECT_EQ(got.content_encoding, "gzip, br");
}

TEST(request_reader, joined_lines_survive_that_the_bytes_move) {
  request_reader reader({.body_size_max = 100'000});
  feed(reader,
       "POST / HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\nContent-Length: "
       "50000\r\n\r\n");
  ASSERT_EQ(reader.next(), progress::need_more);
  feed(reader, std::string(50'000, 'x'));
  ASSERT_EQ(reader.next(), progress::complete);
  EXPECT_EQ(reader.current().conditions.if_none_match, "\"a\", \"b\"");
}

TEST(request_reader, no_field_may_be_folded_over_lines) {
  for (const char* folded : {"X-Forwarded-For: 1.1.1.1,\r\n 2.2.2.2\r\n", "A: b\r\n\tc\r\n", "A:\r\n b\r\n",
                             "A: b\r\n \r\n", "A:\r\n \r\n", "Transfer-Encoding:\r\n chunked\r\n"}) {
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\n" + std::string(folded) + "\r\n"), 400) << folded;
  }
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nA:   b\r\nB:\r\nC:\t\r\n\r\n"), 0);
}

TEST(request_reader, it_does_not_matter_how_the_bytes_are_cut) {
  for (std::size_t cut = 1; cut < full.size(); ++cut) {
    request_reader reader({});
    feed(reader, full.substr(0, cut));
    ASSERT_EQ(reader.next(), progress::need_more) << cut;
    EXPECT_FALSE(reader.idle());
    feed(reader, full.substr(cut));
    ASSERT_EQ(reader.next(), progress::complete) << cut;
    EXPECT_EQ(reader.current().target, "/api?x=1");
    EXPECT_EQ(reader.current().body, "body");
  }
}

TEST(request_reader, pipelined_requests_come_one_by_one) {
  request_reader reader({});
  std::string bytes;
  for (int i = 0; i < 1'000; ++i) bytes.append(full).append("\r\n").append(simple);
  std::string_view rest = bytes;
  int posts = 0;
  int gets = 0;
  while (!rest.empty()) {
    const auto space = reader.space();
    const std::size_t size = std::min(space.size(), rest.size());
    std::copy_n(rest.begin(), size, space.begin());
    reader.received(size);
    rest.remove_prefix(size);
    while (reader.next() == progress::complete) {
      reader.current().method == verb::post ? ++posts : ++gets;
      EXPECT_EQ(reader.current().body, reader.current().method == verb::post ? "body" : "");
    }
  }
  EXPECT_EQ(posts, 1'000);
  EXPECT_EQ(gets, 1'000);
  EXPECT_TRUE(reader.idle());
}

TEST(request_reader, chunks_are_put_together) {
  constexpr std::string_view chunked =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;ext=1\r\nabc\r\n1\r\nd\r\n0A\r\nefghijklmn\r\n0\r\nIdempotency-Key: from-the-trailer\r\n\r\n";
  for (std::size_t cut = 1; cut < chunked.size(); ++cut) {
    request_reader reader({});
    feed(reader, chunked.substr(0, cut));
    ASSERT_EQ(reader.next(), progress::need_more) << cut;
    feed(reader, chunked.substr(cut));
    ASSERT_EQ(reader.next(), progress::complete) << cut;
    EXPECT_EQ(reader.current().body, "abcdefghijklmn") << cut;
    EXPECT_EQ(reader.current().idempotency_key, "") << "a trailer replaced the head";
  }
}

TEST(request_reader, chunks_may_come_in_pieces_of_any_size) {
  constexpr std::string_view head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view body :
       {"0\r\n\r\n", "00\r\n\r\n", "0\r\nA: b\r\n\r\n", "0;x\r\n\r\n", "1\r\n0\r\n0\r\n\r\n"}) {
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
      SCOPED_TRACE(testing::Message() << body << " in pieces of " << piece);
      request_reader reader({});
      feed(reader, head);
      ASSERT_EQ(reader.next(), progress::need_more);
      for (std::string_view rest = body; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
        feed(reader, rest.substr(0, piece));
        ASSERT_EQ(reader.next(), rest.size() <= piece ? progress::complete : progress::need_more) << rest;
      }
      EXPECT_EQ(reader.current().body, body.front() == '1' ? "0" : "");
    }
  }
}

TEST(request_reader, a_body_as_large_as_allowed_is_taken_and_one_byte_more_is_not) {
  const request_bounds bounds{.body_size_max = 20'000};
  const std::string body(20'000, 'x');
  request_reader reader(bounds);
  feed(reader, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n" + body);
  ASSERT_EQ(reader.next(), progress::complete);
  EXPECT_EQ(reader.current().body, body);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20001\r\n\r\n", bounds), 413);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4e21\r\n", bounds), 413);
}

TEST(request_reader, only_the_operator_may_send_a_larger_body) {
  const request_bounds bounds{
      .body_size_max = 1'000, .operator_body_size_max = 50'000, .operator_token = "the-operators-token"};
  const auto status_of = [&](const std::string& target, const std::string& token, const std::string& rest) {
    return refused(
        "POST " + target + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + token + "\r\n" + rest, bounds);
  };
  const std::string large = "Content-Length: 50000\r\n\r\n";
  EXPECT_EQ(status_of("/admin/v1/sales", "the-operators-token", large), 0);
  EXPECT_EQ(status_of("/admin/v1/sales", "the-operators-token", "Content-Length: 50001\r\n\r\n"), 413);
  EXPECT_EQ(status_of("/admin/v1/sales", "another-token-as-long", large), 413);
  EXPECT_EQ(status_of("/api/v1/sales", "the-operators-token", large), 413);
  EXPECT_EQ(status_of("/administrator", "the-operators-token", large), 413);
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "6000\r\n" + std::string(0x6000, 'x') + "\r\n";
  EXPECT_EQ(status_of("/admin/v1/sales", "the-operators-token", chunked + chunk + chunk + "0\r\n\r\n"), 0);
  EXPECT_EQ(status_of("/admin/v1/sales", "the-operators-token", chunked + chunk + chunk + "353\r\n"), 413);
  EXPECT_EQ(status_of("/admin/v1/sales", "wrong", chunked + "3e8\r\n"), 0);
  EXPECT_EQ(status_of("/admin/v1/sales", "wrong", chunked + "3e9\r\n"), 413);
}

TEST(request_reader, a_body_that_is_too_large_is_told_which_bound_it_met) {
  request_reader reader({.body_size_max = 1'000, .operator_body_size_max = 50'000});
  feed(reader, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
  ASSERT_EQ(reader.next(), progress::refused);
  EXPECT_EQ(reader.refusal().detail, "send at most 1000 bytes of body (http_server_params::body_size_max)");
}

TEST(request_reader, framing_of_chunks_is_bounded_too) {
  request_bounds bounds{.head_size_max = 1'024, .body_size_max = 10'000};
  std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 9'000; ++i) bytes += "1\r\nx\r\n";
  EXPECT_EQ(refused(bytes, bounds), 413);
  bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(50'000, 'e');
  EXPECT_EQ(refused(bytes, bounds), 413);
}

TEST(request_reader, heads_are_bounded_in_bytes_and_fields) {
  const request_bounds bounds{.head_size_max = 1'000, .fields_max = 3};
  EXPECT_EQ(refused("GET /" + std::string(2'000, 'a') + " HTTP/1.1\r\n", bounds), 414);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(2'000, 'a') + "\r\n", bounds), 431);
  EXPECT_EQ(refused("GET /" + std::string(600, 'a') + " HTTP/1.1\r\nHost: h\r\nA: " + std::string(600, 'a') +
                        "\r\n\r\n",
                    bounds),
            431);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 1\r\n\r\n", bounds), 0);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n", bounds), 431);
}

TEST(request_reader, what_could_be_read_in_two_ways_is_refused) {
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, int>>{
           {"GET / HTTP/1.1\r\n\r\n", 400},  // no host
           {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 400},
           {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nHost: h\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nHost: h\r\nIdempotency-Key: a\r\n b\r\n\r\n", 400},  // folded
           {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
           {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
           {"GET / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n", 417},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400},
           {"\x16\x03\x01\x02", 400},  // a TLS hello
           {"GET\r\n\r\n", 400},
       }) {
    EXPECT_EQ(refused(bytes), status) << bytes;
  }
}

TEST(request_reader, a_broken_line_is_refused_when_it_ends_however_it_comes) {
  for (const char* wrong :
       {"GET / \r\n", "GET / HTTP/1.1\n", "GET / H\r\n", "GET /\r\n", "GET / HTTP/1.1\r\nHost: h\n\n"}) {
    EXPECT_EQ(refused(wrong), 400) << wrong;
    const std::string_view whole = wrong;
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      request_reader reader({});
      feed(reader, whole.substr(0, cut));
      if (reader.next() == progress::refused) continue;
      feed(reader, whole.substr(cut));
      EXPECT_EQ(reader.next(), progress::refused) << wrong << " cut at " << cut;
    }
  }
}

TEST(request_reader, lines_end_with_both_characters) {
  request_reader reader({});
  feed(reader, "GET / HTTP/1.1\nHost: h\n\n");
  EXPECT_EQ(reader.next(), progress::refused);
}

TEST(request_reader, after_a_refusal_nothing_more_is_read) {
  request_reader reader({});
  feed(reader, "GET / HTTP/1.1\r\n\r\n");
  ASSERT_EQ(reader.next(), progress::refused);
  feed(reader, simple);
  EXPECT_EQ(reader.next(), progress::refused);
  EXPECT_FALSE(reader.idle());
  reader.reset();
  feed(reader, simple);
  EXPECT_EQ(reader.next(), progress::complete);
}

TEST(request_reader, the_connection_option_and_version_decide_whether_it_stays) {
  const auto stays = [](std::string_view bytes) {
    request_reader reader({});
    feed(reader, bytes);
    EXPECT_EQ(reader.next(), progress::complete);
    return reader.keep_alive();
  };
  EXPECT_TRUE(stays(simple));
  EXPECT_FALSE(stays("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(stays("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(stays("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(request_reader, an_expectation_is_seen_once_while_the_body_is_missing) {
  request_reader reader({});
  feed(reader, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n");
  ASSERT_EQ(reader.next(), progress::need_more);
  EXPECT_TRUE(reader.in_body());
  EXPECT_TRUE(reader.take_expectation());
  EXPECT_FALSE(reader.take_expectation());
  feed(reader, "x");
  EXPECT_EQ(reader.next(), progress::complete);
  EXPECT_FALSE(reader.take_expectation());
}

TEST(request_reader, memory_returns_to_the_usual_after_a_large_request) {
  request_reader reader({});
  const std::size_t usual = reader.space().size();
  feed(reader, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'x'));
  ASSERT_EQ(reader.next(), progress::complete);
  reader.reset();
  EXPECT_EQ(reader.space().size(), usual);
}

}  // namespace
}  // namespace seckill::http
