#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/outlier_ejector.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace seckill::inline v1 {
namespace {

constexpr std::uint32_t slots_max_max = 65'536;

void require(bool holds, const char* text) {
  if (!holds) throw std::invalid_argument(std::string("outlier_ejector: ") + text);
}

const outlier_ejector_params& checked(const outlier_ejector_params& params) {
  require(params.interval_ns > 0, "interval_ns must be positive");
  require(params.deviation_factor >= 0.0, "deviation_factor must not be negative");
  require(params.failure_share >= 0.0 && params.failure_share <= 1.0,
          "failure_share must be between 0 and 1");
  require(params.results_min >= 1, "results_min must be positive");
  require(params.base_ejection_ns > 0, "base_ejection_ns must be positive");
  require(params.ejection_max_ns >= params.base_ejection_ns,
          "ejection_max_ns must be at least base_ejection_ns");
  require(params.ejected_share_max >= 0.0 && params.ejected_share_max <= 1.0,
          "ejected_share_max must be between 0 and 1");
  return params;
}

}  // namespace

outlier_ejector::outlier_ejector(const outlier_ejector_params& params, std::uint32_t slots_max,
                                 ejection_listener listener)
    : params_(checked(params)),
      judges_intervals_(params.deviation_factor > 0.0 || params.failure_share > 0.0),
      slots_max_(slots_max),
      listener_(listener) {
  require(slots_max >= 1 && slots_max <= slots_max_max, "slots_max must be 1 to 65536");
  slots_ = std::make_unique<slot_state[]>(slots_max);
}

// ---- who takes part ----

void outlier_ejector::add(std::uint32_t slot) noexcept {
  if (slot >= slots_max_) return;
  const std::lock_guard lock(mutex_);
  slot_state& added = slots_[slot];
  if (added.member) return;
  added.failures_in_a_row.store(0, std::memory_order_relaxed);
  added.successes.store(0, std::memory_order_relaxed);
  added.failures.store(0, std::memory_order_relaxed);
  added.member = true;
  added.times = 0;
  ++members_;
}

void outlier_ejector::remove(std::uint32_t slot) noexcept {
  if (slot >= slots_max_) return;
  const std::lock_guard lock(mutex_);
  slot_state& removed = slots_[slot];
  if (!removed.member) return;
  if (removed.ejected.load(std::memory_order_relaxed)) let_in(removed);
  removed.member = false;
  --members_;
}

// ---- results ----

void outlier_ejector::record(std::uint32_t slot, call_outcome came_to, time_ns now) noexcept {
  if (slot >= slots_max_ || came_to == call_outcome::ignored) return;
  slot_state& of = slots_[slot];
  if (came_to == call_outcome::success) {
    if (judges_intervals_) of.successes.fetch_add(1, std::memory_order_relaxed);
    if (of.failures_in_a_row.load(std::memory_order_relaxed) != 0)
      of.failures_in_a_row.store(0, std::memory_order_relaxed);
    return;
  }
  if (judges_intervals_) of.failures.fetch_add(1, std::memory_order_relaxed);
  const std::uint32_t in_a_row = of.failures_in_a_row.fetch_add(1, std::memory_order_relaxed) + 1;
  if (params_.consecutive_failures == 0 || in_a_row < params_.consecutive_failures) return;
  bool barred = false;
  {
    const std::lock_guard lock(mutex_);
    barred = eject(of, now);
  }
  if (barred) tell(slot, now);
}

std::uint32_t outlier_ejector::ejected_max() const noexcept {
  const auto share = static_cast<std::uint32_t>(params_.ejected_share_max * members_);
  return params_.always_one && members_ >= 2 ? std::max(share, 1U) : share;
}

