#pragma once

#include <seckill/time_status.hpp>

#include <cstdint>
#include <functional>

namespace seckill::inline v1 {

/// How far an engine believes the wall clock. Ledger time is elapsed time; the wall clock only corrects it:
/// docs/concepts/time.md.
struct time_params {
  /// Differences up to this are removed slowly, larger ones are an alarm and change nothing; 0 to 1 hour.
  time_ms step_max_ms = 60'000;
  /// At a start: what the wall clock is ahead of the journal counts as downtime up to this, so holds may
  /// expire and sales may open and close; beyond it ledger time goes on from the journal, with an alarm.
  time_ms downtime_max_ms = 7 * 24 * 3'600'000LL;
  /// A difference is removed by 1 ms in so many ms: a hold of 100 s then lasts 99 s to 101 s; at least 10.
  std::uint32_t slew_one_in = 100;
  /// At a start: the wall clock is right, however far from the journal it is. As engine::accept_wall_clock().
  bool accept_wall_clock = false;
  /// Called when the state changes, and at a start with an alarm; on any thread that uses the engine. It must be
  /// quick and must not throw.
  std::function<void(const time_status&)> on_change{};
};

}  // namespace seckill::inline v1
