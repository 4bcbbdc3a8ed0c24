#include "shoppers.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t opening = 100 * second;

plan_params everybody_pays(std::uint64_t buyers) {
  plan_params params;
  params.buyers = buyers;
  params.rate_per_s = 10;
  params.skus = {sku_id{1}};
  return params;
}

// The workload, its tally, and somebody who answers.
struct crowd_at_work {
  explicit crowd_at_work(plan_params who, shoppers_params params = {})
      : people(std::move(who)), crowd(people, at_opening(std::move(params)), counts, remember()) {}

  static shoppers_params at_opening(shoppers_params params) {
    params.sale = sale_id{5};
    params.host = "shop";
    params.opening_ns = opening;
    return params;
  }
  shoppers::acknowledged_handler remember() {
    return [this](std::string_view what, reservation_id id) {
      acknowledged.push_back(std::string(what) + " " + std::to_string(to_integer(id)));
    };
  }
  void answer(const call& what, int status, std::string_view body, std::uint64_t now,
              std::uint32_t retry_after = 0) {
    crowd.answered(what, {.status = status, .keep_alive = true, .retry_after_s = retry_after, .body = body},
                   now);
  }
  std::string bytes(const call& what) const {
    std::string request;
    crowd.write(what, request);
    return request;
  }

  plan people;
  tally counts;
  std::vector<std::string> acknowledged;
  shoppers crowd;
};

