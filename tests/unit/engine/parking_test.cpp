#include "engine/parking.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

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

TEST(parking, hears_who_calls_right_after_its_last_look) {
  parking place;
  int looks = 0;
  place.sleep_until(never(), [&] {
    if (++looks > 1) return true;
    place.wake();  // as another thread would, between this look and the sleep
    return false;
  });
  EXPECT_EQ(looks, 2);
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

TEST(parking, nobody_stands_in_for_a_thread_that_is_awake) {
  parking place;
  EXPECT_FALSE(place.stand_in([] { return false; }));
  place.sleep_until(std::chrono::steady_clock::now() + 1ms, [] { return false; });
  EXPECT_FALSE(place.stand_in([] { return false; }));
}

TEST(parking, who_stands_in_may_call_the_sleeper) {
  parking place;
  std::atomic<bool> called{false};
  std::thread sleeper(
      [&] { place.sleep_until(never(), [&] { return called.load(std::memory_order_acquire); }); });
  // In its own work as well: as a completion does that submits again.
  while (!place.stand_in([&] {
    called.store(true, std::memory_order_release);
    place.wake();
    return false;
  }))
    std::this_thread::yield();
  sleeper.join();
  EXPECT_TRUE(called.load());
}

TEST(parking, returns_in_time_but_not_while_somebody_stands_in) {
  parking place;
  std::atomic<bool> returned{false};
  const auto until = std::chrono::steady_clock::now() + 20ms;
  bool stood_in = false;
  std::thread sleeper([&] {
    place.sleep_until(until, [] { return false; });
    returned.store(true);
  });
  while (!stood_in && !returned.load()) {
    place.stand_in([&] {
      stood_in = true;
      while (std::chrono::steady_clock::now() < until + 20ms) std::this_thread::yield();
      EXPECT_FALSE(returned.load());
      return false;
    });
  }
  sleeper.join();
  EXPECT_TRUE(returned.load());
}

// Nobody works while another does, awake or standing in; what one did the next one sees, and each item is worked on.
TEST(parking, one_thread_works_at_a_time) {
  constexpr int callers = 3;
  constexpr int rounds = 20'000;
  parking place;
  std::atomic<int> items{0};
  std::atomic<bool> over{false};
  int worked = 0;  // deliberately no atomic: of whoever works
  const auto work = [&] {
    const int taken = items.exchange(0, std::memory_order_acq_rel);
    worked += taken;
    return taken > 0;
  };

  std::thread sleeper([&] {
    while (!over.load(std::memory_order_acquire)) {
      if (work()) continue;
      // A short sleep now and then: its end meets somebody who stands in.
      const auto until = worked % 7 == 0 ? std::chrono::steady_clock::now() + 10us : never();
      place.sleep_until(until, [&] {
        return items.load(std::memory_order_acquire) > 0 || over.load(std::memory_order_acquire);
      });
    }
    work();
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < rounds; ++n) {
        items.fetch_add(1, std::memory_order_acq_rel);
        const bool wakes = (n + i) % 5 == 0;
        if (place.stand_in([&] {
              work();
              return wakes;
            }))
          continue;
        place.wake();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  over.store(true, std::memory_order_release);
  place.wake();
  sleeper.join();
  EXPECT_EQ(worked, callers * rounds);
}

}  // namespace
}  // namespace seckill
