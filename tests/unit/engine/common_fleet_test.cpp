// Which journals may be opened together.
#include "engine/common_fleet.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill {
namespace {

constexpr fleet_id ours{1, 2};
constexpr fleet_id other{3, 4};

journal_facts fresh() { return {}; }
journal_facts of_format_1(bool has_history) { return {ledger_identity{}, has_history}; }
journal_facts stated(fleet_id fleet, std::uint8_t shard, std::uint8_t count, bool has_history) {
  return {ledger_identity{fleet, shard, count}, has_history};
}

std::string refusal(const std::vector<journal_facts>& journals) {
  const auto fleet = common_fleet(journals);
  return fleet ? "" : fleet.error().text;
}
bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

TEST(common_fleet, new_journals_have_none_yet) {
  EXPECT_TRUE(common_fleet(std::vector{fresh(), fresh()}).value().is_zero());
}

TEST(common_fleet, is_what_they_state) {
  EXPECT_EQ(common_fleet(std::vector{stated(ours, 0, 2, true), stated(ours, 1, 2, false)}).value(), ours);
}

TEST(common_fleet, of_a_first_start_that_was_interrupted_is_taken_on) {
  EXPECT_EQ(common_fleet(std::vector{stated(ours, 0, 2, false), fresh()}).value(), ours);
  EXPECT_EQ(common_fleet(std::vector{fresh(), stated(ours, 1, 2, false)}).value(), ours);
}

TEST(common_fleet, journals_of_format_1_state_none_and_join_any) {
  EXPECT_TRUE(common_fleet(std::vector{of_format_1(true), of_format_1(false)}).value().is_zero());
  EXPECT_EQ(common_fleet(std::vector{of_format_1(true), stated(ours, 1, 2, true)}).value(), ours);
}

TEST(common_fleet, a_new_journal_among_others_with_a_history_is_refused) {
  for (const journal_facts& old : {of_format_1(true), stated(ours, 0, 2, true), journal_facts{{}, true}}) {
    const auto fleet = common_fleet(std::vector{old, fresh()});
    ASSERT_FALSE(fleet);
    EXPECT_EQ(fleet.error().code, errc::missing_data);
    EXPECT_TRUE(contains(fleet.error().text, "journal 1 is new, but journal 0 has a history"))
        << fleet.error().text;
  }
}

TEST(common_fleet, a_journal_of_another_installation_is_refused_by_name) {
  const std::string text = refusal({stated(ours, 0, 2, true), stated(other, 1, 2, false)});
  EXPECT_TRUE(contains(text, "journal 1: belongs to shard 1 of 2 of installation " + to_string(other)))
      << text;
}

TEST(common_fleet, swapped_journals_and_another_number_of_them_are_refused) {
  EXPECT_TRUE(contains(refusal({stated(ours, 1, 2, true), stated(ours, 0, 2, true)}),
                       "journal 0: belongs to shard 1"));
  EXPECT_TRUE(contains(refusal({stated(ours, 0, 2, true)}), "belongs to shard 0 of 2, not to shard 0 of 1"));
}

}  // namespace
}  // namespace seckill
