#include "wire_api.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill::crowd {
namespace {

std::string sale_json(std::string_view id, std::string_view status) {
  return R"({"id":")" + std::string(id) +
         R"(","title":"T","opens_at_ms":5,"closes_at_ms":9,"reservation_ttl_ms":3,)" +
         R"("limit_per_buyer":1,"status":")" + std::string(status) +
         R"(","items":[{"sku":1,"title":"A","price_minor":1,"currency":"CNY","total":10,"available":2,"held":1,)" +
         R"("sold":7,"availability":"available"}]})";
}

sale_info sale(std::uint64_t id, std::string_view status, time_ms opens_at_ms, std::uint32_t sold = 0) {
  sale_info made;
  made.id = sale_id{id};
  made.status = status;
  made.opens_at_ms = opens_at_ms;
  made.items.push_back({.sku = sku_id{1}, .title = "", .total = 10, .sold = sold});
  return made;
}

TEST(wire_api, answers_are_read_with_what_they_carry) {
  const reply reserved = read_reply(
      {.status = 201,
       .body =
           R"({"outcome":"reserved","reservation_id":"18446744073709551615","expires_at_ms":1,"replayed":true})"});
  EXPECT_TRUE(reserved.of_the_domain);
  EXPECT_EQ(reserved.code, outcome::reserved);
  EXPECT_TRUE(reserved.replayed);
  EXPECT_EQ(to_integer(reserved.reservation), ~std::uint64_t{0});
}

TEST(wire_api, what_carries_no_outcome_is_not_of_the_domain) {
  for (const std::string_view body :
       {"", "{}", "[]", "<html>", R"({"outcome":7})", R"({"outcome":"sold"})"}) {
    EXPECT_FALSE(read_reply({.status = 500, .body = body}).of_the_domain) << body;
  }
}

TEST(wire_api, a_body_larger_than_the_stack_holds_is_read_all_the_same) {
  const std::string body = R"({"note":")" + std::string(20'000, 'x') + R"(","outcome":"sold_out"})";
  EXPECT_EQ(read_reply({.status = 409, .body = body}).code, outcome::sold_out);
}

TEST(wire_api, a_page_of_sales_tells_where_the_next_one_starts) {
  const auto last = read_sales(R"({"sales":[)" + sale_json("1", "open") + "]}");
  ASSERT_TRUE(last) << last.error().text;
  EXPECT_EQ(last->next, std::nullopt);
  EXPECT_EQ(last->sales[0].stock(), 10U);
  EXPECT_EQ(last->sales[0].sold(), 7U);
  const auto first = read_sales(R"({"sales":[)" + sale_json("1", "open") + R"(],"next":"1"})");
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->next, sale_id{1});
  EXPECT_EQ(sales_target(first->next), "/api/v1/sales?limit=100&after=1");
}

TEST(wire_api, a_missing_or_wrong_field_is_named) {
  const auto refused = read_sale(R"({"id":7,"title":"T"})");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("\"id\""), std::string::npos) << refused.error().text;
  EXPECT_NE(read_time("{}").error().text.find("now_ms"), std::string::npos);
}

TEST(wire_api, a_crowd_comes_for_what_is_left) {
  EXPECT_EQ(choose({}), nullptr);
  EXPECT_EQ(choose({sale(1, "closed", 1)}), nullptr);
  const std::vector<sale_info> sold_out_and_next{sale(1, "open", 1, 10), sale(2, "scheduled", 9),
                                                 sale(3, "scheduled", 8)};
  EXPECT_EQ(choose(sold_out_and_next)->id, sale_id{3});
  const std::vector<sale_info> two_open{sale(1, "open", 1, 10), sale(2, "open", 2, 9)};
  EXPECT_EQ(choose(two_open)->id, sale_id{2});
  const std::vector<sale_info> only_sold_out{sale(1, "open", 1, 10), sale(2, "paused", 1)};
  EXPECT_EQ(choose(only_sold_out)->id, sale_id{1});
}

}  // namespace
}  // namespace seckill::crowd
