#pragma once

#include <seckill/ids.hpp>

namespace seckill::inline v1 {

/// PORT. The two clocks of a machine. An engine measures how long things last by the elapsed time, which
/// nobody can set, and learns the date from the wall clock, which anybody can.
///
/// Threads: any. Neither call blocks.
class time_source {
 public:
  virtual ~time_source() = default;
  /// The date: milliseconds since the Unix epoch. It may be set, forward or back, at any moment.
  [[nodiscard]] virtual time_ms wall_ms() const noexcept = 0;
  /// Time since some fixed moment, at the pace of real time: it is never set, never goes back, and counts the
  /// time that the machine was suspended.
  [[nodiscard]] virtual time_ns elapsed_ns() const noexcept = 0;
};

}  // namespace seckill::inline v1
