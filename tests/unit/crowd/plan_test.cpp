#include "plan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <stdexcept>

namespace seckill::crowd {
namespace {

plan_params some_crowd() {
  plan_params params;
  params.seed = 7;
  params.buyers = 20'000;
  params.buyer_first = 1'001;
  params.rate_per_s = 10'000;
  params.skus = {sku_id{1}, sku_id{2}};
  params.pay_percent = 70;
  params.give_up_percent = 20;
  params.duplicate_percent = 10;
  params.patient_percent = 5;
  return params;
}

TEST(plan, the_same_seed_brings_the_same_crowd_and_another_seed_another) {
  const plan one(some_crowd());
  const plan same(some_crowd());
  plan_params other = some_crowd();
  other.seed = 8;
  const plan different(other);
  std::size_t alike = 0;
  for (std::uint64_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one.at(i).request, same.at(i).request);
    EXPECT_EQ(one.arrival_ns(i), same.arrival_ns(i));
    alike += one.at(i).request == different.at(i).request ? 1U : 0U;
  }
  EXPECT_EQ(alike, 0U);
}

TEST(plan, every_shopper_is_another_buyer_with_another_request) {
  const plan who(some_crowd());
  std::set<request_id> requests;
  for (std::uint64_t i = 0; i < who.size(); ++i) {
    EXPECT_EQ(to_integer(who.at(i).buyer), 1'001 + i);
    EXPECT_TRUE(requests.insert(who.at(i).request).second);
  }
}

TEST(plan, shares_are_as_asked) {
  const plan who(some_crowd());
  std::array<int, 3> intentions{};
  int twice = 0;
  int patient = 0;
  int first_sku = 0;
  for (std::uint64_t i = 0; i < who.size(); ++i) {
    const shopper each = who.at(i);
    ++intentions[static_cast<std::size_t>(each.then)];
    twice += each.sends_twice ? 1 : 0;
    patient += each.patient ? 1 : 0;
    first_sku += each.sku == sku_id{1} ? 1 : 0;
  }
  EXPECT_NEAR(intentions[0], 14'000, 300);
  EXPECT_NEAR(intentions[1], 4'000, 300);
  EXPECT_NEAR(intentions[2], 2'000, 300);
  EXPECT_NEAR(twice, 2'000, 300);
  EXPECT_NEAR(patient, 1'000, 300);
  EXPECT_NEAR(first_sku, 10'000, 300);
}

TEST(plan, arrivals_ascend_at_the_rate_without_drift) {
  const plan who(some_crowd());
  constexpr std::uint64_t slot_ns = 100'000;
  for (std::uint64_t i = 0; i < who.size(); ++i) {
    EXPECT_GE(who.arrival_ns(i), i * slot_ns);
    EXPECT_LT(who.arrival_ns(i), (i + 1) * slot_ns);
  }
}

TEST(plan, uuids_are_of_version_4) {
  const std::string text = to_uuid(plan(some_crowd()).at(3).request);
  ASSERT_EQ(text.size(), 36U);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(text[dash], '-');
  EXPECT_EQ(text[14], '4');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
  EXPECT_EQ(to_uuid({.high = 0x0123456789abcdef, .low = 0xfedcba9876543210}),
            "01234567-89ab-cdef-fedc-ba9876543210");
}

TEST(plan, parameters_that_make_no_sense_are_refused_by_name) {
  const auto text_of = [](plan_params params) -> std::string {
    try {
      const plan refused(std::move(params));
    } catch (const std::invalid_argument& why) {
      return why.what();
    }
    return "accepted";
  };
  plan_params params = some_crowd();
  params.skus.clear();
  EXPECT_NE(text_of(params).find("skus"), std::string::npos);
  params = some_crowd();
  params.pay_percent = 90;
  EXPECT_NE(text_of(params).find("pay and give_up"), std::string::npos);
  params = some_crowd();
  params.buyers = 0;
  EXPECT_NE(text_of(params).find("buyers"), std::string::npos);
}

}  // namespace
}  // namespace seckill::crowd
