#include "engine/time_discipline.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace seckill {
namespace {

constexpr time_ms s = 1'000;
constexpr time_ms min = 60 * s;
constexpr time_ms h = 60 * min;
constexpr time_ms d = 24 * h;
constexpr time_ms year = 365 * d;
constexpr time_ms start = 50 * year;

/// A machine whose clocks a test moves, and the discipline that follows them.
class machine {
 public:
  explicit machine(time_ms journaled = start, time_ms wall = start, const time_params& how = {})
      : machine(journaled_time{journaled, journaled}, wall, how) {}
  machine(const journaled_time& latest, time_ms wall, const time_params& how = {})
      : wall_(wall), time_(how, latest, wall, 0) {}

  /// Time passes, looked at each second.
  void pass(time_ms length, time_ms drift_ppm = 0) {
    for (time_ms left = length; left > 0; left -= s) {
      const time_ms step = std::min(left, s);
      elapsed_ns_ += step * 1'000'000;
      drift_ns_ += step * drift_ppm;
      wall_ += step;
      look();
    }
  }
  /// Somebody sets the wall clock.
  void step(time_ms by) {
    wall_ += by;
    time_.observe(wall(), elapsed_ns_);
  }
  void accept() { time_.accept(wall(), elapsed_ns_); }
  [[nodiscard]] time_ms wall() const { return wall_ + drift_ns_ / 1'000'000; }
  [[nodiscard]] time_ms now() const { return time_.segment().at(elapsed_ns_); }
  [[nodiscard]] time_ms behind() const { return wall() - now(); }
  [[nodiscard]] time_state state() const { return time_.state(); }
  [[nodiscard]] std::uint64_t alarms() const { return time_.alarms(); }

 private:
  void look() {
    const time_ms before = now();
    time_.observe(wall(), elapsed_ns_);
    ASSERT_EQ(now(), before) << "a look at the wall clock moves nothing";
  }

