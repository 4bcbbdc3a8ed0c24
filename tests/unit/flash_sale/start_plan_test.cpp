// What a start may do with what it finds: docs/operating/running.md.
#include "start_plan.hpp"

#include <gtest/gtest.h>

namespace flash_sale {
namespace {

using seckill::errc;

constexpr seckill::fleet_id ours{1, 2};

start_facts after_first_start(std::uint32_t shards) {
  return {to_text({shards, false, ours}), std::vector<bool>(shards, true), true};
}
std::string refusal(const start_facts& found, std::uint32_t shards = 2) {
  const auto plan = plan_start(found, shards, "data");
  return plan ? "" : plan.error().text;
}
bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

TEST(start_plan, an_empty_directory_is_a_first_start) {
  EXPECT_TRUE(plan_start({}, 2, "data").value().first_start);
}

TEST(start_plan, a_first_start_that_was_interrupted_goes_on_whatever_it_has_made) {
  for (const bool first : {false, true})
    for (const bool second : {false, true})
      for (const bool orders : {false, true})
        EXPECT_TRUE(plan_start({"2 new\n", {first, second}, orders}, 2, "data").value().first_start);
}

TEST(start_plan, a_later_start_goes_on_with_the_installation) {
  const auto plan = plan_start(after_first_start(2), 2, "data");
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->first_start);
  EXPECT_EQ(plan->fleet, ours);
}

TEST(start_plan, a_directory_of_format_1_goes_on) {
  EXPECT_TRUE(plan_start({"2\n", {true, true}, true}, 2, "data")->fleet.is_zero());
}

TEST(start_plan, a_missing_journal_is_refused_by_its_name) {
  for (std::size_t missing = 0; missing < 2; ++missing) {
    start_facts found = after_first_start(2);
    found.journals[missing] = false;
    EXPECT_EQ(plan_start(found, 2, "data").error().code, errc::missing_data);
    EXPECT_TRUE(contains(refusal(found), "data/journal-" + std::to_string(missing) + " is missing"));
    found.orders = false;
    EXPECT_FALSE(refusal(found).empty());
  }
}

TEST(start_plan, all_journals_missing_is_not_a_first_start) {
  EXPECT_TRUE(contains(refusal({"2\n", {}, false}), "data/journal-0 is missing"));
}

TEST(start_plan, orders_that_are_missing_are_rebuilt) {
  start_facts found = after_first_start(2);
  found.orders = false;
  EXPECT_TRUE(plan_start(found, 2, "data"));
}

TEST(start_plan, journals_or_orders_without_the_file_of_shards_are_refused) {
  EXPECT_TRUE(
      contains(refusal({{}, {false, true}, false}), "data/shards is missing, but data/journal-1 is there"));
  EXPECT_TRUE(
      contains(refusal({{}, {false, false}, true}), "data/shards is missing, but data/orders is there"));
}

TEST(start_plan, another_number_of_shards_is_refused) {
  EXPECT_TRUE(contains(refusal(after_first_start(2), 3), "--shards 2"));
}

TEST(start_plan, a_damaged_file_of_shards_is_refused) {
  for (const std::string text : {"", "\n", "x\n", "0\n", "255\n", "-1\n", "2 new", "2 old\n", "2 fleet 12\n",
                                 "2 fleet \n", "2 fleet 00000000000000000000000000000000\n", " 2\n", "2\n\n"})
    EXPECT_EQ(plan_start({text, {true, true}, true}, 2, "data").error().code, errc::corrupt_data) << text;
}

TEST(shards_file, is_read_as_it_was_written) {
  for (const shards_file& file : {shards_file{2, true, {}}, {254, false, ours}, {1, false, {}}})
    EXPECT_EQ(parse_shards_file(to_text(file)), file);
}

}  // namespace
}  // namespace flash_sale
