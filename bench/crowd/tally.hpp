#pragma once

#include "histogram.hpp"
#include <seckill/ids.hpp>
#include <seckill/outcome.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace seckill::crowd {

/// What became of an acknowledged reservation, as far as its shopper was told.
enum class fate : std::uint8_t {
  held,  ///< nothing was done with it (yet): it lapses
  paid,
  cancelled,
  unfulfilled,  ///< paid too late, the units are gone
  lapsed,       ///< the deadline came first
  unknown,      ///< the payment or the cancel was never answered
};

struct acknowledgement {
  reservation_id reservation{};
  std::uint64_t index = 0;  ///< of the shopper in the plan
  fate then = fate::held;
};

/// Everything that is counted. Successes and refusals apart, latency from the moment a request should have
/// left.
struct tally {
  using by_outcome = std::array<std::uint64_t, outcome_count>;

  by_outcome reserves{};
  by_outcome duplicates{};
  by_outcome payments{};
  by_outcome cancels{};

  histogram accepted;  ///< reserve answered `reserved`
  histogram refused;   ///< reserve answered otherwise
  histogram paid;      ///< confirm, whatever the answer
  histogram lag;       ///< how long after its due time a request left: waiting for a free connection

  std::uint64_t arrived = 0;         ///< shoppers
  std::uint64_t came_back = 0;       ///< further visits of shoppers who were told to come again
  std::uint64_t replays = 0;         ///< answers marked as replayed
  std::uint64_t retries = 0;         ///< same request again after a failure or a transient refusal
  std::uint64_t network_errors = 0;  ///< refused, reset, timed out, not HTTP
  std::uint64_t unanswered_reserves =
      0;                                ///< given up after a network error: may or may not have taken effect
  std::uint64_t unanswered_others = 0;  ///< payments and cancels of the same kind
  std::map<int, std::uint64_t> unexpected;  ///< HTTP status of answers that carry no outcome

  std::vector<acknowledgement> acknowledged;

  /// Promises that the service broke. The first texts, and how many there were.
  std::vector<std::string> violations;
  std::uint64_t violation_count = 0;

  void violation(std::string text) {
    constexpr std::size_t texts_max = 20;
    ++violation_count;
    if (violations.size() < texts_max) violations.push_back(std::move(text));
  }

  [[nodiscard]] std::uint64_t acknowledged_with(fate wanted) const noexcept {
    std::uint64_t count = 0;
    for (const acknowledgement& each : acknowledged) count += each.then == wanted ? 1U : 0U;
    return count;
  }
};

/// The sum of all outcomes.
[[nodiscard]] inline std::uint64_t total(const tally::by_outcome& counts) noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t each : counts) sum += each;
  return sum;
}

[[nodiscard]] inline std::uint64_t count_of(const tally::by_outcome& counts, outcome code) noexcept {
  return counts[static_cast<std::size_t>(code)];
}

}  // namespace seckill::crowd
