#include <seckill/policy/single_flight.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace seckill {
namespace {

using flights_of_int = single_flight<std::string, int>;

// Remembers what it was told.
struct caller : flights_of_int::waiter {
  caller() : waiter(&hear) {}
  static void hear(waiter& me, const result<int>& value, bool shared) noexcept {
    auto& self = static_cast<caller&>(me);
    ++self.told;
    self.value = value.has_value() ? *value : -1;
    self.code = value.has_value() ? boost::system::error_code() : value.error().code;
    self.shared = shared;
  }
  int told = 0;
  int value = 0;
  boost::system::error_code code;
  bool shared = false;
};

TEST(single_flight, one_leads_and_all_are_told_once_what_it_loaded) {
  flights_of_int flights;
  std::deque<caller> callers(1'000);
  flights_of_int::leader lead;
  for (caller& each : callers) {
    auto [role, leader] = flights.join("key", each);
    EXPECT_EQ(role, &each == &callers.front() ? flight_role::leader : flight_role::waiter);
    if (leader) lead = std::move(leader);
  }
  EXPECT_EQ(flights.waiters(), 1'000U);
  EXPECT_EQ(lead.key(), "key");
  EXPECT_EQ(lead.finish(7), 1'000U);
  for (const caller& each : callers) {
    EXPECT_EQ(each.told, 1);
    EXPECT_EQ(each.value, 7);
    EXPECT_TRUE(each.shared);
  }
  EXPECT_EQ(flights.flights(), 0U);
  EXPECT_EQ(flights.waiters(), 0U);
}

TEST(single_flight, who_was_alone_is_told_so) {
  flights_of_int flights;
  caller one;
  flights.join("key", one).lead.finish(7);
  EXPECT_EQ(one.value, 7);
  EXPECT_FALSE(one.shared);
}

TEST(single_flight, keys_do_not_wait_for_one_another) {
  flights_of_int flights;
  caller a;
  caller b;
  auto lead_a = flights.join("a", a).lead;
  auto lead_b = flights.join("b", b).lead;
  ASSERT_TRUE(lead_a);
  ASSERT_TRUE(lead_b);
  lead_b.finish(2);
  EXPECT_EQ(a.told, 0);
  EXPECT_EQ(b.value, 2);
  lead_a.finish(1);
  EXPECT_EQ(a.value, 1);
}

TEST(single_flight, an_error_is_shared_and_not_kept) {
  flights_of_int flights;
  caller one;
  caller two;
  auto lead = flights.join("key", one).lead;
  EXPECT_EQ(flights.join("key", two).role, flight_role::waiter);
  lead.finish(make_error(errc::read_failed, "away"));
  EXPECT_EQ(one.code, errc::read_failed);
  EXPECT_EQ(two.code, errc::read_failed);
  caller later;
  auto next = flights.join("key", later);
  EXPECT_EQ(next.role, flight_role::leader);
  next.lead.finish(1);
}

TEST(single_flight, a_forgotten_flight_does_not_erase_its_successor) {
  flights_of_int flights;
  caller a;
  caller b;
  caller c;
  auto first = flights.join("key", a).lead;
  EXPECT_TRUE(flights.forget("key"));
  EXPECT_FALSE(flights.forget("key"));
  auto second = flights.join("key", b).lead;
  ASSERT_TRUE(second);
  first.finish(1);
  EXPECT_EQ(flights.join("key", c).role, flight_role::waiter);
  second.finish(2);
  EXPECT_EQ(a.value, 1);
  EXPECT_EQ(b.value, 2);
  EXPECT_EQ(c.value, 2);
}

TEST(single_flight, all_can_be_forgotten_at_once) {
  flights_of_int flights;
  std::deque<caller> before(100);
  std::deque<caller> after(100);
  std::vector<flights_of_int::leader> leads;
  for (std::size_t i = 0; i < before.size(); ++i)
    leads.push_back(flights.join("key" + std::to_string(i), before[i]).lead);
  flights.forget_all();
  for (std::size_t i = 0; i < after.size(); ++i) {
    leads.push_back(flights.join("key" + std::to_string(i), after[i]).lead);
    ASSERT_TRUE(leads.back());
  }
  for (auto& each : leads) EXPECT_EQ(each.finish(1), 1U);
}

TEST(single_flight, who_gives_up_leaves_the_flight_to_the_others) {
  flights_of_int flights;
  std::deque<caller> callers(4);
  auto lead = flights.join("key", callers[0]).lead;
  for (std::size_t i = 1; i < callers.size(); ++i) (void)flights.join("key", callers[i]);
  EXPECT_TRUE(flights.abandon(callers[0]));  // even the one who leads
  EXPECT_TRUE(flights.abandon(callers[2]));
  EXPECT_FALSE(flights.abandon(callers[2]));
  EXPECT_EQ(flights.waiters(), 2U);
  EXPECT_EQ(lead.finish(7), 2U);
  EXPECT_EQ(callers[0].told, 0);
  EXPECT_EQ(callers[1].value, 7);
  EXPECT_EQ(callers[2].told, 0);
  EXPECT_EQ(callers[3].value, 7);
  EXPECT_FALSE(flights.abandon(callers[1]));
}

TEST(single_flight, a_leader_that_is_lost_lets_nobody_wait_for_ever) {
  flights_of_int flights;
  caller one;
  caller two;
  {
    const auto lead = flights.join("key", one).lead;
    EXPECT_EQ(flights.join("key", two).role, flight_role::waiter);
  }
  EXPECT_EQ(one.code, errc::unavailable);
  EXPECT_EQ(two.code, errc::unavailable);
  EXPECT_EQ(flights.flights(), 0U);
}

TEST(single_flight, a_load_without_a_waiter_is_joined_by_those_who_come) {
  flights_of_int flights;
  auto lead = flights.lead("key");
  ASSERT_TRUE(lead);
  EXPECT_FALSE(flights.lead("key"));
  caller one;
  EXPECT_EQ(flights.join("key", one).role, flight_role::waiter);
  lead.finish(7);
  EXPECT_EQ(one.value, 7);
}

TEST(single_flight, flights_and_waiters_are_bounded) {
  flights_of_int flights({.flights_max = 2, .waiters_max = 3});
  std::deque<caller> callers(5);
  auto a = flights.join("a", callers[0]).lead;
  auto b = flights.join("b", callers[1]).lead;
  EXPECT_EQ(flights.join("c", callers[2]).role, flight_role::refused);
  EXPECT_EQ(flights.join("a", callers[2]).role, flight_role::waiter);
  EXPECT_EQ(flights.join("a", callers[3]).role, flight_role::refused);
  a.finish(1);
  auto c = flights.join("c", callers[4]);
  EXPECT_EQ(c.role, flight_role::leader);
  c.lead.finish(1);
  b.finish(1);
  EXPECT_THROW(flights_of_int({.flights_max = 0}), std::invalid_argument);
  EXPECT_THROW(flights_of_int({.waiters_max = 0}), std::invalid_argument);
}

TEST(single_flight, who_is_told_may_ask_again_at_once) {
  flights_of_int flights;
  struct again : flights_of_int::waiter {
    explicit again(flights_of_int& of) : waiter(&hear), flights(of) {}
    static void hear(waiter& me, const result<int>&, bool) noexcept {
      auto& self = static_cast<again&>(me);
      if (++self.told == 1) self.lead = self.flights.join("key", me).lead;
    }
    flights_of_int& flights;
    flights_of_int::leader lead;
    int told = 0;
  };
  again one(flights);
  flights.join("key", one).lead.finish(1);
  ASSERT_TRUE(one.lead);
  one.lead.finish(2);
  EXPECT_EQ(one.told, 2);
}

// Every round all threads ask for one key, some give up, and one finishes: each is told exactly once, or has given up.
TEST(single_flight, many_threads_load_once_and_nobody_is_told_twice) {
  constexpr int threads_count = 4;
  constexpr int rounds = 2'000;
  flights_of_int flights;
  std::atomic<int> loads{0};
  std::atomic<int> told{0};
  std::atomic<int> gave_up{0};
  struct counting : flights_of_int::waiter {
    explicit counting(std::atomic<int>& of) : waiter(&hear), total(of) {}
    static void hear(waiter& me, const result<int>&, bool) noexcept {
      auto& self = static_cast<counting&>(me);
      self.total.fetch_add(1);
      self.done.store(true, std::memory_order_release);
      self.done.notify_one();
    }
    std::atomic<int>& total;
    std::atomic<bool> done{false};
  };
  std::barrier together(threads_count);
  std::vector<std::thread> threads;
  for (int t = 0; t < threads_count; ++t)
    threads.emplace_back([&, t] {
      for (int round = 0; round < rounds; ++round) {
        const auto me = std::make_unique<counting>(told);
        auto joined = flights.join("key", *me);
        together.arrive_and_wait();  // all have joined
        if (joined.role == flight_role::leader) {
          loads.fetch_add(1);
          joined.lead.finish(round);
        }
        if (t == 0 && flights.abandon(*me))
          gave_up.fetch_add(1);
        else
          me->done.wait(false, std::memory_order_acquire);
        together.arrive_and_wait();
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(loads.load(), rounds);
  EXPECT_EQ(told.load() + gave_up.load(), rounds * threads_count);
  EXPECT_EQ(flights.waiters(), 0U);
}

}  // namespace
}  // namespace seckill
