#pragma once

#include "../api/route.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1::http {

/// Upper bounds of the duration histogram's buckets, microseconds.
inline constexpr auto duration_bounds_us = std::to_array<std::uint32_t>(
    {50,      100,     150,     200,     300,     400,       500,       750,      1'000,  1'500,
     2'000,   3'000,   5'000,   7'500,   10'000,  15'000,    20'000,    30'000,   50'000, 75'000,
     100'000, 150'000, 200'000, 300'000, 500'000, 1'000'000, 2'000'000, 5'000'000});

/// The statuses that are told apart; any other counts as the last.
inline constexpr auto counted_statuses =
    std::to_array<int>({200, 201, 304, 400, 401, 403, 404, 405, 408, 409, 410, 413,
                        414, 415, 417, 422, 425, 429, 431, 500, 501, 503, 505});

/// What one event loop served. Written by that loop's thread alone, without locked instructions; read by any.
class request_metrics {
 public:
  void record(route which, int status, std::chrono::nanoseconds took) noexcept;

  /// Sums over loops.
  struct totals {
    struct per_route {
      std::array<std::uint64_t, counted_statuses.size()> by_status{};
      std::array<std::uint64_t, duration_bounds_us.size() + 1>
          by_duration{};  ///< not cumulative; the last: longer
      std::uint64_t duration_ns = 0;
    };
    std::array<per_route, route_count> routes{};
  };
  void add_to(totals& sum) const noexcept;

 private:
  using counter = std::atomic<std::uint64_t>;
  struct per_route {
    std::array<counter, counted_statuses.size()> by_status{};
    std::array<counter, duration_bounds_us.size() + 1> by_duration{};
    counter duration_ns{};
  };
  std::array<per_route, route_count> routes_{};
};

}  // namespace seckill::inline v1::http
