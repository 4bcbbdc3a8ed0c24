#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace seckill::testing {

/// Which misfortunes a run knows.
struct misfortunes {
  bool crashes = true;  ///< of the process and of the machine, also in the middle of a turn and of recovery
  bool storage = true;  ///< appends, syncs and the rest fail, once or until somebody makes room
  bool damage = true;   ///< bits flip and frames vanish in what was safely stored
  bool clock_jumps = true;  ///< the wall clock is set, by seconds or years, and the machine suspended
  bool snapshots = true;    ///< with trimming
  bool naps = true;         ///< of the consumer of events
};
inline constexpr std::array<std::pair<std::string_view, bool misfortunes::*>, 6> all_misfortunes = {{
    {"clock-jumps", &misfortunes::clock_jumps},
    {"damage", &misfortunes::damage},
    {"naps", &misfortunes::naps},
    {"snapshots", &misfortunes::snapshots},
    {"storage-faults", &misfortunes::storage},
    {"crashes", &misfortunes::crashes},
}};

/// What a run was good for, to show that it went everywhere.
struct tally {
  std::uint64_t steps = 0;
  std::uint64_t answers = 0;
  std::uint64_t refusals = 0;  ///< by the board
  std::uint64_t repeated = 0;  ///< commands sent again as they were
  std::uint64_t replays = 0;   ///< answers given again
  std::uint64_t decided_by_callers = 0;
  std::uint64_t baskets = 0;      ///< reserved with several lines
  std::uint64_t at_limit = 0;     ///< refused for the buyer's limit
  std::uint64_t partial = 0;      ///< confirmed in part
  std::uint64_t late = 0;         ///< payments after the deadline that were honoured
  std::uint64_t refunds = 0;      ///< and that were not
  std::uint64_t forestalled = 0;  ///< reserves refused because their cancel came first
  std::uint64_t restocks = 0;
  std::uint64_t returns = 0;  ///< restocks downwards
  std::uint64_t switches = 0;
  std::uint64_t sales = 0;
  std::uint64_t questions = 0;
  std::uint64_t forgotten = 0;  ///< ended reservations, for lack of room
  std::uint64_t process_crashes = 0;
  std::uint64_t machine_crashes = 0;
  std::uint64_t crashes_inside = 0;  ///< in the middle of a turn
  std::uint64_t crashes_in_snapshot = 0;
  std::uint64_t crashes_in_recovery = 0;
  std::uint64_t failed_starts = 0;
  std::uint64_t torn_frames = 0;
  std::uint64_t failures = 0;  ///< of the journal, after which nothing is accepted
  std::uint64_t full_disks = 0;
  std::uint64_t damages = 0;     ///< refused by recovery, or made good from elsewhere
  std::uint64_t jumps_back = 0;  ///< of the wall clock
  std::uint64_t jumps_of_years = 0;
  std::uint64_t suspensions = 0;
  std::uint64_t accepted_clocks = 0;
  std::uint64_t late_callers = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t naps = 0;
  std::uint64_t feed_restarts = 0;
  std::uint64_t held_back = 0;    ///< trims that a cursor held back
  std::uint64_t events_lost = 0;  ///< never acknowledged at their level, and gone with a crash
  std::uint64_t orders = 0;
};
inline constexpr std::array<std::pair<std::string_view, std::uint64_t tally::*>, 39> all_counts = {{
    {"steps", &tally::steps},
    {"answers", &tally::answers},
    {"refusals by the board", &tally::refusals},
    {"commands sent again", &tally::repeated},
    {"replays", &tally::replays},
    {"turns of callers", &tally::decided_by_callers},
    {"baskets reserved", &tally::baskets},
    {"buyers at their limit", &tally::at_limit},
    {"partial confirms", &tally::partial},
    {"late payments honoured", &tally::late},
    {"late payments refunded", &tally::refunds},
    {"cancels before their reserve", &tally::forestalled},
    {"restocks", &tally::restocks},
    {"restocks downwards", &tally::returns},
    {"pauses, resumptions and closings", &tally::switches},
    {"sales", &tally::sales},
    {"questions", &tally::questions},
    {"reservations forgotten", &tally::forgotten},
    {"process crashes", &tally::process_crashes},
    {"machine crashes", &tally::machine_crashes},
    {"crashes inside a turn", &tally::crashes_inside},
    {"crashes while a snapshot was written", &tally::crashes_in_snapshot},
    {"crashes in recovery", &tally::crashes_in_recovery},
    {"failed starts", &tally::failed_starts},
    {"torn frames", &tally::torn_frames},
    {"journal failures", &tally::failures},
    {"full disks", &tally::full_disks},
    {"damages", &tally::damages},
    {"clock jumps backwards", &tally::jumps_back},
    {"clock jumps of years", &tally::jumps_of_years},
    {"suspensions", &tally::suspensions},
    {"clocks accepted", &tally::accepted_clocks},
    {"callers with an old time", &tally::late_callers},
    {"snapshots", &tally::snapshots},
    {"naps of the consumer", &tally::naps},
    {"restarts of the consumer", &tally::feed_restarts},
    {"trims held back by a cursor", &tally::held_back},
    {"unacknowledged events lost", &tally::events_lost},
    {"orders compared", &tally::orders},
}};

}  // namespace seckill::testing