  time_ms wall_;
  time_ns elapsed_ns_ = 0;
  time_ns drift_ns_ = 0;
  time_discipline time_;
};

TEST(time_discipline, an_empty_journal_starts_at_the_wall_clock) {
  for (const time_ms wall : {time_ms{0}, time_ms{1}, start, 3 * start}) {
    const machine m(0, wall);
    EXPECT_EQ(m.now(), wall);
    EXPECT_EQ(m.state(), time_state::following);
  }
}

TEST(time_discipline, a_steady_machine_keeps_the_wall_clocks_time) {
  machine m;
  m.pass(2 * h);
  EXPECT_EQ(m.now(), start + 2 * h);
  EXPECT_EQ(m.alarms(), 0U);
}

TEST(time_discipline, a_small_step_is_slewed_at_the_stated_rate) {
  for (const time_ms step : {s, -s, 60 * s, -60 * s}) {
    machine m;
    m.step(step);
    EXPECT_EQ(m.state(), time_state::following);
    m.pass(10 * s);
    EXPECT_EQ(m.now(), start + 10 * s + (step > 0 ? 100 : -100)) << step;
    m.pass(100 * std::abs(step));
    EXPECT_LE(std::abs(m.behind()), 1) << step;
    EXPECT_EQ(m.alarms(), 0U) << step;
  }
}

TEST(time_discipline, a_slew_ends_where_it_should_however_rarely_the_clock_is_looked_at) {
  time_discipline time({}, {start, start}, start + s, 0);
  time_discipline fresh({}, {}, start, 0);
  fresh.observe(start + s, 0);
  EXPECT_EQ(fresh.segment().at(h * 1'000'000), start + s + h);
  fresh.observe(start + 2 * h, h * 1'000'000);
  EXPECT_EQ(fresh.state(), time_state::wall_ahead);
  EXPECT_EQ(time.segment().at(0), start + s) << "at a start, a gap is downtime";
}

TEST(time_discipline, a_large_step_changes_nothing_and_is_an_alarm) {
  for (const time_ms step : {61 * s, h, d, year, 100 * year, -61 * s, -h, -d, -year, -100 * year}) {
    machine m;
    m.step(step);
    EXPECT_EQ(m.state(), step > 0 ? time_state::wall_ahead : time_state::wall_behind) << step;
    EXPECT_EQ(m.alarms(), 1U);
    m.pass(3 * h);
    EXPECT_EQ(m.now(), start + 3 * h) << step;
    m.step(-step);
    EXPECT_EQ(m.state(), time_state::following) << "the wall clock was corrected";
    m.pass(h);
    EXPECT_EQ(m.now(), start + 4 * h) << step;
    EXPECT_EQ(m.alarms(), 1U);
  }
}

TEST(time_discipline, the_bound_of_a_step_is_exact) {
  machine within;
  within.step(60 * s);
  EXPECT_EQ(within.state(), time_state::following);
  machine beyond;
  beyond.step(60 * s + 1);
  EXPECT_EQ(beyond.state(), time_state::wall_ahead);
}

TEST(time_discipline, repeated_steps_gain_no_more_than_the_stated_rate) {
  machine m;
  for (int i = 0; i < 1'000; ++i) {
    m.step(i % 2 == 0 ? 50 * s : -40 * s);
    m.pass(s);
  }
  EXPECT_LE(m.now(), start + 1'000 * s + 10 * s);
  EXPECT_GE(m.now(), start + 1'000 * s - 10 * s);
}

TEST(time_discipline, a_drifting_crystal_is_followed) {
  for (const time_ms ppm : {100, -100, 5'000, -5'000}) {
    machine m;
    m.pass(10 * h, ppm);
    EXPECT_LE(std::abs(m.behind()), s / 10) << ppm;
    EXPECT_EQ(m.alarms(), 0U) << ppm;
  }
}

TEST(time_discipline, a_suspended_machine_has_let_time_pass) {
  time_discipline time({}, {start, start}, start, 0);
  time.observe(start + 5 * d, 5 * d * 1'000'000);
  EXPECT_EQ(time.segment().at(5 * d * 1'000'000), start + 5 * d);
  EXPECT_EQ(time.state(), time_state::following);
}

TEST(time_discipline, an_accepted_wall_clock_ahead_is_stepped_to) {
  machine m;
  m.step(year);
  m.accept();
  EXPECT_EQ(m.now(), start + year);
  EXPECT_EQ(m.state(), time_state::following);
  m.pass(h);
  EXPECT_EQ(m.now(), start + year + h);
}

TEST(time_discipline, an_accepted_wall_clock_behind_is_waited_for) {
  machine m;
  m.step(-h);
  m.accept();
  EXPECT_EQ(m.state(), time_state::slowing);
  m.pass(100 * s);
  EXPECT_EQ(m.now(), start + 99 * s) << "a hold of 1 s lasts 1.01 s";
  m.pass(100 * h);
  EXPECT_EQ(m.state(), time_state::following);
  EXPECT_LE(std::abs(m.behind()), 1);
}

TEST(time_discipline, an_acceptance_is_of_one_wall_clock) {
  machine m;
  m.step(-h);
  m.accept();
  m.step(h + year);
  EXPECT_EQ(m.state(), time_state::wall_ahead);
  m.step(-h - year);
  EXPECT_EQ(m.state(), time_state::wall_behind) << "it must be accepted again";
}

TEST(time_discipline, a_gap_at_a_start_is_downtime_up_to_the_bound) {
  for (const time_ms gap : {time_ms{0}, s, h, 7 * d}) {
    const machine m(start, start + gap);
    EXPECT_EQ(m.now(), start + gap) << gap;
    EXPECT_EQ(m.state(), time_state::following);
  }
  const machine beyond(start, start + 7 * d + 1);
  EXPECT_EQ(beyond.now(), start);
  EXPECT_EQ(beyond.state(), time_state::wall_ahead);
}

TEST(time_discipline, a_gap_beyond_the_bound_waits_for_an_operator) {
  machine m(start, start + year);
  m.pass(h);
  EXPECT_EQ(m.now(), start + h);
  m.accept();
  EXPECT_EQ(m.now(), start + year + h);
  EXPECT_EQ(m.state(), time_state::following);
}

TEST(time_discipline, a_wall_clock_that_is_corrected_after_the_start_tells_the_downtime) {
  for (const time_ms wrong : {10 * year, -10 * year}) {
    machine m(start, start + 3 * h + wrong);
    EXPECT_NE(m.state(), time_state::following);
    m.pass(min);
    m.step(-wrong);
    m.pass(s);
    EXPECT_EQ(m.now(), start + 3 * h + min + s) << wrong;
    EXPECT_EQ(m.state(), time_state::following);
    m.step(3 * h);
    EXPECT_EQ(m.state(), time_state::wall_ahead) << "once: now it is known";
  }
}

TEST(time_discipline, a_clock_that_is_as_wrong_as_before_tells_the_downtime_too) {
  for (const time_ms wrong : {h, d, 10 * year, -h, -10 * year}) {
    machine m(journaled_time{start, start + wrong}, start + wrong + 5 * min);
    EXPECT_EQ(m.now(), start + 5 * min) << wrong;
    EXPECT_EQ(m.state(), wrong > 0 ? time_state::wall_ahead : time_state::wall_behind)
        << "a restart does not make a wrong clock right";
    m.step(-wrong);
    m.pass(s);
    EXPECT_EQ(m.now(), start + 5 * min + s) << "nor is its correction counted again";
    EXPECT_EQ(m.state(), time_state::following);
  }
}

TEST(time_discipline, a_clock_that_was_corrected_while_the_ledger_was_down_tells_the_downtime) {
  for (const time_ms wrong : {10 * year, -10 * year}) {
    const machine m(journaled_time{start, start + wrong}, start + 5 * min);
    EXPECT_EQ(m.now(), start + 5 * min) << wrong;
    EXPECT_EQ(m.state(), time_state::following);
  }
}

TEST(time_discipline, a_journal_ahead_of_the_wall_clock_goes_on_from_the_journal) {
  machine little(start, start - 30 * s);
  EXPECT_EQ(little.now(), start);
  EXPECT_EQ(little.state(), time_state::following);
  little.pass(h);
  EXPECT_LE(std::abs(little.behind()), 1) << "it was waited for";

  for (const time_ms ahead : {h, year, 100 * year}) {
    machine m(start + ahead, start);
    EXPECT_EQ(m.now(), start + ahead);
    EXPECT_EQ(m.state(), time_state::wall_behind);
    m.pass(s);
    EXPECT_EQ(m.now(), start + ahead + s) << "a hold of 1 s lasts 1 s";
  }
}

TEST(time_discipline, a_wall_clock_can_be_accepted_at_the_start) {
  time_params accepting;
  accepting.accept_wall_clock = true;
  const machine ahead(start, start + 3 * year, accepting);
  EXPECT_EQ(ahead.now(), start + 3 * year);
  EXPECT_EQ(ahead.state(), time_state::following);
  const machine behind(start, start - h, accepting);
  EXPECT_EQ(behind.now(), start);
  EXPECT_EQ(behind.state(), time_state::slowing);
}

TEST(time_discipline, no_reading_overflows) {
  using limits = std::numeric_limits<time_ms>;
  for (const time_ms journaled : {time_ms{0}, start, limits::max()})
    for (const time_ms wall :
         {limits::min(), time_ms{-1}, time_ms{0}, start, limits::max() - 1, limits::max()}) {
      time_discipline time({}, {journaled, limits::max() - journaled}, wall, 0);
      for (const time_ms next : {limits::max(), limits::min(), start, time_ms{0}}) {
        const time_ms before = time.segment().at(1'000'000);
        time.observe(next, 1'000'000);
        time.accept(next, 2'000'000);
        EXPECT_GE(time.segment().at(3'000'000), before);
      }
    }
}

/// Any readings at all: it never goes back, and without an operator it keeps to the elapsed time.
TEST(time_discipline, whatever_the_wall_clock_does_time_goes_forward_at_its_rate) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&](time_ms bound) {
      return static_cast<time_ms>(random() % static_cast<std::uint64_t>(bound));
    };
    const std::array<time_ms, 6> sizes{10, s, 2 * min, 3 * h, 40 * d, 80 * year};
    time_discipline time({}, {}, start, 0);
    time_ms wall = start;
    time_ns elapsed = 0;
    time_ms last = start;
    for (int i = 0; i < 2'000; ++i) {
      const time_ns passed = below(i % 50 == 0 ? d : 3 * s) * 1'000'000 + below(1'000'000);
      elapsed += passed;
      wall += passed / 1'000'000;
      if (random() % 5 == 0) {
        const time_ms size = sizes[random() % sizes.size()];
        wall += below(2 * size) - size;
      }
      const time_ms now = time.segment().at(elapsed);
      const time_ms passed_ms = passed / 1'000'000;
      ASSERT_GE(now, last + passed_ms - passed_ms / 100 - 1);
      ASSERT_LE(now, last + passed_ms + passed_ms / 100 + 2);
      last = now;
      if (random() % 3 != 0) time.observe(wall, elapsed);
    }
  }
}

TEST(time_status, each_state_says_what_to_do) {
  const time_status ahead{time_state::wall_ahead, start, start + h, 1};
  EXPECT_NE(describe(ahead).find("60 min ahead"), std::string::npos) << describe(ahead);
  EXPECT_NE(describe(ahead).find("accept it"), std::string::npos);
  const time_status behind{time_state::wall_behind, start, start - 3 * year, 1};
  EXPECT_NE(describe(behind).find("1095 d behind"), std::string::npos) << describe(behind);
  EXPECT_NE(describe(behind).find("by ledger time"), std::string::npos);
  EXPECT_TRUE(behind.is_alarm());
  EXPECT_FALSE((time_status{time_state::following, start, start, 0}).is_alarm());
  EXPECT_EQ(behind.difference_ms(), -3 * year);
}

}  // namespace
}  // namespace seckill
