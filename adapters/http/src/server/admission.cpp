#include "admission.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace seckill::inline v1::http {
namespace {

using keyed_gcra_params = keyed_limiter_params<gcra_params>;

/// Metrics that an address beyond its rate still gets, a second and at once.
constexpr std::uint32_t scrape_rate = 2;
constexpr std::uint32_t scrape_burst = 10;
constexpr std::uint32_t scrapers_max = 1'024;

std::uint64_t secret() {
  std::random_device source;
  return std::uint64_t{source()} << 32U | source();
}

/// Whoever can choose addresses or buyers must not be able to choose their places, hence the secret.
std::optional<keyed_limiter<gcra_rule>> keyed_rate_of(std::uint32_t rate, std::uint32_t burst,
                                                      std::uint32_t keys_max) {
  if (rate == 0) return std::nullopt;
  keyed_gcra_params params;
  params.each = {.permits = rate, .period_ns = ns_per_s, .burst = burst};
  params.keys_max = keys_max;
  params.seed = secret();
  return std::optional<keyed_limiter<gcra_rule>>(std::in_place, params);
}

std::optional<answer> over(std::optional<keyed_limiter<gcra_rule>>& by, std::uint64_t key, time_ns now,
                           time_ms wall) noexcept {
  if (!by) return std::nullopt;
  const rate_decision decided = by->try_acquire(key, 1, now);
  if (decided.allowed) return std::nullopt;
  return answer{.code = outcome::rate_limited, .at_ms = wall + (decided.retry_after_ns - 1) / ns_per_ms + 1};
}

aimd_limit in_flight_limit_of(const admission_params& params) {
  return aimd_limit({.initial = std::clamp(1'024U, params.in_flight_min, params.in_flight_max),
                     .min = params.in_flight_min,
                     .max = params.in_flight_max,
                     .timeout_ns = params.latency_max_ms * ns_per_ms});
}

circuit_breaker_params order_breaker_of(const admission_params& params) {
  circuit_breaker_params made;
  made.window = {.how = breaker_window::kind::calls, .size = 20};
  made.calls_min = 10;
  made.slow_rate = breaker_threshold{0.5, comparison::reached};
  made.slow_call_ns = params.order_read_max_ms * ns_per_ms;
  made.open_wait = backoff_params::constant(params.order_breaker_wait_ms * ns_per_ms);
  made.half_open.permits = 3;
  made.half_open.first_failure_reopens = true;
  return made;
}

}  // namespace

std::string_view to_string(guard which) noexcept {
  switch (which) {
    case guard::client_rate:
      return "client_rate";
    case guard::buyer_rate:
      return "buyer_rate";
    case guard::concurrency:
      return "concurrency";
    case guard::order_reads:
      return "order_reads";
  }
  return "unknown";
}

admission::admission(const admission_params& params, trusted_proxies trusted)
    : trusted_(std::move(trusted)),
      clients_(keyed_rate_of(params.client_rate, params.client_burst, params.clients_max)),
      scrapes_(keyed_rate_of(scrape_rate, scrape_burst, scrapers_max)),
      buyers_(keyed_rate_of(params.buyer_rate, params.buyer_burst, params.buyers_max)),
      in_flight_(in_flight_limit_of(params)),
      orders_(order_breaker_of(params), monotonic_now_ns()) {}

std::optional<answer> admission::over_client_rate(std::uint64_t client, time_ns now, time_ms wall) noexcept {
  if (client == 0) return std::nullopt;
  return over(clients_, client, now, wall);
}

std::optional<answer> admission::over_scrape_rate(std::uint64_t client, time_ns now, time_ms wall) noexcept {
  return over(scrapes_, client, now, wall);
}

std::optional<answer> admission::refuse_buyer(buyer_id buyer, time_ns now, time_ms wall) noexcept {
  const auto refused = over(buyers_, to_integer(buyer), now, wall);
  if (refused) count(guard::buyer_rate);
  return refused;
}

concurrency_limiter::permit admission::enter(time_ns now) noexcept {
  concurrency_limiter::permit permit = in_flight_.acquire(now);
  if (!permit) count(guard::concurrency);
  return permit;
}

void admission::leave(concurrency_limiter::permit& permit, outcome answered, time_ns now) noexcept {
  if (!permit) return;
  if (answered == outcome::overloaded) return permit.drop(now);
  if (answered == outcome::unavailable) return permit.ignore();  // a broken disk is not a load
  permit.succeed(now);
}

circuit_breaker::permit admission::read_orders(time_ns now) noexcept {
  circuit_breaker::permit permit = orders_.acquire(now);
  if (!permit) count(guard::order_reads);
  return permit;
}

admission::view admission::look(time_ns now) const noexcept {
  view seen;
  for (std::size_t i = 0; i < guard_count; ++i)
    seen.refusals[i] = refusals_[i].load(std::memory_order_relaxed);
  if (clients_) seen.clients = {clients_->busy_keys(now), clients_->forgotten()};
  if (buyers_) seen.buyers = {buyers_->busy_keys(now), buyers_->forgotten()};
  seen.in_flight = in_flight_.in_flight();
  seen.in_flight_limit = in_flight_.limit();
  seen.orders = orders_.state();
  return seen;
}

}  // namespace seckill::inline v1::http
