#include <seckill/policy/circuit_breaker_params.hpp>

namespace seckill::inline v1 {
namespace {

circuit_breaker_params sentinel(std::uint32_t requests_min, time_ns interval_ns, time_ns wait_ns) noexcept {
  circuit_breaker_params params;
  params.window = {breaker_window::kind::tumbling, 1, interval_ns, breaker_window::origin::clock};
  params.calls_min = requests_min;
  params.failure_rate.reset();
  params.open_wait = backoff_params::constant(wait_ns);
  params.half_open.permits = 1;
  params.half_open.by = half_open_params::verdict::k_of_n;
  params.half_open.successes = 1;
  return params;
}

}  // namespace

circuit_breaker_params circuit_breaker_params::resilience4j() noexcept {
  circuit_breaker_params params;
  params.calls_min = 100;
  params.slow_rate = breaker_threshold{1.0, comparison::reached};
  params.open_keeps_counts = true;
  params.stale = stale_result::record;
  params.open_wait.granularity_ns = ns_per_ms;
  params.wait_inclusive = false;
  return params;
}

circuit_breaker_params circuit_breaker_params::gobreaker() noexcept {
  circuit_breaker_params params;
  params.window.how = breaker_window::kind::unbounded;
  params.calls_min = 1;
  params.failure_rate.reset();
  params.consecutive_failures = 6;
  params.judge_successes = false;
  params.rate_of_admissions = true;
  params.credit_to_start = true;
  params.wait_inclusive = false;
  params.automatic_half_open = true;
  params.half_open.permits = 1;
  params.half_open.by = half_open_params::verdict::k_of_n;
  params.half_open.successes = 1;
  return params;
}

circuit_breaker_params circuit_breaker_params::sentinel_error_ratio(double ratio, std::uint32_t requests_min,
                                                                    time_ns interval_ns,
                                                                    time_ns wait_ns) noexcept {
  circuit_breaker_params params = sentinel(requests_min, interval_ns, wait_ns);
  params.failure_rate = breaker_threshold{ratio, comparison::exceeded};
  return params;
}

circuit_breaker_params circuit_breaker_params::sentinel_error_count(double count, std::uint32_t requests_min,
                                                                    time_ns interval_ns,
                                                                    time_ns wait_ns) noexcept {
  circuit_breaker_params params = sentinel(requests_min, interval_ns, wait_ns);
  params.failure_count = breaker_threshold{count, comparison::exceeded};
  return params;
}

circuit_breaker_params circuit_breaker_params::sentinel_slow_ratio(double ratio, time_ns slow_call_ns,
                                                                   std::uint32_t requests_min,
                                                                   time_ns interval_ns,
                                                                   time_ns wait_ns) noexcept {
  circuit_breaker_params params = sentinel(requests_min, interval_ns, wait_ns);
  params.slow_rate = breaker_threshold{ratio, ratio >= 1.0 ? comparison::reached : comparison::exceeded};
  params.slow_call_ns = slow_call_ns;
  return params;
}

}  // namespace seckill::inline v1
