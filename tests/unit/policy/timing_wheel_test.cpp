#include <seckill/policy/timing_wheel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace seckill {
namespace {

using fired_list = std::vector<std::pair<std::uint64_t, time_ns>>;
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

fired_list advance(timing_wheel& wheel, time_ns now) {
  fired_list fired;
  const auto made =
      wheel.advance(now, no_limit, [&](std::uint64_t id, time_ns due) { fired.emplace_back(id, due); });
  EXPECT_EQ(made.fired, fired.size());
  EXPECT_TRUE(made.caught_up);
  return fired;
}

timing_wheel small_wheel() { return timing_wheel({.tick_ns = 1, .pending_max = 100}); }

// What a timing wheel is supposed to do, done slowly: a sorted map of (due tick, order of scheduling).
class model_timers {
 public:
  explicit model_timers(time_ns tick_ns) : tick_ns_(tick_ns) {}

  void schedule(std::uint64_t id, time_ns deadline) {
    const time_ns due = (std::max<time_ns>(deadline, 0) + tick_ns_ - 1) / tick_ns_;
    const auto key = std::make_pair(std::max(due, tick_), ++order_);
    timers_[key] = id;
    keys_[id] = key;
  }
  void cancel(std::uint64_t id) {
    timers_.erase(keys_.at(id));
    keys_.erase(id);
  }
  fired_list advance(time_ns now) {
    fired_list fired;
    tick_ = std::max(tick_, now / tick_ns_);
    while (!timers_.empty() && timers_.begin()->first.first <= tick_) {
      fired.emplace_back(timers_.begin()->second, timers_.begin()->first.first * tick_ns_);
      cancel(timers_.begin()->second);
    }
    return fired;
  }
  [[nodiscard]] time_ns earliest() const { return timers_.begin()->first.first * tick_ns_; }
  [[nodiscard]] std::size_t size() const { return timers_.size(); }

 private:
  time_ns tick_ns_;
  time_ns tick_ = 0;
  std::uint64_t order_ = 0;
  std::map<std::pair<time_ns, std::uint64_t>, std::uint64_t> timers_;
  std::map<std::uint64_t, std::pair<time_ns, std::uint64_t>> keys_;
};

class random_timers {
 public:
  explicit random_timers(std::uint64_t seed) : random_(seed) {}

  void step() {
    switch (below(6)) {
      case 0:
      case 1:
        schedule();
        break;
      case 2:
        cancel();
        break;
      case 3:
        reschedule();
        break;
      default:
        move_time();
        break;
    }
    ASSERT_EQ(wheel_.size(), model_.size());
    if (model_.size() == 0) {
      ASSERT_FALSE(wheel_.next_expiry());
    } else {
      ASSERT_LE(wheel_.next_expiry().value(), model_.earliest());
    }
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  time_ns delay() { return static_cast<time_ns>(random_() >> (2 + below(62))) - 5; }

  void schedule() {
    if (handles_.size() == 50) return;
    const std::uint64_t id = ++last_id_;
    const time_ns deadline = now_ + std::min<time_ns>(delay(), time_ns{1} << 50);
    handles_.emplace_back(id, wheel_.schedule(deadline, id));
    ASSERT_TRUE(handles_.back().second);
    model_.schedule(id, deadline);
  }
  void cancel() {
    if (handles_.empty()) return;
    const auto victim = handles_.begin() + static_cast<std::ptrdiff_t>(below(handles_.size()));
    ASSERT_TRUE(wheel_.cancel(victim->second));
    ASSERT_FALSE(wheel_.cancel(victim->second));
    model_.cancel(victim->first);
    handles_.erase(victim);
  }
  void reschedule() {
    if (handles_.empty()) return;
    const auto& [id, handle] = handles_[below(handles_.size())];
    const time_ns deadline = now_ + delay() % 100'000;
    ASSERT_TRUE(wheel_.reschedule(handle, deadline));
    model_.cancel(id);
    model_.schedule(id, deadline);
  }
  void move_time() {
    now_ += std::min<time_ns>(std::max<time_ns>(delay(), 0), time_ns{1} << 51);
    const fired_list fired = advance(wheel_, now_);
    ASSERT_EQ(fired, model_.advance(now_));
    for (const auto& each : fired) {
      std::erase_if(handles_, [&](const auto& known) { return known.first == each.first; });
    }
  }

  std::mt19937_64 random_;
  timing_wheel wheel_{{.tick_ns = 7, .pending_max = 50}};
  model_timers model_{7};
  time_ns now_ = 0;
  std::uint64_t last_id_ = 0;
  std::vector<std::pair<std::uint64_t, timer_handle>> handles_;
};

TEST(timing_wheel, does_what_a_sorted_map_of_deadlines_does) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    random_timers both(seed);
    for (int step = 0; step < 2'000; ++step) {
      both.step();
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << " step " << step;
    }
  }
}

