#include "engine/time_discipline.hpp"

namespace seckill::inline v1 {
namespace {

// Beyond any date. It keeps sums and differences of times in range, whatever a clock or a journal says.
constexpr time_ms time_max_ms = time_ms{1} << 60;
// About a year: a longer slew goes on with the next look at the wall clock.
constexpr time_ms slew_max_ms = time_ms{1} << 35;
// The wall clock is read in whole milliseconds: less than this is no difference.
constexpr time_ms resolution_ms = 1;

time_ms bounded(time_ms when) noexcept { return std::clamp(when, -time_max_ms, time_max_ms); }

}  // namespace

time_discipline::time_discipline(const time_params& params, const journaled_time& latest, time_ms wall_ms,
                                 time_ns elapsed_ns)
    : step_max_ms_(params.step_max_ms), downtime_max_ms_(params.downtime_max_ms) {
  starting_ = latest.ledger_ms > 0;
  segment_.from_ns = elapsed_ns;
  segment_.at_ms = std::max<time_ms>(0, bounded(starting_ ? latest.ledger_ms : wall_ms));
  segment_.one_in = params.slew_one_in;
  offset_ms_ = bounded(latest.wall_ms) - bounded(latest.ledger_ms);
  if (params.accept_wall_clock)
    accept(wall_ms, elapsed_ns);
  else
    observe(wall_ms, elapsed_ns);
}

void time_discipline::observe(time_ms wall_ms, time_ns elapsed_ns) {
  go_on_from(elapsed_ns);
  const time_ms wall = bounded(wall_ms);
  if (starting_) count_downtime(wall);
  const time_ms ahead = wall - segment_.at_ms;
  if (ahead >= -step_max_ms_ && ahead <= step_max_ms_) {
    starting_ = slowed_ = false;
    slew(ahead);
    become(time_state::following);
  } else if (ahead > 0) {
    slowed_ = false;
    become(time_state::wall_ahead);
  } else if (slowed_) {
    slew(ahead);
    become(time_state::slowing);
  } else {
    become(time_state::wall_behind);
  }
}

// How long the ledger was down: what the wall clock has advanced since the latest event, so that a clock that was wrong
// then and still is measures it all the same; or else, for one that was corrected in between, what it is ahead.
void time_discipline::count_downtime(time_ms wall_ms) noexcept {
  for (const time_ms now : {wall_ms - offset_ms_, wall_ms}) {
    const time_ms down = now - segment_.at_ms;
    if (down < 0 || down > downtime_max_ms_) continue;
    segment_.at_ms = now;
    segment_.rest_ns = 0;
    starting_ = false;
    return;
  }
}

void time_discipline::accept(time_ms wall_ms, time_ns elapsed_ns) {
  go_on_from(elapsed_ns);
  starting_ = false;
  slowed_ = true;
  if (const time_ms wall = bounded(wall_ms); wall > segment_.at_ms) {
    segment_.at_ms = wall;
    segment_.rest_ns = 0;
  }
  observe(wall_ms, elapsed_ns);
}

void time_discipline::go_on_from(time_ns elapsed_ns) noexcept {
  const time_ns progress = segment_.progress_ns(elapsed_ns);
  segment_.from_ns = std::max(segment_.from_ns, elapsed_ns);
  segment_.at_ms += progress / 1'000'000;
  segment_.rest_ns = progress % 1'000'000;
  segment_.slew_ns = 0;
}

void time_discipline::slew(time_ms ahead_ms) noexcept {
  segment_.slower = ahead_ms < 0;
  const time_ms length = std::min(segment_.slower ? -ahead_ms : ahead_ms, slew_max_ms);
  segment_.slew_ns = length <= resolution_ms ? 0 : length * 1'000'000;
}

void time_discipline::become(time_state next) noexcept {
  if (state_ == time_state::following && next != time_state::following) ++alarms_;
  state_ = next;
}

}  // namespace seckill::inline v1
