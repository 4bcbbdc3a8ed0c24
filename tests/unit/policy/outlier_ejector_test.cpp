#include <seckill/policy/outlier_ejector.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

outlier_ejector_params in_a_row(std::uint32_t failures) {
  return {.consecutive_failures = failures, .deviation_factor = 0.0};
}

void join(outlier_ejector& ejector, std::uint32_t targets) {
  for (std::uint32_t slot = 0; slot < targets; ++slot) ejector.add(slot);
}
void fail(outlier_ejector& ejector, std::uint32_t slot, int times, time_ns now) {
  for (int i = 0; i < times; ++i) ejector.record(slot, call_outcome::failure, now);
}
void report(outlier_ejector& ejector, std::uint32_t slot, int successes, int failures, time_ns now) {
  // Spread out, so that no run of failures ejects.
  for (int i = 0; i < successes + failures; ++i) {
    const bool failed = failures != 0 && i % ((successes + failures) / failures) == 0;
    ejector.record(slot, failed ? call_outcome::failure : call_outcome::success, now);
  }
}

TEST(outlier_ejector, failures_in_a_row_eject_and_a_success_between_saves) {
  outlier_ejector ejector(in_a_row(3), 10);
  join(ejector, 10);
  fail(ejector, 4, 2, 0);
  ejector.record(4, call_outcome::success, 0);
  ejector.record(4, call_outcome::ignored, 0);
  fail(ejector, 4, 2, 0);
  EXPECT_FALSE(ejector.ejected(4));
  fail(ejector, 4, 1, 0);
  EXPECT_TRUE(ejector.ejected(4));
}

TEST(outlier_ejector, the_cap_holds_when_everybody_fails) {
  outlier_ejector ejector({.consecutive_failures = 1, .ejected_share_max = 0.3}, 10);
  join(ejector, 10);
  for (std::uint32_t slot = 0; slot < 10; ++slot) fail(ejector, slot, 5, 0);
  EXPECT_EQ(ejector.ejected_count(), 3U);
  EXPECT_EQ(ejector.capped(), 35U);
}

TEST(outlier_ejector, one_of_few_may_always_go_but_never_the_only_one) {
  outlier_ejector two(in_a_row(1), 2);
  join(two, 2);
  fail(two, 0, 1, 0);
  fail(two, 1, 1, 0);
  EXPECT_EQ(two.ejected_count(), 1U);
  outlier_ejector one(in_a_row(1), 2);
  join(one, 1);
  fail(one, 0, 9, 0);
  EXPECT_EQ(one.ejected_count(), 0U);
  outlier_ejector strict({.consecutive_failures = 1, .always_one = false}, 5);
  join(strict, 5);
  fail(strict, 0, 1, 0);
  EXPECT_EQ(strict.ejected_count(), 0U);
}

TEST(outlier_ejector, each_ejection_is_longer_and_good_intervals_shorten_the_next) {
  outlier_ejector ejector({.consecutive_failures = 1,
                           .interval_ns = ns_per_s,
                           .deviation_factor = 0.0,
                           .base_ejection_ns = 10 * ns_per_s,
                           .ejection_max_ns = 25 * ns_per_s},
                          4);
  join(ejector, 4);
  time_ns now = 0;
  ejector.advance(now);
  const auto length = [&] {
    fail(ejector, 0, 1, now);
    const time_ns from = now;
    while (ejector.ejected(0)) {
      now = ejector.next_deadline();
      ejector.advance(now);
    }
    return now - from;
  };
  EXPECT_EQ(length(), 10 * ns_per_s);
  EXPECT_EQ(length(), 20 * ns_per_s);
  EXPECT_EQ(length(), 25 * ns_per_s) << "at most ejection_max_ns";
  for (int i = 0; i < 4; ++i) ejector.advance(now += ns_per_s);
  EXPECT_EQ(length(), 10 * ns_per_s);
}

TEST(outlier_ejector, who_does_worse_than_the_others_is_ejected_after_the_interval) {
  outlier_ejector ejector({.consecutive_failures = 0, .results_min = 100, .targets_min = 5}, 10);
  join(ejector, 10);
  ejector.advance(0);
  for (std::uint32_t slot = 0; slot < 9; ++slot) report(ejector, slot, 99, 1, 1);
  report(ejector, 9, 80, 20, 1);
  EXPECT_FALSE(ejector.ejected(9));
  ejector.advance(10 * ns_per_s);
  EXPECT_TRUE(ejector.ejected(9));
  EXPECT_EQ(ejector.ejected_count(), 1U);
}

