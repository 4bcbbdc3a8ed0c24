#include <seckill/policy/time.hpp>
#include <seckill/worker_pool.hpp>

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <stdexcept>
#include <vector>

namespace seckill {
namespace {

TEST(worker_pool, does_as_many_tasks_at_once_as_it_has_threads) {
  worker_pool pool({.threads = 3});
  std::latch all_at_once(3);
  std::latch done(3);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(pool.post([&] {
      all_at_once.arrive_and_wait();
      done.count_down();
    }));
  done.wait();
}

TEST(worker_pool, starts_tasks_in_the_order_of_posting) {
  worker_pool pool({.threads = 1});
  std::vector<int> order;
  std::latch done(100);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(pool.post([&, i] {
      order.push_back(i);
      done.count_down();
    }));
  done.wait();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(worker_pool, what_is_for_later_starts_in_order_of_its_time_and_not_before) {
  worker_pool pool({.threads = 1});
  std::latch done(3);
  std::vector<time_ns> late_by(3, -1);
  std::vector<int> order;
  const time_ns start = pool.now_ns();
  for (const int i : {2, 0, 1}) {
    const time_ns when = start + (i + 1) * 2 * ns_per_ms;
    ASSERT_TRUE(pool.post_at(when, [&, i, when] {
      late_by[static_cast<std::size_t>(i)] = pool.now_ns() - when;
      order.push_back(i);
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
  for (const time_ns each : late_by) EXPECT_GE(each, 0);
}

TEST(worker_pool, takes_no_more_than_its_bounds) {
  worker_pool pool({.threads = 1, .tasks_max = 2, .later_max = 1});
  std::latch started(1);
  std::latch go(1);
  std::latch done(3);
  ASSERT_TRUE(pool.post([&] {
    started.count_down();
    go.wait();
    done.count_down();
  }));
  started.wait();
  EXPECT_TRUE(pool.post([&] { done.count_down(); }));
  EXPECT_TRUE(pool.post([&] { done.count_down(); }));
  EXPECT_FALSE(pool.post([] {}));
  EXPECT_TRUE(pool.post_at(pool.now_ns() + 3'600 * ns_per_s, [] {}));
  EXPECT_FALSE(pool.post_at(pool.now_ns() + 3'600 * ns_per_s, [] {}));
  go.count_down();
  done.wait();
}

TEST(worker_pool, destroys_what_it_does_not_run) {
  const auto held = std::make_shared<int>(1);
  {
    worker_pool pool({.threads = 1});
    ASSERT_TRUE(pool.post_at(pool.now_ns() + 3'600 * ns_per_s, [held] { ++*held; }));
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 1);
}

TEST(worker_pool, tasks_may_post) {
  worker_pool pool({.threads = 2});
  std::latch done(1);
  ASSERT_TRUE(pool.post([&] {
    EXPECT_TRUE(pool.post([&] { EXPECT_TRUE(pool.post_at(pool.now_ns(), [&] { done.count_down(); })); }));
  }));
  done.wait();
}

TEST(worker_pool, names_the_parameter_that_is_wrong) {
  EXPECT_THROW(worker_pool({.threads = 0}), std::invalid_argument);
  EXPECT_THROW(worker_pool({.tasks_max = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace seckill
