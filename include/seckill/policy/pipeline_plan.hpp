#pragma once

#include <seckill/policy/hedge_policy.hpp>
#include <seckill/policy/pipeline_event.hpp>
#include <seckill/policy/pipeline_stage.hpp>
#include <seckill/policy/retry_policy.hpp>
#include <seckill/policy/time.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace seckill::inline v1 {

/// Which policies stand around a call, in which order. A value: copy the present one, change it, and give it to
/// pipeline::reconfigure(). What is shared between two plans goes on with what it knows.
struct pipeline_plan {
  static constexpr std::size_t stages_max = 8;  ///< around the call, and as many around an attempt

  /// The outermost first. Once for each call, however often it is tried: a limit of the caller, a bulkhead.
  std::vector<std::shared_ptr<pipeline_stage>> around_call{};
  /// The outermost first. For each attempt: a breaker, a limit of the callee, the balancer.
  std::vector<std::shared_ptr<pipeline_stage>> around_attempt{};

  std::shared_ptr<retry_policy> retry{};  ///< null: one attempt
  std::shared_ptr<hedge_policy> hedge{};  ///< null: one attempt at a time

  time_ns call_timeout_ns = 0;     ///< cuts the caller's deadline; 0: does not
  time_ns attempt_timeout_ns = 0;  ///< an attempt that takes longer has failed; 0: it has the call's time
  time_ns call_min_ns = 0;         ///< a call with less time left than this is refused at once

  std::vector<std::shared_ptr<pipeline_observer>> observers{};
};

}  // namespace seckill::inline v1
