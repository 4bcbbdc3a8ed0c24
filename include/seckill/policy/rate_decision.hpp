#pragma once

#include <seckill/policy/time.hpp>

#include <cstdint>
#include <limits>

namespace seckill::inline v1 {

/// What a rate limiter answers.
struct rate_decision {
  static constexpr time_ns never = std::numeric_limits<time_ns>::max();

  bool allowed = false;
  std::uint64_t remaining = 0;  ///< permits that could be had after this, now
  time_ns retry_after_ns = 0;   ///< refused: the same request may pass then; `never`: it is too big
  time_ns reset_after_ns = 0;   ///< until the limiter is as good as unused
  time_ns delay_ns = 0;         ///< allowed: the caller must wait so long before it goes on
};

}  // namespace seckill::inline v1
