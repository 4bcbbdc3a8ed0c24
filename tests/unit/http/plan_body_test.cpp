#include "api/plan_body.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill::http {
namespace {

constexpr request_id key{1, 2};

template <typename Reading>
std::string field_of(const Reading& got) {
  const problem* what = std::get_if<problem>(&got);
  return what == nullptr ? "accepted" : what->field;
}

std::string refused_reserve(std::string_view body) {
  json_tape scratch;
  return field_of(read_reserve(body, key, sale_id{7}, scratch));
}

std::string refused_sale(const std::string& body) {
  json_tape scratch;
  return field_of(read_create_sale(body, key, 2, scratch));
}

std::string sale_with(std::string_view instead_of = "", std::string_view put = "") {
  std::string body =
      R"({"title":"T","opens_at_ms":1,"closes_at_ms":2,"reservation_ttl_ms":3,"limit_per_buyer":4,)"
      R"("late_payment":"refuse","items":[{"sku":1,"title":"A","price_minor":5,"currency":"CNY","stock":6},)"
      R"({"sku":2,"title":"","price_minor":0,"currency":"CNY","stock":0}]})";
  if (!instead_of.empty()) body.replace(body.find(instead_of), instead_of.size(), put);
  return body;
}

TEST(plan_body, a_reserve_carries_everything_that_was_sent) {
  json_tape scratch;
  const auto got =
      read_reserve(R"({"buyer":"18446744073709551615","lines":[{"sku":4294967295,"quantity":65535},
      {"quantity":1,"sku":1}]})",
                   key, sale_id{7}, scratch);
  const auto& made = std::get<reserve_command>(std::get<command>(got));
  EXPECT_EQ(made.request, key);
  EXPECT_EQ(made.sale, sale_id{7});
  EXPECT_EQ(to_integer(made.buyer), 18446744073709551615U);
  EXPECT_EQ(made.lines, (basket{{sku_id{4294967295}, 65535}, {sku_id{1}, 1}}));
}

TEST(plan_body, a_reserve_out_of_bounds_is_refused_by_field) {
  for (const auto& [body, field] : std::vector<std::pair<const char*, std::string>>{
           {"", "body"},
           {"[]", "body"},
           {"{}", "buyer"},
           {R"({"buyer":1001,"lines":[{"sku":1,"quantity":1}]})", "buyer"},
           {R"({"buyer":"1","lines":[]})", "lines"},
           {R"({"buyer":"1","lines":[1]})", "lines[0]"},
           {R"({"buyer":"1","lines":[{"sku":0,"quantity":1}]})", "lines[0].sku"},
           {R"({"buyer":"1","lines":[{"sku":4294967296,"quantity":1}]})", "lines[0].sku"},
           {R"({"buyer":"1","lines":[{"sku":"1","quantity":1}]})", "lines[0].sku"},
           {R"({"buyer":"1","lines":[{"sku":1,"quantity":0}]})", "lines[0].quantity"},
           {R"({"buyer":"1","lines":[{"sku":1,"quantity":-1}]})", "lines[0].quantity"},
           {R"({"buyer":"1","lines":[{"sku":1,"quantity":65536}]})", "lines[0].quantity"},
           {R"({"buyer":"1","lines":[{"sku":1,"quantity":1},{"sku":1,"quantity":1}]})", "lines[1].sku"},
           {R"({"buyer":"1","lines":[{"sku":1,"quantity":1,"price":1}]})", "lines[0].price"},
           {R"({"buyer":"1","lines":[{"sku":1,"quantity":1}],"coupon":"x"})", "coupon"},
           {R"({"buyer":"1","lines":[{"sku":1,"quantity":1},{"sku":2,"quantity":1},{"sku":3,"quantity":1},
               {"sku":4,"quantity":1},{"sku":5,"quantity":1},{"sku":6,"quantity":1},{"sku":7,"quantity":1},
               {"sku":8,"quantity":1},{"sku":9,"quantity":1}]})",
            "lines"},
       }) {
    EXPECT_EQ(refused_reserve(body), field) << body;
  }
}

TEST(plan_body, a_refused_field_is_an_invalid_request_with_a_cure) {
  json_tape scratch;
  const auto got =
      read_reserve(R"({"buyer":"1","lines":[{"sku":1,"quantity":0}]})", key, sale_id{7}, scratch);
  const auto& what = std::get<problem>(got);
  EXPECT_EQ(what.status, 400);
  EXPECT_EQ(what.code, outcome::invalid_request);
  EXPECT_EQ(what.detail, "lines[0].quantity must be an integer from 1 to 65535");
}

TEST(plan_body, a_confirm_is_whole_without_lines_and_partial_with_them) {
  json_tape scratch;
  auto got = read_confirm(R"({"payment_id":"p-1"})", reservation_id{9}, scratch);
  const auto whole = std::get<confirm_command>(std::get<command>(got));
  EXPECT_EQ(whole.reservation, reservation_id{9});
  EXPECT_EQ(whole.payment.view(), "p-1");
  EXPECT_TRUE(whole.keep.empty());
  got = read_confirm(R"({"payment_id":"p-1","lines":[{"sku":3,"quantity":2}]})", reservation_id{9}, scratch);
  EXPECT_EQ(std::get<confirm_command>(std::get<command>(got)).keep, (basket{{sku_id{3}, 2}}));
}

