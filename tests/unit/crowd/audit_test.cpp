#include "audit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace seckill::crowd {
namespace {

std::string audit_json(int available, int held, int sold, int orders, int paid) {
  return R"({"balanced":true,"sales":[{"id":"5","items":[{"sku":1,"total":10,"available":)" +
         std::to_string(available) + R"(,"held":)" + std::to_string(held) + R"(,"sold":)" +
         std::to_string(sold) +
         R"(,"balanced":true}]}],"journal":{"last_sequence":9,"durable_sequence":9},"orders":{"count":)" +
         std::to_string(orders) + R"(,"by_status":{"paid":)" + std::to_string(paid) + R"(,"expired":)" +
         std::to_string(orders - paid) + "}}}";
}

tally told(std::uint64_t paid, std::uint64_t held) {
  tally counts;
  for (std::uint64_t i = 0; i < paid; ++i) counts.acknowledged.push_back({.then = fate::paid});
  for (std::uint64_t i = 0; i < held; ++i) counts.acknowledged.push_back({.then = fate::held});
  return counts;
}

TEST(audit, units_and_orders_that_add_up_are_in_balance) {
  const auto audit = read_audit(audit_json(1, 2, 7, 9, 7));
  ASSERT_TRUE(audit) << audit.error().text;
  EXPECT_TRUE(check_balance(*audit).empty());
  EXPECT_EQ(audit->durable_sequence, 9U);
}

TEST(audit, units_that_do_not_add_up_are_seen_whatever_the_service_says) {
  const auto audit = read_audit(audit_json(1, 2, 8, 9, 7));
  ASSERT_TRUE(audit);
  ASSERT_EQ(check_balance(*audit).size(), 1U);
  EXPECT_NE(check_balance(*audit)[0].find("sale 5 sku 1"), std::string::npos);
}

TEST(audit, every_acknowledged_reservation_needs_its_order_and_no_other_may_be_there) {
  const auto before = read_audit(audit_json(10, 0, 0, 3, 1));
  const auto now = read_audit(audit_json(1, 2, 7, 12, 8));
  ASSERT_TRUE(before && now);
  EXPECT_TRUE(check_against(*before, *now, told(7, 2)).empty());
  EXPECT_EQ(check_against(*before, *now, told(7, 3)).size(), 1U);  // an order is missing
  EXPECT_EQ(check_against(*before, *now, told(7, 1)).size(), 1U);  // one too many
  EXPECT_EQ(check_against(*before, *now, told(6, 3)).size(), 1U);  // a payment that nobody made

  tally uncertain = told(7, 1);
  uncertain.unanswered_reserves = 1;
  EXPECT_TRUE(check_against(*before, *now, uncertain).empty());
}

TEST(audit, sold_out_means_every_unit) {
  EXPECT_TRUE(check_sold_out(*read_audit(audit_json(0, 0, 10, 10, 10)), sale_id{5}).empty());
  EXPECT_FALSE(check_sold_out(*read_audit(audit_json(0, 1, 9, 10, 9)), sale_id{5}).empty());
  EXPECT_FALSE(check_sold_out(*read_audit(audit_json(0, 0, 10, 10, 10)), sale_id{6}).empty());
}

TEST(audit, a_document_without_a_field_is_refused_with_its_name) {
  const auto refused = read_audit(R"({"balanced":true,"sales":[],"orders":{"count":1,"by_status":{}}})");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("journal"), std::string::npos);
}

}  // namespace
}  // namespace seckill::crowd