TEST(outlier_ejector, few_results_or_few_targets_judge_nobody) {
  outlier_ejector ejector(
      {.consecutive_failures = 0, .failure_share = 0.5, .results_min = 100, .targets_min = 5}, 10);
  join(ejector, 10);
  ejector.advance(0);
  for (std::uint32_t slot = 0; slot < 4; ++slot) report(ejector, slot, 100, 0, 1);
  report(ejector, 9, 9, 90, 1);
  ejector.advance(10 * ns_per_s);
  EXPECT_EQ(ejector.ejected_count(), 0U) << "only four have 100 results";
  for (std::uint32_t slot = 0; slot < 4; ++slot) report(ejector, slot, 100, 0, 1);
  report(ejector, 9, 10, 90, 1);
  ejector.advance(20 * ns_per_s);
  EXPECT_TRUE(ejector.ejected(9));
}

TEST(outlier_ejector, who_leaves_takes_its_ejection_along) {
  outlier_ejector ejector(in_a_row(1), 4);
  join(ejector, 4);
  fail(ejector, 0, 1, 0);
  ejector.remove(0);
  EXPECT_EQ(ejector.ejected_count(), 0U);
  ejector.add(0);
  EXPECT_FALSE(ejector.ejected(0));
  fail(ejector, 1, 1, 0);
  EXPECT_TRUE(ejector.ejected(1)) << "there is room under the cap again";
}

TEST(outlier_ejector, slots_beyond_the_last_take_no_part) {
  outlier_ejector ejector(in_a_row(1), 4);
  join(ejector, 4);
  for (const std::uint32_t beyond : {4U, 5U, 70'000U, 0xffffffffU}) {
    ejector.add(beyond);
    fail(ejector, beyond, 3, 0);
    EXPECT_FALSE(ejector.ejected(beyond));
    ejector.remove(beyond);
  }
  EXPECT_EQ(ejector.ejected_count(), 0U);
}

TEST(outlier_ejector, tells_both_changes) {
  std::vector<bool> told;
  outlier_ejector* of = nullptr;
  struct context {
    std::vector<bool>& told;
    outlier_ejector*& of;
  } heard{told, of};
  outlier_ejector ejector(in_a_row(1), 2,
                          {[](void* to, std::uint32_t slot, time_ns) noexcept {
                             auto& into = *static_cast<context*>(to);
                             into.told.push_back(into.of->ejected(slot));
                           },
                           &heard});
  of = &ejector;
  join(ejector, 2);
  fail(ejector, 1, 3, 0);
  ejector.advance(30 * ns_per_s);
  EXPECT_EQ(told, (std::vector<bool>{true, false}));
}

TEST(outlier_ejector, refuses_impossible_parameters) {
  EXPECT_THROW(outlier_ejector({.interval_ns = 0}, 1), std::invalid_argument);
  EXPECT_THROW(outlier_ejector({.ejected_share_max = 1.1}, 1), std::invalid_argument);
  EXPECT_THROW(outlier_ejector({}, 0), std::invalid_argument);
}

TEST(outlier_ejector_threads, the_cap_holds_under_contention) {
  outlier_ejector ejector({.consecutive_failures = 1,
                           .interval_ns = 50,
                           .base_ejection_ns = 20,
                           .ejection_max_ns = 40,
                           .ejected_share_max = 0.5},
                          8);
  join(ejector, 8);
  std::atomic<time_ns> clock{0};
  std::atomic<int> exceeded{0};
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 20'000; ++i) {
        const time_ns now = clock.fetch_add(1);
        ejector.record((i + t) % 8, i % 3 == 0 ? call_outcome::success : call_outcome::failure, now);
        ejector.advance(now);
        if (ejector.ejected_count() > 4) ++exceeded;
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(exceeded, 0);
  ejector.advance(clock + 1'000);
  EXPECT_EQ(ejector.ejected_count(), 0U);
}

}  // namespace
}  // namespace seckill
