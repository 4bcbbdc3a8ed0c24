#include "invalidation_bus_suite.hpp"

#include <mutex>
#include <thread>
#include <vector>

namespace seckill::testing {
namespace {

// What one subscriber has heard. Listeners run on any thread.
class ear {
 public:
  invalidation_bus::listener listener() {
    return [this](const bus_event& what) {
      const std::lock_guard lock(mutex_);
      heard_.push_back(std::to_string(static_cast<int>(what.kind)) + std::string(what.key));
    };
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> heard_;
};

TEST_P(invalidation_bus_conformance, tells_every_subscriber_in_order) {
  ear one;
  ear two;
  const auto first = bus_->subscribe(one.listener()).value();
  const auto second = bus_->subscribe(two.listener()).value();
  ASSERT_TRUE(bus_->publish({.kind = bus_event_kind::created, .key = "a"}));
  ASSERT_TRUE(bus_->publish({.kind = bus_event_kind::changed, .key = std::string_view("\0b", 2)}));
  ASSERT_TRUE(bus_->publish({.kind = bus_event_kind::flush}));
  settle();
  const std::vector<std::string> all{"1a", std::string("0\0b", 3), "2"};
  EXPECT_EQ(one.heard(), all);
  EXPECT_EQ(two.heard(), all);
}

TEST_P(invalidation_bus_conformance, tells_nothing_after_a_subscription_has_ended) {
  ear one;
  auto first = bus_->subscribe(one.listener()).value();
  ASSERT_TRUE(bus_->publish({.kind = bus_event_kind::changed, .key = "a"}));
  settle();
  first.reset();
  ASSERT_TRUE(bus_->publish({.kind = bus_event_kind::changed, .key = "b"}));
  settle();
  EXPECT_EQ(one.heard(), std::vector<std::string>{"0a"});
}

TEST_P(invalidation_bus_conformance, many_threads_are_heard_and_may_come_and_go) {
  ear all;
  const auto standing = bus_->subscribe(all.listener()).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        ear brief;
        const auto mine = bus_->subscribe(brief.listener()).value();
        EXPECT_TRUE(bus_->publish({.kind = bus_event_kind::changed, .key = "k"}));
      }
    });
  for (std::thread& each : threads) each.join();
  settle();
  EXPECT_EQ(all.heard().size(), 600U);
}

}  // namespace
}  // namespace seckill::testing
