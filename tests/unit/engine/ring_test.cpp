#include "engine/ring.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace seckill {
namespace {

bool put(ring<int>& queue, int value) {
  return queue.push(1, [&](int& slot, std::size_t) noexcept { slot = value; }).count == 1;
}

std::vector<int> take(ring<int>& queue, std::size_t count_max) {
  const std::size_t count = queue.ready(count_max);
  std::vector<int> taken;
  for (std::size_t i = 0; i < count; ++i) taken.push_back(queue[i]);
  queue.pop(count);
  return taken;
}

TEST(ring, gives_back_in_order_what_was_pushed) {
  ring<int> queue(4);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(put(queue, i));

  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(take(queue, 2), (std::vector{0, 1}));
  EXPECT_EQ(take(queue, 9), (std::vector{2}));
  EXPECT_EQ(take(queue, 9), std::vector<int>{});
  EXPECT_EQ(queue.size(), 0U);
}

TEST(ring, a_full_one_takes_nothing_until_something_is_given_back) {
  ring<int> queue(2);
  ASSERT_TRUE(put(queue, 1));
  ASSERT_TRUE(put(queue, 2));
  EXPECT_FALSE(put(queue, 3));

  EXPECT_EQ(queue.ready(9), 2U);
  EXPECT_FALSE(put(queue, 3)) << "looking is not giving back";

  queue.pop(1);
  EXPECT_TRUE(put(queue, 3));
  EXPECT_EQ(take(queue, 9), (std::vector{2, 3}));
}

TEST(ring, takes_of_a_run_what_it_has_room_for) {
  ring<int> queue(4);
  ASSERT_TRUE(put(queue, 100));
  const auto fill = [](int& slot, std::size_t i) noexcept { slot = static_cast<int>(i); };

  EXPECT_EQ(queue.push(5, fill).count, 3U);
  EXPECT_EQ(queue.push(5, fill).count, 0U);
  EXPECT_EQ(take(queue, 9), (std::vector{100, 0, 1, 2}));
}

TEST(ring, a_closed_one_takes_nothing_and_is_drained_when_empty) {
  ring<int> queue(4);
  ASSERT_TRUE(put(queue, 1));
  EXPECT_FALSE(queue.drained());

  queue.close();
  EXPECT_TRUE(queue.closed());
  EXPECT_FALSE(put(queue, 2));
  EXPECT_FALSE(queue.drained());

  EXPECT_EQ(take(queue, 9), (std::vector{1}));
  EXPECT_TRUE(queue.drained());
}

TEST(ring, goes_round_many_times) {
  ring<int> queue(8);
  int next = 0;
  int expected = 0;
  for (int round = 0; round < 1'000; ++round) {
    queue.push(static_cast<std::size_t>(round % 9), [&](int& slot, std::size_t) noexcept { slot = next++; });
    for (const int each : take(queue, static_cast<std::size_t>(round % 5))) ASSERT_EQ(each, expected++);
  }
  EXPECT_GT(expected, 1'000);
}

// Every element of every producer arrives once and in that producer's order, and a run stays together.
TEST(ring, many_producers_lose_nothing_and_keep_their_order) {
  struct element {
    std::uint32_t producer = 0;
    std::uint32_t number = 0;
    std::uint32_t left_in_run = 0;
  };
  constexpr std::uint32_t producers = 4;
  constexpr std::uint32_t each_sends = 20'000;
  ring<element> queue(64);

  std::vector<std::thread> threads;
  for (std::uint32_t producer = 0; producer < producers; ++producer) {
    threads.emplace_back([&queue, producer] {
      std::uint32_t sent = 0;
      while (sent < each_sends) {
        const std::uint32_t run = std::min(1 + (sent * 7 + producer) % 10, each_sends - sent);
        const auto taken = queue.push(run, [&](element& slot, std::size_t i) noexcept {
          const auto at = static_cast<std::uint32_t>(i);
          slot = {producer, sent + at, at};
        });
        sent += static_cast<std::uint32_t>(taken.count);
        if (taken.count == 0) std::this_thread::yield();
      }
    });
  }

  std::vector<std::uint32_t> seen(producers, 0);
  element before;
  for (std::uint32_t total = 0; total < producers * each_sends;) {
    const std::size_t count = queue.ready(16);
    for (std::size_t i = 0; i < count; ++i) {
      const element each = queue[i];
      ASSERT_EQ(each.number, seen[each.producer]++);
      if (each.left_in_run > 0) {
        ASSERT_EQ(before.producer, each.producer) << "a run was torn";
      }
      before = each;
    }
    queue.pop(count);
    total += static_cast<std::uint32_t>(count);
    if (count == 0) std::this_thread::yield();
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(queue.size(), 0U);
}

TEST(ring, closing_beside_producers_loses_nothing_that_was_taken) {
  for (int round = 0; round < 200; ++round) {
    ring<int> queue(16);
    std::atomic<std::size_t> taken{0};
    std::vector<std::thread> threads;
    for (int producer = 0; producer < 3; ++producer) {
      threads.emplace_back([&] {
        while (!queue.closed()) {
          if (put(queue, 1))
            taken.fetch_add(1);
          else
            std::this_thread::yield();
        }
      });
    }
    std::size_t seen = 0;
    while (!queue.drained()) {
      const std::size_t count = queue.ready(16);
      queue.pop(count);
      seen += count;
      if (seen > 20) queue.close();
      if (count == 0) std::this_thread::yield();
    }
    for (std::thread& each : threads) each.join();
    ASSERT_EQ(seen, taken.load());
  }
}

}  // namespace
}  // namespace seckill
