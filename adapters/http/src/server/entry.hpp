#pragma once

#include <cstddef>
#include <cstdint>

namespace seckill::inline v1::http {

/// The way in that a connection has taken.
enum class entry : std::uint8_t {
  crowd,
  reserve,     ///< beyond connections_max: for probes and operators
  operations,  ///< the second listener
};
inline constexpr std::size_t entry_count = 3;

}  // namespace seckill::inline v1::http
