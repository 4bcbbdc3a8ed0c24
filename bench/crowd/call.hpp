#pragma once

#include <seckill/ids.hpp>

#include <cstddef>
#include <cstdint>

namespace seckill::crowd {

enum class step : std::uint8_t {
  reserve,
  duplicate,  ///< the same reserve once more, by another connection
  pay,
  give_up,
  check_reservation,
  check_order,
};

/// One request to be made, and why. A value: whoever carries it out hands it back with the answer.
struct call {
  step what{};
  std::uint32_t attempt = 0;      ///< 0 for the first; further ones repeat the same request after a failure
  std::uint64_t index = 0;        ///< of the shopper in the plan
  reservation_id reservation{};   ///< of pay, give_up and the checks
  std::size_t record = 0;         ///< of pay, give_up and the checks: where tally::acknowledged remembers it
  std::uint64_t due_ns = 0;       ///< when it should leave
  std::uint64_t intended_ns = 0;  ///< when its first attempt should have left: latency counts from here
};

}  // namespace seckill::crowd
