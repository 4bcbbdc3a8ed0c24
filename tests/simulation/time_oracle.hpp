#pragma once

#include "engine/time_discipline.hpp"
#include <seckill/time_params.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace seckill::testing {

/// What must hold of ledger time, told from outside: what the journal had, how the clocks moved, what was accepted.
/// It is looked at after each of these. The text of each answer is the violation, if there is one.
///
/// - It starts where the journal ends, and after that by what the wall clock has advanced since, or else by what it is
///   ahead, if that is at most the downtime that is believed; so it is never before what was journaled.
/// - From then on it advances by what passes, give or take the rate of slewing. While there is an alarm, it advances
///   exactly by what passes, or slower if the wall clock was accepted behind it. No step of the wall clock moves it.
/// - It moves otherwise twice: once if the wall clock of the start made no sense and then tells a downtime, and when a wall
///   clock ahead is accepted.
/// - With a wall clock that runs steadily, it meets it.
/// - There is an alarm exactly while the two differ by more than a step may be.
class time_oracle {
 public:
  using violation = std::optional<std::string>;

  explicit time_oracle(const time_params& rules) : rules_(rules) {}

  violation started(const journaled_time& latest, const time_status& now, bool accepts) {
    offset_ms_ = latest.wall_ms - latest.ledger_ms;
    undecided_ = latest.ledger_ms > 0;
    slowed_ = alarm_ = false;
    *this = at(undecided_ ? latest.ledger_ms : std::max<time_ms>(0, now.wall_ms));
    return accepts ? accepted(now) : look(now);
  }

  violation passed(time_ms length, const time_status& now) {
    const time_ms slew_us = length * 1'000 / rules_.slew_one_in;
    const bool exact = alarm_ && !slowed_;
    earliest_us_ += length * 1'000 - (exact ? 0 : slew_us);
    latest_us_ += length * 1'000 + (exact || slowed_ ? 0 : slew_us);
    steady_ms_ += length;
    return look(now);
  }

  violation stepped(const time_status& now) {
    steady_ms_ = 0;
    return look(now);
  }

  violation accepted(const time_status& now) {
    undecided_ = false;
    slowed_ = true;
    steady_ms_ = 0;
    if (now.wall_ms * 1'000 > latest_us_ + slack_us)
      *this = at(now.wall_ms);
    else if (now.wall_ms * 1'000 > earliest_us_ - slack_us)
      latest_us_ = std::max(latest_us_, now.wall_ms * 1'000);
    return look(now);
  }

 private:
  static constexpr time_ms slack_us = 1'500;  // it is told in whole milliseconds

  [[nodiscard]] time_oracle at(time_ms now) const {
    time_oracle there = *this;
    there.earliest_us_ = there.latest_us_ = now * 1'000;
    there.steady_ms_ = 0;
    return there;
  }

  violation look(const time_status& now) {
    if (undecided_) decide(now);
    const time_ms told_us = now.ledger_ms * 1'000;
    if (told_us < earliest_us_ - slack_us) return "ledger time is late or has gone back" + text(now);
    if (told_us > latest_us_ + slack_us) return "ledger time is early" + text(now);
    const time_ms difference = now.difference_ms();
    const bool was_alarm = std::exchange(alarm_, std::abs(difference) > rules_.step_max_ms);
    if (was_alarm || alarm_) steady_ms_ = 0;
    if (!alarm_) slowed_ = undecided_ = false;
    if (difference > rules_.step_max_ms) slowed_ = false;
    if (now.state != state_for(difference)) return std::string("it says ") + to_string(now.state) + text(now);
    if (steady_ms_ > rules_.step_max_ms * rules_.slew_one_in * 6 / 5 && !alarm_ && std::abs(difference) > 2)
      return "ledger time does not meet a steady wall clock" + text(now);
    return std::nullopt;
  }

  // The wall clock made no sense until now: does it tell how long the ledger was down?
  void decide(const time_status& now) {
    const time_ms reached = earliest_us_ / 1'000;
    const auto makes_sense = [&](time_ms when) {
      return when >= reached && when <= reached + rules_.downtime_max_ms;
    };
    time_ms downtime_ended = now.wall_ms - offset_ms_;
    if (!makes_sense(downtime_ended)) downtime_ended = now.wall_ms;
    if (!makes_sense(downtime_ended)) return;
    *this = at(downtime_ended);
    undecided_ = false;
  }

  [[nodiscard]] time_state state_for(time_ms difference) const {
    if (!alarm_) return time_state::following;
    if (difference > 0) return time_state::wall_ahead;
    return slowed_ ? time_state::slowing : time_state::wall_behind;
  }

  [[nodiscard]] std::string text(const time_status& now) const {
    return ": ledger " + std::to_string(now.ledger_ms) + ", wall " + std::to_string(now.wall_ms) +
           ", expected from " + std::to_string(earliest_us_) + " to " + std::to_string(latest_us_) + " us";
  }

  time_params rules_;
  time_ms earliest_us_ = 0;
  time_ms latest_us_ = 0;
  time_ms steady_ms_ = 0;   // that the wall clock has been near and has not been set
  time_ms offset_ms_ = 0;   // of the wall clock from ledger time, at the end of the journal
  bool undecided_ = false;  // since the start no wall clock has made sense
  bool slowed_ = false;     // a wall clock behind was accepted
  bool alarm_ = false;
};

}  // namespace seckill::testing
