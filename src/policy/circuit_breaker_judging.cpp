#include "policy/circuit_breaker_parts.hpp"
#include <seckill/policy/circuit_breaker.hpp>

#include <algorithm>

// What a circuit breaker makes of what it has counted.

namespace seckill::inline v1 {
namespace {

bool beyond(double value, const std::optional<breaker_threshold>& threshold) noexcept {
  if (!threshold) return false;
  return threshold->how == comparison::reached ? value >= threshold->value : value > threshold->value;
}

}  // namespace

// ---- judging ----

bool circuit_breaker::is_bad(bool failed, bool is_slow) const noexcept {
  const bool failures_matter = params_.failure_rate || params_.failure_count ||
                               params_.consecutive_failures != 0 || params_.predicate.trips != nullptr;
  return (failed && failures_matter) || (is_slow && params_.slow_rate);
}

std::uint64_t circuit_breaker::rate_base(const circuit_breaker_counts& seen) const noexcept {
  if (!params_.rate_of_admissions) return seen.results();
  return seen.admitted > seen.ignored ? seen.admitted - seen.ignored : 0;
}

circuit_breaker::verdict circuit_breaker::judge(const circuit_breaker_counts& seen,
                                                std::uint64_t results_min) const noexcept {
  verdict found;
  const std::uint64_t base = rate_base(seen);
  if (base != 0 && base >= results_min) {
    const auto whole = static_cast<double>(base);
    const auto failed = static_cast<double>(seen.failures);
    found.by_failures = beyond(failed / whole, params_.failure_rate) || beyond(failed, params_.failure_count);
    found.by_slowness = beyond(static_cast<double>(seen.slow) / whole, params_.slow_rate);
  }
  if (params_.consecutive_failures != 0 && seen.consecutive_failures >= params_.consecutive_failures)
    found.by_failures = true;
  if (!found.trips() && params_.predicate.trips != nullptr &&
      params_.predicate.trips(params_.predicate.context, seen))
    found.by_failures = true;
  return found;
}

void circuit_breaker::judge_window(std::uint32_t generation, bool bad, time_ns now) noexcept {
  if (!bad && !params_.judge_successes) return;
  circuit_breaker_counts seen = window_counts();
  const bool settled = rate_base(seen) >= seen.calls_min && quiet_.load(std::memory_order_relaxed);
  if (settled && !judge(seen, seen.calls_min).trips()) return;

  pending_events events;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t word = control_.load(std::memory_order_relaxed);
    if (generation_of(word) != generation) return;
    seen = counts_locked(now);
    // Below the minimum the verdict on what went wrong is still to come: successes must look, too.
    const bool undecided = rate_base(seen) < seen.calls_min && (seen.failures != 0 || seen.slow != 0);
    set_watch(undecided || params_.predicate.trips != nullptr);
    const verdict found = judge(seen, seen.calls_min);
    if (!found.trips()) return;
    tell_exceeded(found, seen, now, events);
    if (state_of(word) == breaker_state::closed) enter(breaker_state::open, now, std::nullopt, events);
  }
  tell_all(events);
}

// METRICS_ONLY says so once, not with every result.
void circuit_breaker::tell_exceeded(const verdict& found, const circuit_breaker_counts& seen, time_ns now,
                                    pending_events& events) noexcept {
  using kind = circuit_breaker_event::kind;
  const breaker_state in = state();
  const auto base = static_cast<double>(std::max<std::uint64_t>(rate_base(seen), 1));
  if (found.by_failures && !told_failure_rate_)
    events.push({kind::failure_rate_exceeded, in, in, now, 0, static_cast<double>(seen.failures) / base});
  if (found.by_slowness && !told_slow_rate_)
    events.push({kind::slow_rate_exceeded, in, in, now, 0, static_cast<double>(seen.slow) / base});
  told_failure_rate_ |= found.by_failures;
  told_slow_rate_ |= found.by_slowness;
}

