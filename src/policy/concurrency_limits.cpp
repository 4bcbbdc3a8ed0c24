#include <seckill/policy/aimd_limit.hpp>
#include <seckill/policy/gradient2_limit.hpp>
#include <seckill/policy/gradient_limit.hpp>
#include <seckill/policy/random.hpp>
#include <seckill/policy/vegas_limit.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

void require(bool holds, const char* text) {
  if (!holds) throw std::invalid_argument(text);
}

std::uint32_t log10_of(double limit) noexcept {
  return static_cast<std::uint32_t>(std::max(1.0, std::floor(std::log10(std::floor(limit)))));
}

const aimd_limit_params& checked(const aimd_limit_params& params) {
  require(params.min >= 1 && params.min <= params.max, "aimd_limit: min must be 1 to max");
  require(params.backoff_ratio >= 0.5 && params.backoff_ratio < 1.0,
          "aimd_limit: backoff_ratio must be at least 0.5 and below 1");
  require(params.timeout_ns > 0, "aimd_limit: timeout_ns must be positive");
  return params;
}

const vegas_limit_params& checked(const vegas_limit_params& params) {
  require(params.max >= 1, "vegas_limit: max must be positive");
  require(params.initial >= 1, "vegas_limit: initial must be positive");
  require(params.smoothing > 0.0 && params.smoothing <= 1.0,
          "vegas_limit: smoothing must be above 0 and at most 1");
  return params;
}

const gradient2_limit_params& checked(const gradient2_limit_params& params) {
  require(params.min >= 1 && params.min <= params.max, "gradient2_limit: min must be 1 to max");
  require(params.smoothing > 0.0 && params.smoothing <= 1.0,
          "gradient2_limit: smoothing must be above 0 and at most 1");
  require(params.rtt_tolerance >= 1.0, "gradient2_limit: rtt_tolerance must be at least 1");
  require(params.long_window >= 1, "gradient2_limit: long_window must be positive");
  return params;
}

const gradient_limit_params& checked(const gradient_limit_params& params) {
  require(params.min >= 1 && params.min <= params.max, "gradient_limit: min must be 1 to max");
  require(params.buffer >= 0.0, "gradient_limit: buffer must not be negative");
  require(params.window >= 1 && params.remeasure >= 1,
          "gradient_limit: window and remeasure must be positive");
  return params;
}

}  // namespace

// ---- AIMD ----

aimd_limit::aimd_limit(const aimd_limit_params& params) : params_(checked(params)), limit_(params.initial) {}

void aimd_limit::on_sample(const concurrency_sample& sample) noexcept {
  if (sample.dropped || sample.rtt_ns > params_.timeout_ns)
    limit_ = static_cast<std::uint32_t>(static_cast<double>(limit_) * params_.backoff_ratio);
  else if (std::uint64_t{sample.in_flight} * 2 >= limit_)
    ++limit_;
  limit_ = std::min(params_.max, std::max(params_.min, limit_));
}

// ---- Vegas ----

vegas_limit::vegas_limit(const vegas_limit_params& params)
    : params_(checked(params)),
      limit_(params.initial),
      random_state_(params.seed),
      probe_jitter_(0.5 + 0.5 * uniform_of(splitmix64(random_state_))) {}

bool vegas_limit::should_probe() noexcept {
  if (params_.probe_multiplier == 0) return false;
  ++samples_;
  if (probe_jitter_ * params_.probe_multiplier * limit_ > static_cast<double>(samples_)) return false;
  samples_ = 0;
  probe_jitter_ = 0.5 + 0.5 * uniform_of(splitmix64(random_state_));
  return true;
}

