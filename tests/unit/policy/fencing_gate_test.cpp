#include <seckill/policy/fencing_gate.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace seckill {
namespace {

TEST(fencing_gate, lets_the_newest_owner_pass_and_no_former_one) {
  fencing_gate gate;
  EXPECT_TRUE(gate.admit(33));
  EXPECT_TRUE(gate.admit(33));
  EXPECT_TRUE(gate.admit(34));
  EXPECT_FALSE(gate.admit(33));
  EXPECT_TRUE(gate.admit(34));
}

TEST(fencing_gate, goes_on_from_what_the_resource_has_stored) {
  fencing_gate gate(34);
  EXPECT_FALSE(gate.admit(33));
  EXPECT_TRUE(gate.admit(34));
  EXPECT_EQ(gate.highest(), 34U);
}

TEST(fencing_gate, zero_is_no_token) {
  fencing_gate gate;
  EXPECT_FALSE(gate.admit(0));
}

// Two threads bring the even and the odd tokens, ascending. What a thread sees after a refusal must be higher than what
// it brought.
TEST(fencing_gate, many_threads_leave_it_at_the_highest) {
  constexpr std::uint64_t tokens = 20'000;
  fencing_gate gate;
  std::latch start(2);
  std::vector<std::thread> threads;
  for (std::uint64_t first = 1; first <= 2; ++first)
    threads.emplace_back([&gate, &start, first] {
      start.arrive_and_wait();
      for (std::uint64_t token = first; token <= tokens; token += 2)
        EXPECT_TRUE(gate.admit(token) || gate.highest() > token);
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(gate.highest(), tokens);
}

}  // namespace
}  // namespace seckill
