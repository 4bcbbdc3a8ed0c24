#include "descriptor_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace flash_sale {
namespace {

// What a plan may take at most: see the constants of descriptor_plan.cpp.
std::uint64_t taken_by(const descriptor_plan& plan, const descriptor_needs& needs) {
  return 24 + 6 * std::uint64_t{needs.io_threads} + 24 * (std::uint64_t{needs.shards} + 1) +
         std::uint64_t{needs.shards} * plan.journal_files_max + plan.order_files_max +
         2 * std::uint64_t{plan.connections_reserved} + plan.admin_connections_max + plan.connections_max;
}

TEST(plan_descriptors, takes_no_more_than_the_limit_whatever_it_is) {
  for (const std::uint32_t shards : {1U, 2U, 4U, 64U}) {
    for (const std::uint32_t io_threads : {1U, 8U, 64U}) {
      for (const std::uint32_t admin : {0U, 64U}) {
        for (const std::uint32_t connections : {1U, 16U, 10'000U, 1'000'000U}) {
          const descriptor_needs needs{connections, admin, io_threads, shards};
          for (std::uint64_t limit = 0; limit < 20'000; limit = limit * 101 / 100 + 1) {
            const auto plan = plan_descriptors(limit, needs);
            if (!plan) continue;
            ASSERT_LE(taken_by(*plan, needs), limit);
            ASSERT_GE(plan->connections_max, std::min(connections, 16U));
            ASSERT_LE(plan->connections_max, connections);
            ASSERT_GE(plan->journal_files_max, 32U);
            ASSERT_GE(plan->order_files_max, 32U);
            ASSERT_GE(plan->connections_reserved, 4U);
            ASSERT_EQ(plan->admin_connections_max > 0, admin > 0);
          }
        }
      }
    }
  }
}

TEST(plan_descriptors, gives_what_is_asked_for_where_there_is_plenty) {
  const auto plan = plan_descriptors(1'048'576, {10'000, 64, 2, 4});
  ASSERT_TRUE(plan) << plan.error().text;
  EXPECT_EQ(plan->connections_max, 10'000U);
  EXPECT_EQ(plan->connections_reserved, 32U);
  EXPECT_EQ(plan->admin_connections_max, 64U);
  EXPECT_EQ(plan->journal_files_max, 64U);
  EXPECT_EQ(plan->order_files_max, 256U);
}

TEST(plan_descriptors, refuses_a_limit_that_cannot_work_and_the_limit_that_it_names_works) {
  for (const std::uint32_t shards : {1U, 64U}) {
    const descriptor_needs needs{10'000, 64, 2, shards};
    const auto refused = plan_descriptors(64, needs);
    ASSERT_FALSE(refused);
    const std::string& text = refused.error().text;
    const std::string before = "ulimit -Hn ";
    ASSERT_NE(text.find(before), std::string::npos) << text;
    const std::uint64_t named = std::stoull(text.substr(text.find(before) + before.size()));
    EXPECT_TRUE(plan_descriptors(named, needs));
    EXPECT_FALSE(plan_descriptors(named - 1, needs));
  }
}

}  // namespace
}  // namespace flash_sale
