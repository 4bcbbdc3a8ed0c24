#include <seckill/outcome.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace seckill {
namespace {

TEST(outcome, every_name_leads_back_to_its_number) {
  std::set<std::string_view> names;
  for (const outcome code : all_outcomes()) {
    EXPECT_EQ(outcome_from_string(to_string(code)), code);
    EXPECT_TRUE(names.insert(to_string(code)).second) << to_string(code);
  }
  EXPECT_EQ(names.size(), 27U);
}

TEST(outcome, unknown_numbers_and_names_are_said_to_be_unknown) {
  EXPECT_EQ(to_string(static_cast<outcome>(255)), "unknown");
  EXPECT_EQ(outcome_from_string("sold-out"), std::nullopt);
}

TEST(outcome, numbers_are_stable) {
  EXPECT_EQ(static_cast<int>(outcome::reserved), 1);
  EXPECT_EQ(static_cast<int>(outcome::invalid_request), 16);
  EXPECT_EQ(static_cast<int>(outcome::sale_not_open), 32);
  EXPECT_EQ(static_cast<int>(outcome::sold_out), 49);
  EXPECT_EQ(static_cast<int>(outcome::already_cancelled), 64);
  EXPECT_EQ(static_cast<int>(outcome::rate_limited), 82);
}

TEST(outcome, successes_and_transient_refusals_are_told_apart) {
  EXPECT_TRUE(is_success(outcome::confirmed_late));
  EXPECT_FALSE(is_success(outcome::unfulfilled));
  EXPECT_TRUE(is_transient(outcome::overloaded));
  EXPECT_FALSE(is_transient(outcome::all_held));
}

}  // namespace
}  // namespace seckill
