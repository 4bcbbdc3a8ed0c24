#pragma once

#include <seckill/policy/pipeline_call.hpp>

#include <concepts>

namespace seckill::inline v1 {

/// What a blocking caller can do.
///
/// - now(): the time.
/// - wait_until(until): returns at the latest then, and early when the request's waker was called.
/// - call(start): makes one attempt, to start.target_id, to be over by start.until.
template <typename Driver>
concept call_driver = requires(Driver& driver, deadline until, const pipeline_action& start) {
  { driver.now() } -> std::same_as<time_ns>;
  driver.wait_until(until);
  { driver.call(start) } -> std::same_as<attempt_result>;
};

/// Makes a call and returns when it is over. One attempt at a time: a blocking caller cannot hedge.
template <call_driver Driver>
call_result run_call(const pipeline& through, const call_request& request, Driver& driver) {
  pipeline_call call(through, request, driver.now());
  for (;;) {
    const pipeline_action next = call.step(driver.now());
    switch (next.what) {
      case pipeline_action::kind::start: {
        const attempt_result came_to = driver.call(next);
        call.finish(next.attempt, came_to, driver.now());
        break;
      }
      case pipeline_action::kind::wait:
        driver.wait_until(next.until);
        break;
      case pipeline_action::kind::cancel:
        break;  // an attempt that has returned
      case pipeline_action::kind::done:
        return next.result;
    }
  }
}

}  // namespace seckill::inline v1
