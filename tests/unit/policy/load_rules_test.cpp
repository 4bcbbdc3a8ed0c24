#include <seckill/policy/load_rules.hpp>

#include <gtest/gtest.h>

namespace seckill {
namespace {

constexpr load_rules rules{.ask_again_ns = 10, .wait_max_ns = 100};

TEST(load_rules, what_is_cached_is_answered) {
  EXPECT_EQ(decide_load(rules, {.state = cache_state::value}, 0, 5).step, load_step::answer);
  EXPECT_EQ(decide_load(rules, {.state = cache_state::absent}, 0, 5).step, load_step::answer);
}

TEST(load_rules, who_has_the_lease_loads_and_fills) {
  const load_decision next = decide_load(rules, {.state = cache_state::load, .lease = 9}, 0, 5);
  EXPECT_EQ(next.step, load_step::ask_source);
  EXPECT_EQ(next.lease, 9U);
}

TEST(load_rules, while_it_is_written_it_is_loaded_and_not_cached) {
  const load_decision next = decide_load(rules, {.state = cache_state::being_written}, 0, 5);
  EXPECT_EQ(next.step, load_step::ask_source);
  EXPECT_EQ(next.lease, 0U);
}

TEST(load_rules, who_waits_for_another_asks_again_until_it_has_waited_for_too_long) {
  const cache_lookup busy{.state = cache_state::being_loaded};
  EXPECT_EQ(decide_load(rules, busy, 1'000, 1'005).step, load_step::ask_again);
  EXPECT_EQ(decide_load(rules, busy, 1'000, 1'005).ask_at, 1'015);
  EXPECT_EQ(decide_load(rules, busy, 1'000, 1'095).ask_at, 1'100);
  EXPECT_EQ(decide_load(rules, busy, 1'000, 1'100).step, load_step::give_up);
}

}  // namespace
}  // namespace seckill
