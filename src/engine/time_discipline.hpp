#pragma once

#include <seckill/time_params.hpp>

#include <algorithm>
#include <cstdint>

namespace seckill::inline v1 {

// What ledger time is between two looks at the wall clock: a straight line, slightly bent until a difference is removed.
struct time_segment {
  time_ns from_ns = 0;   // elapsed time at which it begins
  time_ms at_ms = 0;     // ledger time there,
  time_ns rest_ns = 0;   // and the part of a millisecond that has passed
  time_ns slew_ns = 0;   // to be removed, above zero; 0: nothing
  time_ns one_in = 100;  // it is removed by one in so many
  bool slower = false;   // ledger time is ahead of what it approaches

  // Never goes back while the elapsed time does not.
  [[nodiscard]] time_ns progress_ns(time_ns elapsed_ns) const noexcept {
    const time_ns passed = std::max<time_ns>(0, elapsed_ns - from_ns);
    if (slew_ns == 0) return rest_ns + passed;  // as nearly always: a division takes as long as the rest
    const time_ns slewed = std::min(slew_ns, passed / one_in);
    return rest_ns + passed + (slower ? -slewed : slewed);
  }
  [[nodiscard]] time_ms at(time_ns elapsed_ns) const noexcept {
    return at_ms + progress_ns(elapsed_ns) / 1'000'000;
  }
};

// The latest event in any journal, by both clocks.
struct journaled_time {
  time_ms ledger_ms = 0;  // 0: there is none
  time_ms wall_ms = 0;    // what the wall clock said then
};

// Decides what ledger time is. Pure: clock readings are arguments.
//
// Guarantees, whatever the wall clock does:
// - ledger time never goes back, and is never before the latest journaled time;
// - while observe() alone is called, it advances by what elapses, give or take one part in slew_one_in: no step of the
//   wall clock expires a hold. The exception is the first time that the wall clock makes sense to a journal: what it has
//   advanced since the latest event, at most downtime_max_ms, counts as downtime;
// - a difference above step_max_ms changes nothing and is an alarm, until accept() or until the wall clock comes back.
//
// Threads: one at a time. REQUIRES: the elapsed time does not go back.
class time_discipline {
 public:
  time_discipline(const time_params& params, const journaled_time& latest, time_ms wall_ms,
                  time_ns elapsed_ns);

  void observe(time_ms wall_ms, time_ns elapsed_ns);
  // An operator says that the wall clock is right: ledger time steps forward to it, or runs slower until it is caught up.
  void accept(time_ms wall_ms, time_ns elapsed_ns);

  [[nodiscard]] const time_segment& segment() const noexcept { return segment_; }
  [[nodiscard]] time_state state() const noexcept { return state_; }
  [[nodiscard]] std::uint64_t alarms() const noexcept { return alarms_; }

 private:
  void go_on_from(time_ns elapsed_ns) noexcept;
  void count_downtime(time_ms wall_ms) noexcept;
  void slew(time_ms ahead_ms) noexcept;
  void become(time_state next) noexcept;

  const time_ms step_max_ms_;
  const time_ms downtime_max_ms_;
  time_segment segment_;
  time_state state_ = time_state::following;
  std::uint64_t alarms_ = 0;
  time_ms offset_ms_ = 0;  // of the wall clock at the latest journaled event, from ledger time
  bool starting_ = false;  // how long the ledger was down is not known yet
  bool slowed_ = false;    // a wall clock that is behind was accepted
};

}  // namespace seckill::inline v1
