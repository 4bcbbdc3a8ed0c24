#include "api/render_answer.hpp"

#include <gtest/gtest.h>

namespace seckill::http {
namespace {

std::string rendered(const answer& reply) {
  std::string body;
  render_answer(body, reply);
  return body;
}

TEST(render_answer, a_reserve_says_what_is_held_and_until_when) {
  EXPECT_EQ(
      rendered({.code = outcome::reserved, .reservation = reservation_id{72057594037927937}, .at_ms = 5}),
      R"({"outcome":"reserved","reservation_id":"72057594037927937","expires_at_ms":5,"replayed":false})");
  EXPECT_EQ(
      rendered({.code = outcome::reserved, .replayed = true, .reservation = reservation_id{9}, .at_ms = 5}),
      R"({"outcome":"reserved","reservation_id":"9","expires_at_ms":5,"replayed":true})");
}

TEST(render_answer, refusals_say_when_it_may_be_different) {
  EXPECT_EQ(rendered({.code = outcome::sold_out}), R"({"outcome":"sold_out"})");
  EXPECT_EQ(rendered({.code = outcome::all_held, .at_ms = 7}), R"({"outcome":"all_held","retry_at_ms":7})");
  EXPECT_EQ(rendered({.code = outcome::sale_not_open, .at_ms = 7}),
            R"({"outcome":"sale_not_open","opens_at_ms":7})");
}

TEST(render_answer, a_replayed_refusal_says_so) {
  EXPECT_EQ(rendered({.code = outcome::unfulfilled, .replayed = true, .reservation = reservation_id{9}}),
            R"({"outcome":"unfulfilled","reservation_id":"9","replayed":true})");
}

TEST(render_answer, the_response_has_status_and_retry_after) {
  std::string out;
  std::string body;
  append_answer(out, {.code = outcome::all_held, .at_ms = 5'000}, route::reserve, 1'000, {.date = "D"}, body);
  EXPECT_TRUE(out.starts_with("HTTP/1.1 409 Conflict\r\n"));
  EXPECT_NE(out.find("Retry-After: 4\r\n"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n\r\n{\"outcome\":\"all_held\",\"retry_at_ms\":5000}"));
}

TEST(render_answer, every_outcome_is_named_in_its_body) {
  for (const outcome code : all_outcomes()) {
    EXPECT_TRUE(rendered({.code = code}).starts_with("{\"outcome\":\"" + std::string(to_string(code)) + '"'));
  }
}

}  // namespace
}  // namespace seckill::http