TEST(shoppers, nobody_comes_before_the_opening_and_latency_counts_from_the_planned_moment) {
  crowd_at_work at(everybody_pays(1));
  EXPECT_FALSE(at.crowd.next(opening - 1).has_value());
  const std::uint64_t due = *at.crowd.next_due_ns();
  EXPECT_GE(due, opening);

  const auto late = at.crowd.next(due + 5'000);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->due_ns, due);
  at.answer(*late, 409, R"({"outcome":"sold_out"})", due + 8'000);

  EXPECT_EQ(at.counts.refused.max_ns(), 8'000U);
  EXPECT_EQ(count_of(at.counts.reserves, outcome::sold_out), 1U);
  EXPECT_TRUE(at.crowd.finished());
}

TEST(shoppers, a_reservation_is_paid_after_the_time_to_think) {
  plan_params who = everybody_pays(1);
  who.think_max_ns = second;
  crowd_at_work at(who);
  const auto reserve = at.crowd.next(opening + second);
  ASSERT_TRUE(reserve);
  EXPECT_NE(at.bytes(*reserve).find("POST /api/v1/sales/5/reservations HTTP/1.1"), std::string::npos);
  EXPECT_NE(at.bytes(*reserve).find(R"({"buyer":"1","lines":[{"sku":1,"quantity":1}]})"), std::string::npos);

  at.answer(*reserve, 201, R"({"outcome":"reserved","reservation_id":"77","replayed":false})",
            opening + second);
  const std::uint64_t due = *at.crowd.next_due_ns();
  EXPECT_EQ(due, opening + second + at.people.at(0).think_ns);
  const auto pay = at.crowd.next(due);
  ASSERT_TRUE(pay);
  EXPECT_EQ(pay->what, step::pay);
  EXPECT_NE(at.bytes(*pay).find("POST /api/v1/reservations/77/confirm"), std::string::npos);
  at.answer(*pay, 200, R"({"outcome":"confirmed"})", due + 10);

  EXPECT_EQ(at.counts.acknowledged_with(fate::paid), 1U);
  EXPECT_EQ(at.acknowledged, (std::vector<std::string>{"reserved 77", "confirmed 77"}));
  EXPECT_TRUE(at.crowd.finished());
}

TEST(shoppers, one_who_gives_up_cancels_and_one_who_abandons_does_nothing) {
  plan_params gives_up = everybody_pays(1);
  gives_up.pay_percent = 0;
  gives_up.give_up_percent = 100;
  crowd_at_work one(gives_up);
  one.answer(*one.crowd.next(opening + second), 201, R"({"outcome":"reserved","reservation_id":"1"})",
             opening + second);
  const auto cancel = one.crowd.next(opening + 2 * second);
  ASSERT_TRUE(cancel);
  EXPECT_NE(one.bytes(*cancel).find("/api/v1/reservations/1/cancel"), std::string::npos);
  one.answer(*cancel, 200, R"({"outcome":"cancelled"})", opening + 2 * second);
  EXPECT_EQ(one.counts.acknowledged_with(fate::cancelled), 1U);

  plan_params abandons = everybody_pays(1);
  abandons.pay_percent = 0;
  crowd_at_work other(abandons);
  other.answer(*other.crowd.next(opening + second), 201, R"({"outcome":"reserved","reservation_id":"2"})",
               opening);
  EXPECT_TRUE(other.crowd.finished());
  EXPECT_EQ(other.counts.acknowledged_with(fate::held), 1U);
}

TEST(shoppers, a_repetition_after_a_failure_is_the_same_request_counted_from_the_first_moment) {
  crowd_at_work at(everybody_pays(1), {.retry = true});
  const auto first = at.crowd.next(opening + second);
  ASSERT_TRUE(first);
  at.crowd.failed(*first, opening + 2 * second);
  const auto again = at.crowd.next(opening + 3 * second);
  ASSERT_TRUE(again);
  EXPECT_EQ(at.bytes(*again), at.bytes(*first));
  EXPECT_EQ(again->intended_ns, first->intended_ns);
  at.answer(*again, 503, R"({"outcome":"overloaded"})", opening + 3 * second);
  const auto third = at.crowd.next(opening + 4 * second);
  ASSERT_TRUE(third);
  at.answer(*third, 200, R"({"outcome":"reserved","reservation_id":"9","replayed":true})",
            opening + 4 * second);

  EXPECT_EQ(at.counts.retries, 2U);
  EXPECT_EQ(at.counts.network_errors, 1U);
  EXPECT_EQ(at.counts.replays, 1U);
  EXPECT_EQ(at.counts.acknowledged.size(), 1U);
  EXPECT_EQ(at.counts.accepted.max_ns(), opening + 4 * second - first->intended_ns);
}

TEST(shoppers, without_retry_a_failure_leaves_the_reserve_unanswered) {
  crowd_at_work at(everybody_pays(1));
  at.crowd.failed(*at.crowd.next(opening + second), opening + second);
  EXPECT_EQ(at.counts.unanswered_reserves, 1U);
  EXPECT_TRUE(at.crowd.finished());
}

TEST(shoppers, two_reservations_for_one_request_are_a_broken_promise) {
  plan_params who = everybody_pays(1);
  who.duplicate_percent = 100;
  for (const std::string_view second_id : {"1", "2"}) {
    crowd_at_work at(who);
    const auto one = at.crowd.next(opening + second);
    const auto two = at.crowd.next(opening + second);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(at.bytes(*one), at.bytes(*two));
    at.answer(*two, 201, R"({"outcome":"reserved","reservation_id":"1"})", opening + second);
    at.answer(*one, 200, R"({"outcome":"reserved","reservation_id":")" + std::string(second_id) + R"("})",
              opening + second);
    EXPECT_EQ(at.counts.violation_count, second_id == "1" ? 0U : 1U);
    EXPECT_EQ(at.counts.acknowledged.size(), 1U);
  }
}

TEST(shoppers, the_patient_come_back_while_units_are_held_and_the_others_do_not) {
  for (const std::uint32_t patience : {0U, 100U}) {
    plan_params who = everybody_pays(1);
    who.patient_percent = patience;
    crowd_at_work at(who);
    at.answer(*at.crowd.next(opening + second), 409, R"({"outcome":"all_held"})", opening + second, 3);
    EXPECT_EQ(at.crowd.finished(), patience == 0);
    if (patience == 0) continue;
    EXPECT_GE(*at.crowd.next_due_ns(), opening + 4 * second);
    const auto again = at.crowd.next(opening + 8 * second);
    ASSERT_TRUE(again);
    at.answer(*again, 409, R"({"outcome":"sold_out"})", opening + 8 * second);
    EXPECT_TRUE(at.crowd.finished());
    EXPECT_EQ(at.counts.came_back, 1U);
  }
}

TEST(shoppers, whoever_is_told_that_it_is_too_early_comes_again_at_once) {
  crowd_at_work at(everybody_pays(1));
  at.answer(*at.crowd.next(opening + second), 425, R"({"outcome":"sale_not_open"})", opening + second);
  EXPECT_FALSE(at.crowd.finished());
  EXPECT_LE(*at.crowd.next_due_ns(), opening + second + 40'000'000);
}

TEST(shoppers, nobody_arrives_after_the_duration_but_reservations_are_still_paid) {
  plan_params who = everybody_pays(100);
  crowd_at_work at(who, {.duration_ns = 2 * second});
  const auto first = at.crowd.next(opening + second);
  ASSERT_TRUE(first);
  at.answer(*first, 201, R"({"outcome":"reserved","reservation_id":"1"})", opening + 3 * second);
  const auto after = at.crowd.next(opening + 3 * second);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->what, step::pay);
  EXPECT_FALSE(at.crowd.next(opening + 30 * second).has_value());
  at.answer(*after, 200, R"({"outcome":"confirmed"})", opening + 3 * second);
  EXPECT_TRUE(at.crowd.finished());
}

TEST(shoppers, an_answer_without_an_outcome_is_counted_by_status_and_proves_nothing) {
  crowd_at_work at(everybody_pays(1));
  at.answer(*at.crowd.next(opening + second), 500, R"({"type":"about:blank","title":"Internal"})",
            opening + second);
  EXPECT_EQ(at.counts.unexpected[500], 1U);
  EXPECT_EQ(at.counts.unanswered_reserves, 1U);
  EXPECT_EQ(total(at.counts.reserves), 0U);
}

TEST(shoppers, in_a_closed_loop_each_comes_when_there_is_room_and_payments_go_first) {
  plan_params who = everybody_pays(2);
  who.rate_per_s = 0;
  crowd_at_work at(who);
  const auto first = at.crowd.next(opening + second);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->due_ns, opening + second);
  at.answer(*first, 201, R"({"outcome":"reserved","reservation_id":"1"})", opening + second);
  EXPECT_EQ(at.crowd.next(opening + second)->what, step::pay);
  EXPECT_EQ(at.crowd.next(opening + second)->what, step::reserve);
}

TEST(shoppers, stopping_drops_everything_that_is_not_under_way) {
  crowd_at_work at(everybody_pays(50));
  const auto first = at.crowd.next(opening + second);
  at.crowd.stop();
  EXPECT_FALSE(at.crowd.finished());
  at.answer(*first, 201, R"({"outcome":"reserved","reservation_id":"1"})", opening + second);
  EXPECT_TRUE(at.crowd.finished());
  EXPECT_FALSE(at.crowd.next(opening + 100 * second).has_value());
}

}  // namespace
}  // namespace seckill::crowd
