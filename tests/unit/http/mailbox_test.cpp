#include "server/mailbox.hpp"

#include <gtest/gtest.h>

#include <semaphore>
#include <thread>
#include <vector>

namespace seckill::http {
namespace {

struct sleeper {
  std::counting_semaphore<> woken{0};
  std::atomic<int> wakes{0};

  static void wake(void* context) noexcept {
    auto& self = *static_cast<sleeper*>(context);
    ++self.wakes;
    self.woken.release();
  }
};

TEST(mailbox, mail_comes_in_the_order_of_putting_with_one_wake) {
  sleeper taker;
  mailbox mail(&sleeper::wake, &taker);
  std::vector<exchange> all(3);
  for (exchange& each : all) mail.put(each);
  EXPECT_EQ(taker.wakes, 1);
  exchange* at = mail.take();
  for (exchange& each : all) {
    ASSERT_EQ(at, &each);
    at = at->next_mail;
  }
  EXPECT_EQ(at, nullptr);
  EXPECT_EQ(mail.take(), nullptr);
}

TEST(mailbox, after_a_take_the_next_mail_wakes_again) {
  sleeper taker;
  mailbox mail(&sleeper::wake, &taker);
  exchange one;
  mail.put(one);
  static_cast<void>(mail.take());
  mail.put(one);
  EXPECT_EQ(taker.wakes, 2);
}

TEST(mailbox, a_hushed_box_does_not_wake_until_it_is_taken) {
  sleeper taker;
  mailbox mail(&sleeper::wake, &taker);
  exchange one;
  EXPECT_TRUE(mail.hush());
  mail.put(one);
  EXPECT_EQ(taker.wakes, 0);
  EXPECT_EQ(mail.take(), &one);
  mail.put(one);
  EXPECT_EQ(taker.wakes, 1);
  EXPECT_FALSE(mail.hush()) << "a wake is under way";
}

TEST(mailbox, nothing_is_lost_between_many_putters_and_a_sleeping_taker) {
  constexpr int putters = 4;
  constexpr int each_puts = 20'000;
  sleeper taker;
  mailbox mail(&sleeper::wake, &taker);
  std::vector<std::vector<exchange>> all(putters);
  std::vector<std::thread> threads;
  for (auto& of_one : all) {
    of_one = std::vector<exchange>(each_puts);
    threads.emplace_back([&mail, &of_one] {
      for (exchange& each : of_one) mail.put(each);
    });
  }
  int taken = 0;
  while (taken < putters * each_puts) {
    ASSERT_TRUE(taker.woken.try_acquire_for(std::chrono::seconds(10))) << "asleep with mail, after " << taken;
    for (exchange* at = mail.take(); at != nullptr; at = at->next_mail) ++taken;
  }
  for (std::thread& each : threads) each.join();
  EXPECT_TRUE(mail.quiet());
}

}  // namespace
}  // namespace seckill::http