TEST(plan_body, a_confirm_needs_a_payment_of_1_to_64_bytes) {
  json_tape scratch;
  const auto field = [&](const std::string& body) {
    return field_of(read_confirm(body, reservation_id{9}, scratch));
  };
  EXPECT_EQ(field("{}"), "payment_id");
  EXPECT_EQ(field(R"({"payment_id":""})"), "payment_id");
  EXPECT_EQ(field(R"({"payment_id":")" + std::string(65, 'x') + "\"}"), "payment_id");
  EXPECT_EQ(field(R"({"payment_id":")" + std::string(64, 'x') + "\"}"), "accepted");
  EXPECT_EQ(field(R"({"payment_id":"p","lines":[]})"), "lines");
}

TEST(plan_body, a_sale_carries_everything_that_was_sent) {
  json_tape scratch;
  const auto got = read_create_sale(sale_with(), key, 2, scratch);
  const auto& made = std::get<create_sale_command>(std::get<command>(got));
  EXPECT_EQ(made.request, key);
  EXPECT_EQ(made.sale, sale_id{});
  const sale_definition& sale = made.definition;
  EXPECT_EQ(sale.title, "T");
  EXPECT_EQ(sale.opens_at_ms, 1);
  EXPECT_EQ(sale.closes_at_ms, 2);
  EXPECT_EQ(sale.reservation_ttl_ms, 3);
  EXPECT_EQ(sale.limit_per_buyer, 4U);
  EXPECT_EQ(sale.late, late_payment::refuse);
  EXPECT_EQ(sale.currency, (currency_code{'C', 'N', 'Y'}));
  ASSERT_EQ(sale.items.size(), 2U);
  EXPECT_EQ(sale.items[0].sku, sku_id{1});
  EXPECT_EQ(sale.items[0].title, "A");
  EXPECT_EQ(sale.items[0].price_minor, 5);
  EXPECT_EQ(sale.items[0].stock, 6U);
}

TEST(plan_body, a_sale_out_of_bounds_is_refused_by_field) {
  EXPECT_EQ(refused_sale(sale_with(R"("title":"T")", R"("title":"")")), "title");
  EXPECT_EQ(refused_sale(sale_with(R"("title":"T",)")), "title");
  EXPECT_EQ(refused_sale(sale_with(R"("opens_at_ms":1)", R"("opens_at_ms":-1)")), "opens_at_ms");
  EXPECT_EQ(refused_sale(sale_with(R"("closes_at_ms":2)", R"("closes_at_ms":1)")), "closes_at_ms");
  EXPECT_EQ(refused_sale(sale_with(R"("reservation_ttl_ms":3)", R"("reservation_ttl_ms":0)")),
            "reservation_ttl_ms");
  EXPECT_EQ(refused_sale(sale_with(R"("limit_per_buyer":4)", R"("limit_per_buyer":4294967296)")),
            "limit_per_buyer");
  EXPECT_EQ(refused_sale(sale_with("refuse", "maybe")), "late_payment");
  EXPECT_EQ(refused_sale(sale_with(R"("price_minor":5)", R"("price_minor":9007199254740992)")),
            "items[0].price_minor");
  EXPECT_EQ(refused_sale(sale_with("CNY", "cny")), "items[0].currency");
  EXPECT_EQ(refused_sale(sale_with("CNY", "EUR")), "items[1].currency");
  EXPECT_EQ(refused_sale(sale_with(R"("sku":2)", R"("sku":1)")), "items[1].sku");
  EXPECT_EQ(refused_sale(sale_with(R"("stock":6)", R"("stock":-6)")), "items[0].stock");
  EXPECT_EQ(refused_sale(sale_with(R"({"sku":1,)", R"({"sku":1,"colour":1,)")), "items[0].colour");
  json_tape scratch;
  EXPECT_EQ(field_of(read_create_sale(sale_with(), key, 1, scratch)), "items");
}

TEST(plan_body, a_restock_goes_up_or_down_but_not_nowhere) {
  json_tape scratch;
  const auto got = read_restock(R"({"sku":1,"delta":-5})", key, sale_id{7}, scratch);
  const auto& made = std::get<restock_command>(std::get<command>(got));
  EXPECT_EQ(made.sku, sku_id{1});
  EXPECT_EQ(made.delta, -5);
  EXPECT_EQ(field_of(read_restock(R"({"sku":1,"delta":0})", key, sale_id{7}, scratch)), "delta");
  EXPECT_EQ(field_of(read_restock(R"({"sku":1,"delta":4294967296})", key, sale_id{7}, scratch)), "delta");
  EXPECT_EQ(field_of(read_restock(R"({"delta":1})", key, sale_id{7}, scratch)), "sku");
}

}  // namespace
}  // namespace seckill::http
