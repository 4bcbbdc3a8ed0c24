#include "verification.hpp"

#include <gtest/gtest.h>

#include <string>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

plan_params two_units_each() {
  plan_params params;
  params.buyers = 10;
  params.skus = {sku_id{1}};
  params.quantity = 2;
  return params;
}

std::string order_json(std::string_view buyer, std::string_view status, int quantity = 2) {
  return R"({"order_id":"77","reservation_id":"77","sale_id":"5","buyer":")" + std::string(buyer) +
         R"(","lines":[{"sku":1,"quantity":)" + std::to_string(quantity) +
         R"(}],"amount_minor":1,"currency":"CNY",)" + R"("status":")" + std::string(status) + R"("})";
}

std::string reservation_json(std::string_view state) {
  return R"({"reservation_id":"77","sale_id":"5","buyer":"1","lines":[{"sku":1,"quantity":2}],"state":")" +
         std::string(state) + R"(","expires_at_ms":1})";
}

// Answers both questions about one acknowledged reservation, and says how many violations that made.
std::uint64_t violations_of(fate then, int order_status, const std::string& order, int reservation_status,
                            const std::string& reservation) {
  const plan who(two_units_each());
  tally counts;
  counts.acknowledged.push_back({.reservation = reservation_id{77}, .index = 0, .then = then});
  verification check(who, {.sale = sale_id{5}, .host = "shop", .start_ns = 0, .patience_ns = second}, counts);
  for (std::uint64_t now = 0; !check.finished(); now += second / 2) {
    while (const auto what = check.next(now)) {
      const bool asks_order = what->what == step::check_order;
      check.answered(*what,
                     {.status = asks_order ? order_status : reservation_status,
                      .keep_alive = true,
                      .retry_after_s = 0,
                      .body = asks_order ? order : reservation},
                     now);
    }
  }
  return counts.violation_count;
}

TEST(verification, what_was_acknowledged_and_is_there_is_good) {
  EXPECT_EQ(violations_of(fate::paid, 200, order_json("1", "paid"), 200, reservation_json("confirmed")), 0U);
  EXPECT_EQ(violations_of(fate::held, 200, order_json("1", "expired"), 200, reservation_json("expired")), 0U);
  EXPECT_EQ(violations_of(fate::cancelled, 200, order_json("1", "cancelled"), 404, ""), 0U);
}

TEST(verification, a_missing_or_wrong_order_is_a_broken_promise) {
  const std::string good = reservation_json("confirmed");
  EXPECT_EQ(violations_of(fate::paid, 404, "", 200, good), 1U);
  EXPECT_EQ(violations_of(fate::paid, 200, order_json("2", "paid"), 200, good), 1U);
  EXPECT_EQ(violations_of(fate::paid, 200, order_json("1", "expired"), 200, good), 1U);
  EXPECT_EQ(violations_of(fate::paid, 200, order_json("1", "paid", 1), 200, good), 1U);
  EXPECT_EQ(violations_of(fate::paid, 200, "{}", 200, good), 1U);
}

TEST(verification, a_missing_or_wrong_reservation_is_a_broken_promise) {
  const std::string good = order_json("1", "paid");
  EXPECT_EQ(violations_of(fate::paid, 200, good, 404, ""), 1U);
  EXPECT_EQ(violations_of(fate::paid, 200, good, 200, reservation_json("held")), 1U);
}

TEST(verification, an_order_may_take_its_time) {
  const plan who(two_units_each());
  tally counts;
  counts.acknowledged.push_back({.reservation = reservation_id{77}, .index = 0, .then = fate::paid});
  verification check(who, {.sale = sale_id{5}, .host = "shop", .start_ns = 0, .patience_ns = second}, counts);
  const auto order = check.next(0);
  ASSERT_TRUE(order);
  check.answered(*order, {.status = 404, .keep_alive = true, .retry_after_s = 0, .body = ""}, 0);
  const auto reservation = check.next(0);
  ASSERT_TRUE(reservation);
  check.failed(*reservation, 0);  // a connection broke: asked again too
  EXPECT_FALSE(check.next(0).has_value());
  const auto again = check.next(second / 2);
  ASSERT_TRUE(again);
  const std::string found = order_json("1", "paid");
  check.answered(*again, {.status = 200, .keep_alive = true, .retry_after_s = 0, .body = found}, second / 2);
  const std::string confirmed = reservation_json("confirmed");
  check.answered(*check.next(second / 2),
                 {.status = 200, .keep_alive = true, .retry_after_s = 0, .body = confirmed}, second / 2);
  EXPECT_TRUE(check.finished());
  EXPECT_EQ(counts.violation_count, 0U);
  EXPECT_EQ(check.orders_good(), 1U);
  EXPECT_EQ(check.reservations_good(), 1U);
}

TEST(verification, a_reservation_given_twice_is_a_broken_promise) {
  const plan who(two_units_each());
  tally counts;
  for (std::uint64_t i = 0; i < 3; ++i)
    counts.acknowledged.push_back({.reservation = reservation_id{77}, .index = i});
  const verification check(who, {.sale = sale_id{5}, .host = "shop"}, counts);
  EXPECT_EQ(counts.violation_count, 2U);
}

}  // namespace
}  // namespace seckill::crowd
