#pragma once

#include <seckill/policy/time.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// At most `limit` permits in a window of `window_ns`; what a window is, the limiter says.
struct window_params {
  std::uint32_t limit = 100;     ///< 1 to 16,777,215
  time_ns window_ns = ns_per_s;  ///< 1 ms to 73 years
};

/// Throws std::invalid_argument that names the parameter and the limiter.
void check_window_params(const window_params& params, const char* limiter);

}  // namespace seckill::inline v1
