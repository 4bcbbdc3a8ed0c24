#pragma once

#include <cstdint>

namespace seckill::inline v1 {

/// What a call came to, in the eyes of the policy that watched it.
enum class call_outcome : std::uint8_t {
  success = 0,
  failure = 1,
  ignored = 2,  ///< says nothing about the callee: a bad request, a cancelled call
};

}  // namespace seckill::inline v1
