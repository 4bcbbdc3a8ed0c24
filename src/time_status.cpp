#include <seckill/time_status.hpp>

#include <cstdlib>

namespace seckill::inline v1 {
namespace {

// In the largest unit that leaves a number to be read.
std::string length_of(time_ms length_ms) {
  const std::uint64_t s = static_cast<std::uint64_t>(std::llabs(length_ms)) / 1'000;
  if (s < 2 * 60) return std::to_string(s) + " s";
  if (s < 2 * 3'600) return std::to_string(s / 60) + " min";
  if (s < 2 * 86'400) return std::to_string(s / 3'600) + " h";
  return std::to_string(s / 86'400) + " d";
}

}  // namespace

const char* to_string(time_state state) noexcept {
  switch (state) {
    case time_state::following:
      return "following";
    case time_state::wall_ahead:
      return "wall_ahead";
    case time_state::wall_behind:
      return "wall_behind";
    case time_state::slowing:
      return "slowing";
  }
  return "unknown";
}

std::string describe(const time_status& status) {
  const std::string length = length_of(status.difference_ms());
  switch (status.state) {
    case time_state::following:
      return "ledger time follows the wall clock";
    case time_state::wall_ahead:
      return "the wall clock is " + length +
             " ahead of ledger time, which goes on without it. If the wall clock is wrong, correct it. If it "
             "is "
             "right, accept it: ledger time then steps forward, and holds and sales whose time has passed "
             "end";
    case time_state::wall_behind:
      return "the wall clock is " + length +
             " behind ledger time, which goes on without it. If the wall clock is wrong, correct it. If it "
             "is right, "
             "accept it: ledger time then runs slower until the wall clock has caught up. Until then "
             "schedule sales "
             "by ledger time";
    case time_state::slowing:
      return "ledger time is " + length +
             " ahead of the wall clock and runs slower until the wall clock has caught up. Until then "
             "schedule sales "
             "by ledger time";
  }
  return "unknown";
}

}  // namespace seckill::inline v1