void circuit_breaker::record_probe(ticket mine, bool failed, bool is_slow, time_ns now) noexcept {
  pending_events events;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t word = control_.load(std::memory_order_relaxed);
    if (state_of(word) != breaker_state::half_open || generation_of(word) != mine.generation) return;
    tally(mine, failed, is_slow, active_ring());
    const std::optional<breaker_state> to = judge_probes(is_bad(failed, is_slow), now);
    if (to) enter(*to, now, std::nullopt, events);
  }
  tell_all(events);
  if (params_.half_open.by == half_open_params::verdict::consecutive) return_probe(mine.generation);
}

std::optional<breaker_state> circuit_breaker::judge_probes(bool bad, time_ns now) noexcept {
  const half_open_params& rules = params_.half_open;
  probes_good_ += bad ? 0 : 1;
  probes_bad_ += bad ? 1 : 0;
  probes_run_ = bad ? 0 : probes_run_ + 1;
  if (bad && rules.first_failure_reopens) return breaker_state::open;
  switch (rules.by) {
    case half_open_params::verdict::rates: {
      const circuit_breaker_counts seen = counts_locked(now);
      if (seen.results() < seen.calls_min) return std::nullopt;
      return judge(seen, seen.calls_min).trips() ? breaker_state::open : breaker_state::closed;
    }
    case half_open_params::verdict::k_of_n:
      if (probes_good_ >= rules.successes) return breaker_state::closed;
      if (probes_bad_ > rules.permits - rules.successes) return breaker_state::open;
      return std::nullopt;
    case half_open_params::verdict::consecutive:
      if (probes_run_ >= rules.successes) return breaker_state::closed;
      return std::nullopt;
  }
  return std::nullopt;
}

// ---- counts ----

void circuit_breaker::fill(circuit_breaker_counts& into, const windowed_counters::sums& from) const noexcept {
  into.admitted = from[admitted];
  into.successes = from[successes];
  into.failures = from[failures];
  into.slow = from[slow];
  into.ignored = from[ignored];
}

// A run is never longer than what is left of it in the window.
void circuit_breaker::fill_runs(circuit_breaker_counts& into) const noexcept {
  const std::uint64_t all = counters_.cumulative()[successes];
  const std::uint64_t before = successes_before_run_.load(std::memory_order_relaxed);
  into.consecutive_successes = std::min(into.successes, all > before ? all - before : 0);
  into.consecutive_failures =
      std::min<std::uint64_t>(into.failures, run_of_failures_.load(std::memory_order_relaxed));
}

// Lock-free, for CLOSED and METRICS_ONLY.
circuit_breaker_counts circuit_breaker::window_counts() const noexcept {
  circuit_breaker_counts seen;
  seen.calls_min = params_.calls_min;
  fill(seen, counters_.window());
  if (ring_ != nullptr) {
    const detail::call_ring::totals last = ring_->get();
    seen.successes = last.results - last.failed;
    seen.failures = last.failed;
    seen.slow = last.slow;
    seen.calls_min = std::min(params_.calls_min, params_.window.size);
  }
  fill_runs(seen);
  return seen;
}

circuit_breaker_counts circuit_breaker::counts_locked(time_ns now) const noexcept {
  circuit_breaker_counts seen;
  const windowed_counters::sums all = counters_.since_restart();
  if (counted_in_ != counted_in::nothing) {
    const detail::call_ring* ring = active_ring();
    const bool windowed = ring == nullptr && state() != breaker_state::half_open;
    fill(seen, windowed ? counters_.window_at(now) : all);
    if (ring != nullptr) {
      const detail::call_ring::totals last = ring->get();
      seen.successes = last.results - last.failed;
      seen.failures = last.failed;
      seen.slow = last.slow;
    }
    fill_runs(seen);
    const bool of_probes = counted_in_ == counted_in::half_open_ring;
    const bool of_calls = params_.window.how == breaker_window::kind::calls;
    const std::uint32_t clamp = of_probes ? params_.half_open.permits : params_.window.size;
    seen.calls_min = of_probes || of_calls ? std::min(params_.calls_min, clamp) : params_.calls_min;
  }
  seen.not_permitted = all[not_permitted];
  return seen;
}

circuit_breaker_counts circuit_breaker::counts(time_ns now) const noexcept {
  const std::lock_guard lock(mutex_);
  return counts_locked(now);
}

}  // namespace seckill::inline v1
