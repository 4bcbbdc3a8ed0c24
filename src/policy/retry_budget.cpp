#include <seckill/policy/retry_budget.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace seckill::inline v1 {
namespace {

constexpr double tokens_max_max = 1'000'000.0;
constexpr double per_second_max = 1'000'000.0;

const retry_budget_params& checked(const retry_budget_params& params) {
  const auto require = [](bool holds, const char* text) {
    if (!holds) throw std::invalid_argument(std::string("retry_budget: ") + text);
  };
  require(params.tokens_max >= 0.0 && params.tokens_max <= tokens_max_max, "tokens_max must be 0 to 1000000");
  require(params.per_call >= 0.0 && params.per_success >= 0.0 && params.per_failure >= 0.0 &&
              params.per_retry >= 0.0,
          "per_call, per_success, per_failure and per_retry must not be negative");
  require(params.per_second >= 0.0 && params.per_second <= per_second_max, "per_second must be 0 to 1000000");
  require(params.tokens_kept >= 0.0, "tokens_kept must not be negative");
  return params;
}

std::int64_t milli(double tokens) noexcept { return std::llround(tokens * 1'000.0); }

}  // namespace

retry_budget::retry_budget(const retry_budget_params& params, time_ns now)
    : max_(milli(checked(params).tokens_max)),
      per_call_(milli(params.per_call)),
      per_success_(milli(params.per_success)),
      per_failure_(milli(params.per_failure)),
      per_retry_(milli(params.per_retry)),
      kept_(milli(params.tokens_kept)),
      milli_token_ns_(
          params.per_second == 0.0
              ? 0
              : std::max<time_ns>(1, std::llround(static_cast<double>(ns_per_ms) / params.per_second))),
      tokens_(max_),
      refilled_at_(now) {}

void retry_budget::put_below_max(std::int64_t milli) noexcept {
  std::int64_t seen = milli_tokens();
  while (seen < max_ &&
         !tokens_.compare_exchange_weak(seen, std::min(max_, seen + milli), std::memory_order_relaxed))
    continue;
}

void retry_budget::on_failure() noexcept {
  if (per_failure_ == 0) return;
  std::int64_t seen = milli_tokens();
  while (seen > 0 && !tokens_.compare_exchange_weak(seen, std::max<std::int64_t>(0, seen - per_failure_),
                                                    std::memory_order_relaxed))
    continue;
}

void retry_budget::refill(time_ns now) noexcept {
  if (milli_token_ns_ == 0) return;
  time_ns from = refilled_at_.load(std::memory_order_relaxed);
  if (now <= from) return;
  const std::int64_t grown = (now - from) / milli_token_ns_;
  if (grown == 0) return;
  // Whoever moves the mark puts the tokens in, once. What a full budget cannot hold is lost.
  const time_ns mark = from + grown * milli_token_ns_;
  if (refilled_at_.compare_exchange_strong(from, mark, std::memory_order_relaxed)) put(std::min(grown, max_));
}

bool retry_budget::try_retry(time_ns now) noexcept {
  refill(now);
  std::int64_t seen = milli_tokens();
  do {
    if (seen < per_retry_ || (kept_ != 0 && seen - per_retry_ <= kept_)) return false;
    if (per_retry_ == 0) return true;
  } while (!tokens_.compare_exchange_weak(seen, seen - per_retry_, std::memory_order_relaxed));
  return true;
}

}  // namespace seckill::inline v1