// False: it is out already, has left, or the cap is reached.
bool outlier_ejector::eject(slot_state& of, time_ns now) noexcept {
  if (!of.member || of.ejected.load(std::memory_order_relaxed)) return false;
  if (ejected_count() >= ejected_max()) {
    capped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  ++of.times;
  const bool at_most = params_.base_ejection_ns > params_.ejection_max_ns / of.times;
  of.until_ns = detail::later(now, at_most ? params_.ejection_max_ns : params_.base_ejection_ns * of.times);
  of.ejected.store(true, std::memory_order_release);
  ejected_count_.fetch_add(1, std::memory_order_relaxed);
  attend_at(std::min(next_deadline(), of.until_ns));
  return true;
}

void outlier_ejector::let_in(slot_state& of) noexcept {
  of.ejected.store(false, std::memory_order_release);
  of.failures_in_a_row.store(0, std::memory_order_relaxed);
  ejected_count_.fetch_sub(1, std::memory_order_relaxed);
}

// ---- time ----

void outlier_ejector::attend_at(time_ns at) noexcept { attention_at_.store(at, std::memory_order_relaxed); }

void outlier_ejector::attend(time_ns now) noexcept {
  double least_share = -1.0;
  bool interval_over = false;
  {
    const std::lock_guard lock(mutex_);
    if (now < next_deadline()) return;
    interval_over = now >= interval_ends_ns_;
    if (interval_over) {
      const bool first = interval_ends_ns_ == std::numeric_limits<time_ns>::min();
      interval_ends_ns_ = detail::later(now, params_.interval_ns);
      if (first)
        interval_over = false;
      else
        least_share = end_interval();
    }
    time_ns next = interval_ends_ns_;
    for (std::uint32_t i = 0; i < slots_max_; ++i)
      if (slots_[i].ejected.load(std::memory_order_relaxed) && slots_[i].until_ns > now)
        next = std::min(next, slots_[i].until_ns);
    attend_at(next);
  }
  for (std::uint32_t i = 0; i < slots_max_; ++i) end_ejection(i, now, interval_over);
  if (interval_over && judges_intervals_)
    for (std::uint32_t i = 0; i < slots_max_; ++i) judge(i, least_share, now);
}

void outlier_ejector::end_ejection(std::uint32_t slot, time_ns now, bool interval_over) noexcept {
  slot_state& of = slots_[slot];
  bool is_over = false;
  {
    const std::lock_guard lock(mutex_);
    if (!of.member) return;
    const bool out = of.ejected.load(std::memory_order_relaxed);
    is_over = out && now >= of.until_ns;
    if (is_over) let_in(of);
    if (interval_over && !out && of.times > 0) --of.times;
  }
  if (is_over) tell(slot, now);
}

// Takes the interval's results. Answers the share of successes below which a target deviates; negative: nobody does.
double outlier_ejector::end_interval() noexcept {
  double sum = 0.0;
  double squares = 0.0;
  std::uint32_t judged = 0;
  for (std::uint32_t i = 0; i < slots_max_; ++i) {
    slot_state& of = slots_[i];
    const std::uint32_t good = of.successes.exchange(0, std::memory_order_relaxed);
    const std::uint32_t all = good + of.failures.exchange(0, std::memory_order_relaxed);
    of.judged = of.member && all >= params_.results_min;
    if (!of.judged) continue;
    of.share = static_cast<double>(good) / all;
    sum += of.share;
    squares += of.share * of.share;
    ++judged;
  }
  if (judged < params_.targets_min || judged == 0) {
    for (std::uint32_t i = 0; i < slots_max_; ++i) slots_[i].judged = false;
    return -1.0;
  }
  if (params_.deviation_factor == 0.0) return -1.0;
  const double mean = sum / judged;
  const double variance = std::max(0.0, squares / judged - mean * mean);
  return mean - params_.deviation_factor * std::sqrt(variance);
}

void outlier_ejector::judge(std::uint32_t slot, double least_share, time_ns now) noexcept {
  slot_state& of = slots_[slot];
  bool barred = false;
  {
    const std::lock_guard lock(mutex_);
    if (!of.judged) return;
    of.judged = false;
    const bool fails = params_.failure_share > 0.0 && 1.0 - of.share >= params_.failure_share;
    if (fails || of.share < least_share) barred = eject(of, now);
  }
  if (barred) tell(slot, now);
}

}  // namespace seckill::inline v1
