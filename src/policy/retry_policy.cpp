#include <seckill/policy/retry_policy.hpp>

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr std::uint32_t attempts_max_max = 16;

const retry_params& checked(const retry_params& params) {
  if (params.attempts_max < 1 || params.attempts_max > attempts_max_max)
    throw std::invalid_argument("retry_policy: attempts_max must be 1 to 16");
  if (params.attempt_min_ns < 0)
    throw std::invalid_argument("retry_policy: attempt_min_ns must not be negative");
  return params;
}

}  // namespace

retry_policy::retry_policy(const retry_params& params, std::shared_ptr<retry_budget> budget)
    : params_(checked(params)), delay_(params.delay), budget_(std::move(budget)) {}

void retry_policy::on_result(bool succeeded) const noexcept {
  if (!budget_) return;
  if (succeeded)
    budget_->on_success();
  else
    budget_->on_failure();
}

std::optional<time_ns> retry_policy::next_delay(const retry_history& so_far, deadline until, double uniform,
                                                time_ns now) const noexcept {
  assert(so_far.failures >= 1);
  if (so_far.failures >= params_.attempts_max) return std::nullopt;
  const time_ns drawn = delay_.delay_ns(so_far.failures, uniform, so_far.previous_delay_ns);
  const time_ns delay = std::max(drawn, so_far.callee_asks_ns);
  const time_ns left = until.left_ns(now);
  if (delay >= left || left - delay < params_.attempt_min_ns) return std::nullopt;
  if (budget_ && !budget_->try_retry(now)) return std::nullopt;
  return delay;
}

}  // namespace seckill::inline v1
