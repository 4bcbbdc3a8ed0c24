#include "engine/parking.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace seckill {
namespace {

using namespace std::chrono_literals;

parking::time_point never() { return std::chrono::steady_clock::now() + 1h; }

TEST(parking, does_not_sleep_when_there_is_something) {
  parking place;
  place.sleep_until(never(), [] { return true; });
  SUCCEED() << "it returned";
}

TEST(parking, returns_when_the_time_has_come) {
  parking place;
  place.sleep_until(std::chrono::steady_clock::now() + 1ms, [] { return false; });
  SUCCEED() << "it returned";
}

// Two threads hand a number back and forth: one lost wake-up and the test hangs.
TEST(parking, loses_no_wake_up) {
  constexpr int rounds = 20'000;
  parking ping;
  parking pong;
  std::atomic<int> sent{0};
  std::atomic<int> answered{0};

  std::thread other([&] {
    for (int i = 1; i <= rounds; ++i) {
      ping.sleep_until(never(), [&] { return sent.load(std::memory_order_acquire) >= i; });
      answered.store(i, std::memory_order_release);
      pong.wake();
    }
  });
  for (int i = 1; i <= rounds; ++i) {
    sent.store(i, std::memory_order_release);
    ping.wake();
    pong.sleep_until(never(), [&] { return answered.load(std::memory_order_acquire) >= i; });
  }
  other.join();
  EXPECT_EQ(answered.load(), rounds);
}

// What wakers did with relaxed stores before wake() is seen by ready().
TEST(parking, many_wakers_are_all_heard) {
  constexpr int wakers = 3;
  constexpr int rounds = 5'000;
  parking place;
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < wakers; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < rounds; ++n) {
        count.fetch_add(1, std::memory_order_relaxed);
        place.wake();
      }
    });
  }
  for (int seen = 0; seen < wakers * rounds;) {
    place.sleep_until(never(), [&] { return count.load(std::memory_order_relaxed) > seen; });
    seen = count.load(std::memory_order_relaxed);
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(count.load(), wakers * rounds);
}

}  // namespace
}  // namespace seckill
