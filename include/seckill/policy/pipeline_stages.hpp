#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/adaptive_throttle.hpp>
#include <seckill/policy/bulkhead.hpp>
#include <seckill/policy/circuit_breaker.hpp>
#include <seckill/policy/concurrency_limiter.hpp>
#include <seckill/policy/load_balancer.hpp>
#include <seckill/policy/pipeline_stage.hpp>
#include <seckill/policy/rate_limiter.hpp>

#include <memory>

/// @file
/// The policies as stages of a pipeline. A stage shares its policy: the same policy in the next plan goes on with what it
/// knows. Null throws std::invalid_argument.

namespace seckill::inline v1 {

/// One permit for each call (or attempt). A pacer's delay is waited for. What was not made is given back.
[[nodiscard]] SECKILL_EXPORT std::shared_ptr<pipeline_stage> make_stage(
    std::shared_ptr<any_rate_limiter> limiter);
/// A failure for overload is a drop, any other result teaches the round trip.
[[nodiscard]] SECKILL_EXPORT std::shared_ptr<pipeline_stage> make_stage(
    std::shared_ptr<concurrency_limiter> limiter);
[[nodiscard]] SECKILL_EXPORT std::shared_ptr<pipeline_stage> make_stage(std::shared_ptr<bulkhead> hold);
[[nodiscard]] SECKILL_EXPORT std::shared_ptr<pipeline_stage> make_stage(
    std::shared_ptr<circuit_breaker> breaker);
/// Results without a sign of overload are accepts.
[[nodiscard]] SECKILL_EXPORT std::shared_ptr<pipeline_stage> make_stage(
    std::shared_ptr<adaptive_throttle> throttle);
/// Chooses the target; refuses if there is none. Belongs around attempts, as the last stage.
[[nodiscard]] SECKILL_EXPORT std::shared_ptr<pipeline_stage> make_stage(
    std::shared_ptr<load_balancer> balancer);

}  // namespace seckill::inline v1
