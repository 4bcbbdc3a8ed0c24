#include <seckill/blocking_flight.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

using flights_of_int = single_flight<std::uint64_t, int>;

// Returns when so many callers wait for a flight.
void wait_for_waiters(const flights_of_int& flights, std::size_t count) {
  while (flights.waiters() < count) std::this_thread::yield();
}

TEST(blocking_flight, a_thousand_misses_load_once_and_everybody_gets_the_value) {
  constexpr std::size_t callers = 1'000;
  flights_of_int flights;
  std::atomic<int> loads{0};
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < callers; ++i)
    threads.emplace_back([&] {
      const auto answer = blocking_flight(flights, 1, [&]() -> result<int> {
        loads.fetch_add(1);
        wait_for_waiters(flights, callers);
        return 42;
      });
      if (answer.value && *answer.value == 42 && answer.shared) right.fetch_add(1);
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(loads.load(), 1);
  EXPECT_EQ(right.load(), static_cast<int>(callers));
}

TEST(blocking_flight, a_deadline_ends_the_wait_and_not_the_flight) {
  flights_of_int flights;
  std::latch loading(1);
  std::latch gave_up(1);
  int first = 0;
  std::thread leader([&] {
    first = *blocking_flight(flights, 1, [&]() -> result<int> {
               loading.count_down();
               gave_up.wait();
               return 7;
             }).value;
  });
  loading.wait();
  const auto second = blocking_flight(
      flights, 1, []() -> result<int> { return 8; }, monotonic_now_ns() + 1);
  gave_up.count_down();
  leader.join();
  EXPECT_EQ(second.value.error().code, errc::timed_out);
  EXPECT_EQ(first, 7);
}

TEST(blocking_flight, a_load_that_throws_ends_its_flight) {
  flights_of_int flights;
  const auto thrown = [&] {
    (void)blocking_flight(flights, 1, []() -> result<int> { throw std::runtime_error("no"); });
  };
  EXPECT_THROW(thrown(), std::runtime_error);
  EXPECT_EQ(flights.flights(), 0U);
  EXPECT_EQ(*blocking_flight(flights, 1, []() -> result<int> { return 7; }).value, 7);
}

TEST(blocking_flight, too_many_flights_are_refused) {
  flights_of_int flights({.flights_max = 1});
  const auto held = flights.lead(1);
  const auto refused = blocking_flight(flights, 2, []() -> result<int> { return 7; });
  EXPECT_EQ(refused.value.error().code, errc::unavailable);
}

}  // namespace
}  // namespace seckill
