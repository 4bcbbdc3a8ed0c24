#pragma once

#include <cstdint>

namespace seckill::inline v1 {

enum class breaker_state : std::uint8_t {
  closed = 0,
  open = 1,
  half_open = 2,
  disabled = 3,      ///< permits everything, counts nothing
  metrics_only = 4,  ///< permits everything, counts, tells when it would have opened
  forced_open = 5,   ///< refuses everything until it is told otherwise
};

/// What a breaker has counted in its window. With a window of calls, `admitted`, `ignored` and the
/// consecutive ones are since the last change of state.
struct circuit_breaker_counts {
  std::uint64_t admitted = 0;  ///< counted only with rate_of_admissions
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
  std::uint64_t slow = 0;
  std::uint64_t ignored = 0;
  std::uint64_t not_permitted = 0;  ///< since the last change of state
  std::uint64_t consecutive_successes = 0;
  std::uint64_t consecutive_failures = 0;
  std::uint64_t calls_min = 0;  ///< results that are needed in this state before rates are judged

  [[nodiscard]] constexpr std::uint64_t results() const noexcept { return successes + failures; }
  /// Shares of the results; 0 without results.
  [[nodiscard]] constexpr double failure_rate() const noexcept { return share(failures); }
  [[nodiscard]] constexpr double slow_rate() const noexcept { return share(slow); }

 private:
  [[nodiscard]] constexpr double share(std::uint64_t of) const noexcept {
    return results() == 0 ? 0.0 : static_cast<double>(of) / static_cast<double>(results());
  }
};

}  // namespace seckill::inline v1