TEST(timing_wheel, refuses_more_timers_than_it_has_room_for) {
  timing_wheel wheel({.tick_ns = 1, .pending_max = 2});
  const timer_handle first = wheel.schedule(10, 1);
  EXPECT_TRUE(wheel.schedule(10, 2));
  EXPECT_FALSE(wheel.schedule(10, 3));
  EXPECT_TRUE(wheel.cancel(first));
  EXPECT_TRUE(wheel.schedule(10, 4));
}

TEST(timing_wheel, a_stale_handle_does_not_touch_the_next_user_of_its_node) {
  timing_wheel wheel({.tick_ns = 1, .pending_max = 1});
  const timer_handle old = wheel.schedule(5, 1);
  EXPECT_EQ(advance(wheel, 5).size(), 1U);
  const timer_handle fresh = wheel.schedule(10, 2);
  EXPECT_FALSE(wheel.pending(old));
  EXPECT_FALSE(wheel.cancel(old));
  EXPECT_FALSE(wheel.reschedule(old, 100));
  EXPECT_TRUE(wheel.pending(fresh));
  EXPECT_FALSE(wheel.cancel(timer_handle{}));
  EXPECT_FALSE(wheel.cancel(timer_handle{.node = 900, .generation = 1}));
}

TEST(timing_wheel, work_max_bounds_an_advance_and_the_next_goes_on_in_order) {
  auto wheel = small_wheel();
  fired_list expected;
  for (std::uint64_t id = 0; id < 20; ++id) {
    EXPECT_TRUE(wheel.schedule(5'000 + static_cast<time_ns>(id / 2), id));
    expected.emplace_back(id, 5'000 + static_cast<time_ns>(id / 2));
  }

  fired_list fired;
  int calls = 0;
  for (bool caught_up = false; !caught_up; ++calls) {
    ASSERT_LT(calls, 100);
    const std::size_t before = fired.size();
    const auto made =
        wheel.advance(9'000, 3, [&](std::uint64_t id, time_ns due) { fired.emplace_back(id, due); });
    EXPECT_LE(fired.size() - before, 3U);
    caught_up = made.caught_up;
    if (!caught_up) {
      EXPECT_TRUE(wheel.size() == 0 || wheel.next_expiry().value() <= 5'010);
    }
  }

  EXPECT_GT(calls, 6);
  EXPECT_EQ(fired, expected);
}

TEST(timing_wheel, what_a_callback_schedules_for_now_waits_for_the_next_advance) {
  auto wheel = small_wheel();
  EXPECT_TRUE(wheel.schedule(10, 1));
  int calls = 0;
  const auto again = [&](std::uint64_t, time_ns) {
    ++calls;
    EXPECT_TRUE(wheel.schedule(1'000, 2));
    EXPECT_LE(wheel.next_expiry().value(), 1'000);
  };
  EXPECT_EQ(wheel.advance(1'000, no_limit, again).fired, 1U);
  EXPECT_EQ(wheel.advance(1'000, no_limit, again).fired, 1U);
  EXPECT_EQ(calls, 2);
}

TEST(timing_wheel, a_callback_may_cancel_and_reschedule_others_due_at_the_same_time) {
  auto wheel = small_wheel();
  std::vector<timer_handle> handles;
  for (std::uint64_t id = 0; id < 4; ++id) handles.push_back(wheel.schedule(10, id));
  fired_list fired;
  wheel.advance(10, no_limit, [&](std::uint64_t id, time_ns due) {
    fired.emplace_back(id, due);
    if (id != 0) return;
    EXPECT_FALSE(wheel.cancel(handles[0])) << "it is firing";
    EXPECT_TRUE(wheel.cancel(handles[1]));
    EXPECT_TRUE(wheel.reschedule(handles[2], 20));
  });
  EXPECT_EQ(fired, (fired_list{{0, 10}, {3, 10}}));
  EXPECT_EQ(advance(wheel, 20), (fired_list{{2, 20}}));
}

TEST(timing_wheel, advance_inside_a_callback_fires_nothing) {
  timing_wheel wheel({.tick_ns = 1, .pending_max = 4});
  (void)wheel.schedule(1, 1);
  (void)wheel.schedule(2, 2);
  std::size_t inside = 0;
  const auto made = wheel.advance(2, 100, [&](std::uint64_t, time_ns) {
    const auto nested = wheel.advance(2, 100, [&](std::uint64_t, time_ns) { ++inside; });
    EXPECT_EQ(nested.fired, 0U);
    EXPECT_FALSE(nested.caught_up);
  });
  EXPECT_EQ(made.fired, 2U);
  EXPECT_EQ(inside, 0U);
}

TEST(timing_wheel, may_be_destroyed_inside_a_callback) {
  auto wheel = std::make_unique<timing_wheel>(timing_wheel_params{.tick_ns = 1, .pending_max = 10});
  for (std::uint64_t id = 0; id < 3; ++id) EXPECT_TRUE(wheel->schedule(10, id));
  int calls = 0;
  const auto made = wheel->advance(10, no_limit, [&](std::uint64_t, time_ns) {
    ++calls;
    wheel.reset();
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(made.fired, 1U);
}

TEST(timing_wheel, a_clock_that_goes_back_fires_nothing_and_loses_nothing) {
  timing_wheel wheel({.tick_ns = 1, .pending_max = 10, .start_ns = 1'000});
  EXPECT_TRUE(advance(wheel, 2'000).empty());
  EXPECT_TRUE(wheel.schedule(2'100, 1));
  EXPECT_TRUE(advance(wheel, 500).empty());
  EXPECT_TRUE(advance(wheel, 2'099).empty());
  EXPECT_EQ(advance(wheel, 2'100), (fired_list{{1, 2'100}}));
}

TEST(timing_wheel, the_farthest_deadline_is_a_deadline_like_any_other) {
  constexpr time_ns end = std::numeric_limits<time_ns>::max();
  auto wheel = small_wheel();
  EXPECT_TRUE(wheel.schedule(end, 1));
  EXPECT_TRUE(advance(wheel, end - 1).empty());
  EXPECT_EQ(advance(wheel, end), (fired_list{{1, end}}));
}

TEST(timing_wheel, sleeping_until_next_expiry_finds_every_deadline_exactly) {
  auto wheel = small_wheel();
  EXPECT_TRUE(wheel.schedule(1'234'567, 1));
  int wakes = 0;
  time_ns now = 0;
  for (; wheel.size() != 0; ++wakes) {
    ASSERT_LT(wakes, 11);
    ASSERT_GT(wheel.next_expiry().value(), now);
    now = wheel.next_expiry().value();
    advance(wheel, now);
  }
  EXPECT_EQ(now, 1'234'567);
}

TEST(timing_wheel, parameters_out_of_range_are_named) {
  EXPECT_THROW(timing_wheel({.tick_ns = 0}), std::invalid_argument);
  EXPECT_THROW(timing_wheel({.pending_max = 0}), std::invalid_argument);
  EXPECT_THROW(timing_wheel({.pending_max = 0xffffffff}), std::invalid_argument);
}

}  // namespace
}  // namespace seckill
