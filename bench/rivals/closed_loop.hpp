#pragma once

#include "bench/crowd/histogram.hpp"
#include "shop.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace seckill::rivals {

/// What came back, and how fast.
struct tally {
  std::array<std::uint64_t, 5> verdicts{};  ///< by verdict
  std::uint64_t elapsed_ns = 0;             ///< from the first request to the last answer
  crowd::histogram latencies;               ///< from the sending of a batch to each of its answers

  void add(const tally& other);
  [[nodiscard]] std::uint64_t of(verdict which) const { return verdicts.at(static_cast<std::size_t>(which)); }
};

/// Keeps `depth` requests on their way on each lane until the time is over, then receives the rest. One thread:
/// on two cores the other one is the server's. A wish that failed is asked for again.
[[nodiscard]] tally run_closed_loop(std::span<const std::unique_ptr<lane>> lanes, std::size_t depth,
                                    std::chrono::nanoseconds length, const std::function<wish()>& next);

}  // namespace seckill::rivals