double vegas_limit::next_limit(const concurrency_sample& sample) const noexcept {
  const double step = log10_of(limit_);
  const double alpha = params_.alpha != 0 ? params_.alpha : 3.0 * step;
  const double beta = params_.beta != 0 ? params_.beta : 6.0 * step;
  const double slower = 1.0 - static_cast<double>(unloaded_rtt_ns_) / static_cast<double>(sample.rtt_ns);
  const double queue = std::ceil(limit_ * slower);
  if (sample.dropped) return limit_ - step;
  if (static_cast<double>(sample.in_flight) * 2.0 < limit_) return limit_;
  if (queue <= step) return limit_ + beta;
  if (queue < alpha) return limit_ + step;
  if (queue > beta) return limit_ - step;
  return limit_;
}

void vegas_limit::on_sample(const concurrency_sample& sample) noexcept {
  if (sample.rtt_ns <= 0) return;
  if (should_probe() || unloaded_rtt_ns_ == 0 || sample.rtt_ns < unloaded_rtt_ns_) {
    unloaded_rtt_ns_ = sample.rtt_ns;
    return;
  }
  const double next = next_limit(sample);
  if (next == limit_) return;
  const double bounded = std::max(1.0, std::min<double>(params_.max, next));
  limit_ = (1.0 - params_.smoothing) * limit_ + params_.smoothing * bounded;
}

// ---- Gradient2 ----

gradient2_limit::gradient2_limit(const gradient2_limit_params& params)
    : params_(checked(params)), limit_(params.initial) {}

double gradient2_limit::add_to_long(double rtt) noexcept {
  constexpr std::uint32_t warm_up_samples = 10;
  if (warm_up_count_ < warm_up_samples) {
    ++warm_up_count_;
    warm_up_sum_ += rtt;
    long_rtt_ = warm_up_sum_ / warm_up_count_;
  } else {
    const double factor = 2.0 / (params_.long_window + 1.0);
    long_rtt_ = long_rtt_ * (1.0 - factor) + rtt * factor;
  }
  return long_rtt_;
}

void gradient2_limit::on_sample(const concurrency_sample& sample) noexcept {
  if (sample.rtt_ns <= 0) return;
  const auto short_rtt = static_cast<double>(sample.rtt_ns);
  const double long_rtt = add_to_long(short_rtt);
  if (long_rtt / short_rtt > 2.0) long_rtt_ *= 0.95;
  if (sample.in_flight < limit_ / 2.0) return;
  const double gradient = std::clamp(params_.rtt_tolerance * long_rtt / short_rtt, 0.5, 1.0);
  const double target = limit_ * gradient + params_.queue_size;
  const double smoothed = limit_ * (1.0 - params_.smoothing) + target * params_.smoothing;
  limit_ = std::clamp<double>(smoothed, params_.min, params_.max);
}

// ---- Envoy's gradient ----

gradient_limit::gradient_limit(const gradient_limit_params& params)
    : params_(checked(params)), limit_(params.initial) {}

double gradient_limit::gradient(double min_rtt, double rtt, double buffer) noexcept {
  return std::clamp(min_rtt * (1.0 + buffer) / rtt, 0.5, 2.0);
}

std::uint32_t gradient_limit::next(std::uint32_t limit, double gradient, std::uint32_t min,
                                   std::uint32_t max) noexcept {
  const double scaled = gradient * static_cast<double>(limit);
  return static_cast<std::uint32_t>(std::clamp<double>(scaled + std::sqrt(scaled), min, max));
}

void gradient_limit::end_window() noexcept {
  const double mean = sum_ / count_;
  sum_ = 0.0;
  count_ = 0;
  if (measuring_) {
    min_rtt_ = mean;
    measuring_ = false;
    windows_ = 0;
    return;
  }
  limit_ = next(limit_, gradient(min_rtt_, mean, params_.buffer), params_.min, params_.max);
  measuring_ = ++windows_ == params_.remeasure;
}

void gradient_limit::on_sample(const concurrency_sample& sample) noexcept {
  if (sample.rtt_ns <= 0) return;
  // Calls that began before the limit shrank would measure the load.
  if (measuring_ && sample.in_flight > params_.min) return;
  sum_ += static_cast<double>(sample.rtt_ns);
  if (++count_ == params_.window) end_window();
}

}  // namespace seckill::inline v1
