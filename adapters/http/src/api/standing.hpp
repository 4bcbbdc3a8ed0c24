#pragma once

#include "plan.hpp"
#include "request.hpp"

#include <cstdint>

namespace seckill::inline v1::http {

/// Whose request it is, as far as admission is concerned.
enum class standing : std::uint8_t {
  crowd,
  probe,    ///< asks for liveness or readiness, which costs no more to answer than to refuse
  scrape,   ///< asks for the metrics
  insider,  ///< shows a valid credential for what it asks: the operator's, or the payment provider's
};

/// Pure. Costs a look at the routing table: for requests that the crowd's admission would refuse.
[[nodiscard]] standing standing_of(const request& from, const plan_params& params) noexcept;

}  // namespace seckill::inline v1::http
