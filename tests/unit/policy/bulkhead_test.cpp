#include <seckill/policy/bulkhead.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using state = bulkhead::state;

bulkhead::place enter(bulkhead& into, time_ns now = 0, deadline until = deadline::never()) {
  return into.enter(until, {}, now);
}

TEST(bulkhead, lets_in_up_to_the_limit_then_queues_then_refuses) {
  bulkhead hold(static_limit(2), {.queue_max = 1});
  bulkhead::place one = enter(hold);
  bulkhead::place two = enter(hold);
  bulkhead::place three = enter(hold);
  bulkhead::place four = enter(hold);
  EXPECT_EQ(one.poll(0), state::entered);
  EXPECT_EQ(two.poll(0), state::entered);
  EXPECT_EQ(three.poll(0), state::waiting);
  EXPECT_EQ(four.poll(0), state::full);
  EXPECT_EQ(hold.in_flight(), 2U);
  EXPECT_EQ(hold.waiting(), 1U);
}

TEST(bulkhead, serves_in_order_and_nobody_overtakes) {
  bulkhead hold(static_limit(1), {.queue_max = 3});
  bulkhead::place inside = enter(hold);
  bulkhead::place first = enter(hold);
  bulkhead::place second = enter(hold);
  inside.succeed(5);
  bulkhead::place third = enter(hold, 5);
  EXPECT_EQ(first.poll(5), state::entered);
  EXPECT_EQ(second.poll(5), state::waiting);
  EXPECT_EQ(third.poll(5), state::waiting);
  first.drop(6);
  EXPECT_EQ(second.poll(6), state::entered);
  second.leave();
  EXPECT_EQ(third.poll(6), state::entered);
}

TEST(bulkhead, a_place_that_is_destroyed_leaves_wherever_it_is) {
  bulkhead hold(static_limit(1), {.queue_max = 2});
  bulkhead::place last;
  {
    const bulkhead::place inside = enter(hold);
    const bulkhead::place waits = enter(hold);
    last = enter(hold);
  }
  EXPECT_EQ(last.poll(0), state::entered);
  last = bulkhead::place();
  EXPECT_EQ(hold.in_flight(), 0U);
  EXPECT_EQ(hold.waiting(), 0U);
  {
    bulkhead::place inside = enter(hold);
    const bulkhead::place waits = enter(hold);
    inside.succeed(1);  // waits has been let in and does not know it
  }
  EXPECT_EQ(hold.in_flight(), 0U);
}

TEST(bulkhead, nobody_waits_beyond_the_deadline_or_the_longest_wait) {
  bulkhead hold(static_limit(1), {.queue_max = 4, .wait_max_ns = 100});
  bulkhead::place inside = enter(hold);
  bulkhead::place patient = enter(hold);
  bulkhead::place hasty = enter(hold, 0, deadline::at(50));
  EXPECT_EQ(enter(hold, 50, deadline::at(50)).poll(50), state::late);
  EXPECT_EQ(hasty.poll(49), state::waiting);
  EXPECT_EQ(hasty.poll(50), state::late);
  EXPECT_EQ(patient.poll(99), state::waiting);
  inside.succeed(100);
  EXPECT_EQ(patient.poll(100), state::late) << "the permit goes to nobody who is late";
  EXPECT_EQ(enter(hold, 101).poll(101), state::entered);
}

TEST(bulkhead, a_late_one_keeps_its_seat_until_it_has_looked) {
  bulkhead hold(static_limit(1), {.queue_max = 1, .wait_max_ns = 100});
  bulkhead::place inside = enter(hold);
  bulkhead::place forgetful = enter(hold);
  EXPECT_EQ(enter(hold, 99).poll(99), state::full);
  EXPECT_EQ(forgetful.poll(99), state::waiting);
  bulkhead::place next = enter(hold, 100);
  EXPECT_EQ(next.poll(100), state::full);
  EXPECT_EQ(forgetful.poll(100), state::late);
  next = enter(hold, 100);
  EXPECT_EQ(next.poll(100), state::waiting);
}

TEST(bulkhead, wakes_who_is_let_in) {
  bulkhead hold(static_limit(1), {.queue_max = 1});
  bulkhead::place inside = enter(hold);
  int woken = 0;
  bulkhead::place waits =
      hold.enter(deadline::never(), {[](void* count) noexcept { ++*static_cast<int*>(count); }, &woken}, 0);
  EXPECT_EQ(woken, 0);
  inside.succeed(1);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(waits.poll(1), state::entered);
}

TEST(bulkhead, an_adaptive_limit_learns_from_those_inside) {
  bulkhead hold(aimd_limit({.initial = 4, .min = 1, .backoff_ratio = 0.5}), {});
  enter(hold).drop(1);
  EXPECT_EQ(hold.limit(), 2U);
}

TEST(bulkhead, refuses_impossible_parameters) {
  EXPECT_THROW(bulkhead(static_limit(1), {.queue_max = 70'000}), std::invalid_argument);
  EXPECT_THROW(bulkhead(static_limit(1), {.wait_max_ns = -1}), std::invalid_argument);
}

void ring(void* bell) noexcept { static_cast<std::binary_semaphore*>(bell)->release(); }

TEST(bulkhead_threads, everybody_comes_in_once_and_never_too_many) {
  bulkhead hold(static_limit(2), {.queue_max = 8, .wait_max_ns = 1'000'000});
  std::atomic<int> inside{0};
  std::atomic<int> too_many{0};
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        std::binary_semaphore bell(0);
        bulkhead::place place = hold.enter(deadline::never(), {&ring, &bell}, 0);
        while (place.poll(0) == state::waiting) bell.acquire();
        if (place.poll(0) != state::entered) continue;
        if (inside.fetch_add(1) >= 2) ++too_many;
        ++served;
        std::this_thread::yield();  // let the others find it full
        inside.fetch_sub(1);
        if (i % 2 == 0) place.succeed(1);
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(too_many, 0);
  EXPECT_EQ(served, 12'000);
  EXPECT_EQ(hold.in_flight(), 0U);
}

}  // namespace
}  // namespace seckill
