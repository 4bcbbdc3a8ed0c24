#pragma once

#include <seckill/export.hpp>
#include <seckill/ids.hpp>

#include <cstdint>
#include <string>

namespace seckill::inline v1 {

/// How ledger time stands to the wall clock. All but `following` are alarms.
enum class time_state : std::uint8_t {
  following = 0,   ///< within time_params::step_max_ms of the wall clock, and approaching it
  wall_ahead = 1,  ///< the wall clock is further ahead than is believed: it is ignored until somebody decides
  wall_behind =
      2,        ///< the wall clock is further behind than is believed: it is ignored until somebody decides
  slowing = 3,  ///< the wall clock is behind and was accepted: ledger time runs slower until it is caught up
};

/// What an engine's time does, for metrics, logs and operators.
struct time_status {
  time_state state{};
  time_ms ledger_ms = 0;     ///< ledger time
  time_ms wall_ms = 0;       ///< the wall clock at the same moment
  std::uint64_t alarms = 0;  ///< times that `following` ended since the start

  [[nodiscard]] bool is_alarm() const noexcept { return state != time_state::following; }
  /// The wall clock less ledger time.
  [[nodiscard]] time_ms difference_ms() const noexcept { return wall_ms - ledger_ms; }
};

/// "following", "wall_ahead" and so on.
[[nodiscard]] SECKILL_EXPORT const char* to_string(time_state state) noexcept;

/// What is wrong and what to do, for a log or an operator; that all is well, if it is.
[[nodiscard]] SECKILL_EXPORT std::string describe(const time_status& status);

}  // namespace seckill::inline v1
