#include "api/outcome_status.hpp"

#include <gtest/gtest.h>

#include <map>

namespace seckill::http {
namespace {

TEST(outcome_status, every_outcome_has_the_status_of_the_contract) {
  const std::map<std::string_view, int> contract = {
      {"reserved", 200},          {"confirmed", 200},
      {"confirmed_late", 200},    {"cancelled", 200},
      {"applied", 200},           {"invalid_request", 400},
      {"request_mismatch", 422},  {"sale_not_found", 404},
      {"sku_not_found", 404},     {"reservation_not_found", 404},
      {"payment_mismatch", 422},  {"sale_exists", 409},
      {"capacity_exceeded", 409}, {"sale_not_open", 425},
      {"sale_paused", 409},       {"sale_closed", 410},
      {"limit_exceeded", 403},    {"sold_out", 409},
      {"all_held", 409},          {"insufficient", 409},
      {"already_cancelled", 409}, {"already_confirmed", 409},
      {"already_expired", 409},   {"unfulfilled", 409},
      {"overloaded", 503},        {"unavailable", 503},
      {"rate_limited", 429}};
  for (const outcome code : all_outcomes())
    EXPECT_EQ(status_of(code), contract.at(to_string(code))) << to_string(code);
}

TEST(outcome_status, what_was_created_now_is_201_and_its_replay_200) {
  answer reply{.code = outcome::reserved};
  EXPECT_EQ(status_of(reply, route::reserve), 201);
  reply.replayed = true;
  EXPECT_EQ(status_of(reply, route::reserve), 200);
  reply = {.code = outcome::applied};
  EXPECT_EQ(status_of(reply, route::create_sale), 201);
  EXPECT_EQ(status_of(reply, route::pause), 200);
  EXPECT_EQ(status_of(answer{.code = outcome::sold_out}, route::reserve), 409);
}

TEST(outcome_status, retry_after_rounds_up_and_stays_in_bounds) {
  answer reply{.code = outcome::all_held, .at_ms = 10'000};
  EXPECT_EQ(retry_after_s(reply, 8'999), 2U);
  EXPECT_EQ(retry_after_s(reply, 9'000), 1U);
  EXPECT_EQ(retry_after_s(reply, 9'999), 1U);
  EXPECT_EQ(retry_after_s(reply, 10'000), 1U);
  EXPECT_EQ(retry_after_s(reply, 20'000), 1U);
  reply = {.code = outcome::sale_not_open, .at_ms = 1'000'000'000'000};
  EXPECT_EQ(retry_after_s(reply, 0), 86'400U);
}

TEST(outcome_status, only_what_may_change_by_waiting_has_retry_after) {
  for (const outcome code : all_outcomes()) {
    const bool waits = code == outcome::all_held || code == outcome::sale_not_open || is_transient(code);
    EXPECT_EQ(retry_after_s(answer{.code = code, .at_ms = 1}, 0) != 0, waits) << to_string(code);
  }
}

}  // namespace
}  // namespace seckill::http
