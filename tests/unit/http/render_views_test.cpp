#include "api/render_views.hpp"

#include <gtest/gtest.h>

namespace seckill::http {
namespace {

board_sale sample_sale() {
  auto sale = std::make_shared<sale_definition>();
  sale->title = "Phones \"X\"";
  sale->opens_at_ms = 100;
  sale->closes_at_ms = 200;
  sale->reservation_ttl_ms = 30;
  sale->limit_per_buyer = 2;
  sale->currency = {'C', 'N', 'Y'};
  sale->items = {{sku_id{1}, "Red", 4999, 10}, {sku_id{2}, "Blue", 5999, 5}};
  return {.sale = sale_id{7}, .definition = sale, .items = {{10, 4, 3, 3}, {5, 0, 0, 5}}};
}

TEST(render_views, a_sale_has_its_terms_and_its_stock) {
  std::string body;
  render_sale(body, sample_sale(), 150);
  EXPECT_EQ(
      body,
      R"({"id":"7","title":"Phones \"X\"","opens_at_ms":100,"closes_at_ms":200,"reservation_ttl_ms":30,)"
      R"("limit_per_buyer":2,"status":"open","items":[)"
      R"({"sku":1,"title":"Red","price_minor":4999,"currency":"CNY","total":10,"available":4,"held":3,"sold":3,)"
      R"("availability":"available"},)"
      R"({"sku":2,"title":"Blue","price_minor":5999,"currency":"CNY","total":5,"available":0,"held":0,"sold":5,)"
      R"("availability":"sold_out"}]})");
}

TEST(render_views, the_status_follows_the_time_and_the_switch) {
  board_sale shown = sample_sale();
  const auto status = [&](time_ms now) {
    std::string body;
    render_stock(body, shown, now);
    return body.substr(0, body.find(",\"items\""));
  };
  EXPECT_EQ(status(99), R"({"sale_id":"7","status":"scheduled")");
  EXPECT_EQ(status(100), R"({"sale_id":"7","status":"open")");
  EXPECT_EQ(status(200), R"({"sale_id":"7","status":"closed")");
  shown.position = sale_switch::paused;
  EXPECT_EQ(status(150), R"({"sale_id":"7","status":"paused")");
}

TEST(render_views, availability_tells_held_from_sold) {
  EXPECT_EQ(availability_of({3, 1, 1, 1}), "available");
  EXPECT_EQ(availability_of({3, 0, 1, 2}), "all_held");
  EXPECT_EQ(availability_of({3, 0, 0, 3}), "sold_out");
  EXPECT_EQ(availability_of({}), "sold_out");
}

TEST(render_views, a_hold_is_expired_at_its_deadline_even_before_the_sweep) {
  reservation_view held;
  held.reservation = reservation_id{9};
  held.sale = sale_id{7};
  held.buyer = buyer_id{1001};
  held.lines = {{sku_id{1}, 2}};
  held.state = reservation_state::held;
  held.expires_at_ms = 50;
  std::string body;
  render_reservation(body, held, 49);
  EXPECT_EQ(
      body,
      R"({"reservation_id":"9","sale_id":"7","buyer":"1001","lines":[{"sku":1,"quantity":2}],"state":"held",)"
      R"("expires_at_ms":50})");
  body.clear();
  render_reservation(body, held, 50);
  EXPECT_NE(body.find(R"("state":"expired")"), std::string::npos);
}

TEST(render_views, the_six_states_are_four_on_the_wire) {
  const auto state = [](reservation_state known) {
    std::string body;
    reservation_view view;
    view.state = known;
    render_reservation(body, view, 5);
    const std::size_t at = body.find("\"state\":\"") + 9;
    return body.substr(at, body.find('"', at) - at);
  };
  EXPECT_EQ(state(reservation_state::confirmed), "confirmed");
  EXPECT_EQ(state(reservation_state::confirmed_late), "confirmed");
  EXPECT_EQ(state(reservation_state::cancelled), "cancelled");
  EXPECT_EQ(state(reservation_state::expired), "expired");
  EXPECT_EQ(state(reservation_state::unfulfilled), "expired");
}

TEST(render_views, orders_come_with_the_way_to_the_next_page) {
  std::vector<order> page(2);
  page[0].reservation = reservation_id{9};
  page[0].sale = sale_id{7};
  page[0].buyer = buyer_id{1};
  page[0].lines = {{sku_id{1}, 1}};
  page[0].amount_minor = 4999;
  page[0].currency = {'C', 'N', 'Y'};
  page[0].status = order_status::paid;
  page[1] = page[0];
  page[1].reservation = reservation_id{8};
  std::string body;
  render_orders(body, page, 2);
  EXPECT_TRUE(body.starts_with(
      R"({"orders":[{"order_id":"9","reservation_id":"9","sale_id":"7","buyer":"1","lines":[{"sku":1,"quantity":1}],)"
      R"("amount_minor":4999,"currency":"CNY","status":"paid"},{"order_id":"8")"))
      << body;
  EXPECT_TRUE(body.ends_with(R"("status":"paid"}],"next":"8"})")) << body;
  body.clear();
  render_orders(body, page, 3);
  EXPECT_EQ(body.find("next"), std::string::npos);
  body.clear();
  render_orders(body, {}, 3);
  EXPECT_EQ(body, R"({"orders":[]})");
}

TEST(render_views, an_audit_is_balanced_only_if_every_item_is) {
  audit_view found;
  found.sales = {{sale_id{7}, sample_sale().definition, sample_sale().items}};
  found.last_sequence = 12;
  found.durable_sequence = 11;
  found.orders[static_cast<std::size_t>(order_status::paid)] = 3;
  std::string body;
  render_audit(body, found);
  EXPECT_EQ(
      body,
      R"({"balanced":true,"sales":[{"id":"7","items":[)"
      R"({"sku":1,"total":10,"available":4,"held":3,"sold":3,"balanced":true},)"
      R"({"sku":2,"total":5,"available":0,"held":0,"sold":5,"balanced":true}]}],)"
      R"("journal":{"last_sequence":12,"durable_sequence":11},)"
      R"("orders":{"count":3,"by_status":{"pending_payment":0,"paid":3,"cancelled":0,"expired":0,"unfulfilled":0}}})");
  found.sales[0].items[1].sold = 4;
  body.clear();
  render_audit(body, found);
  EXPECT_TRUE(body.starts_with(R"({"balanced":false)"));
  EXPECT_NE(body.find(R"("sold":4,"balanced":false)"), std::string::npos);
}

TEST(render_views, a_violated_invariant_unbalances_the_audit) {
  audit_view found;
  found.violations = {"units of buyer 1"};
  std::string body;
  render_audit(body, found);
  EXPECT_TRUE(body.starts_with(R"({"balanced":false)"));
  EXPECT_TRUE(body.ends_with(R"("violations":["units of buyer 1"]})"));
}

}  // namespace
}  // namespace seckill::http
