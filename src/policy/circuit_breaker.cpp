#include "policy/circuit_breaker_parts.hpp"
#include <seckill/policy/circuit_breaker.hpp>
#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/random.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace seckill::inline v1 {
namespace {

void require(bool holds, const char* text) {
  if (!holds) throw std::invalid_argument(std::string("circuit_breaker: ") + text);
}

bool is_share(const std::optional<breaker_threshold>& threshold) {
  return !threshold || (threshold->value >= 0.0 && threshold->value <= 1.0);
}

constexpr std::uint32_t buckets_max = 65'536;

void check_window(const breaker_window& window) {
  const bool timed =
      window.how == breaker_window::kind::rolling || window.how == breaker_window::kind::tumbling;
  require(!timed || window.period_ns > 0, "window.period_ns must be positive");
  require(window.how != breaker_window::kind::rolling || (window.size >= 1 && window.size <= buckets_max),
          "window.size must be 1 to 65536 buckets");
  require(window.how != breaker_window::kind::calls ||
              (window.size >= 1 && window.size <= detail::call_ring::size_max),
          "window.size must be 1 to 1048576 calls");
  require(window.from != breaker_window::origin::first_call || window.how == breaker_window::kind::tumbling,
          "window.from first_call is for tumbling windows");
}

const circuit_breaker_params& checked(const circuit_breaker_params& params) {
  check_window(params.window);
  require(is_share(params.failure_rate), "failure_rate must be between 0 and 1");
  require(is_share(params.slow_rate), "slow_rate must be between 0 and 1");
  require(!params.failure_count || params.failure_count->value >= 0.0, "failure_count must not be negative");
  const half_open_params& half = params.half_open;
  require(half.permits >= 1 && half.permits <= detail::call_ring::size_max,
          "half_open.permits must be 1 to 1048576");
  require(half.by == half_open_params::verdict::rates || half.successes >= 1,
          "half_open.successes must be positive");
  require(half.by != half_open_params::verdict::k_of_n || half.successes <= half.permits,
          "half_open.successes must be at most half_open.permits");
  require(half.wait_max_ns >= 0, "half_open.wait_max_ns must not be negative");
  require(half.after_wait == breaker_state::open || half.after_wait == breaker_state::closed,
          "half_open.after_wait must be open or closed");
  return params;
}

// What rolling_counters must do for this window.
time_ns period_of(const breaker_window& window) noexcept {
  const bool timed =
      window.how == breaker_window::kind::rolling || window.how == breaker_window::kind::tumbling;
  return timed && window.from != breaker_window::origin::first_call ? window.period_ns : 0;
}
std::size_t buckets_of(const breaker_window& window) noexcept {
  return window.how == breaker_window::kind::rolling ? window.size : 1;
}
detail::bucket_alignment alignment_of(const breaker_window& window) noexcept {
  return window.from == breaker_window::origin::clock ? detail::bucket_alignment::absolute
                                                      : detail::bucket_alignment::restart;
}

bool is_legal(breaker_state from, breaker_state to) noexcept {
  if (from == breaker_state::closed) return to != breaker_state::half_open;
  if (from == breaker_state::metrics_only) return to != breaker_state::half_open && to != breaker_state::open;
  return true;
}

bool is_muted(breaker_state state) noexcept {
  return state == breaker_state::disabled || state == breaker_state::forced_open;
}

}  // namespace

circuit_breaker::circuit_breaker(const circuit_breaker_params& params, time_ns now,
                                 circuit_breaker_listener listener)
    : admits_plainly_(!params.rate_of_admissions && !params.credit_to_start &&
                      params.window.from != breaker_window::origin::first_call),
      counts_admissions_(params.rate_of_admissions),
      credits_to_start_(params.credit_to_start),
      slow_call_ns_(params.slow_call_ns),
      counters_(period_of(checked(params).window), buckets_of(params.window), alignment_of(params.window)),
      params_(params),
      open_wait_(params.open_wait),
      listener_(listener),
      random_state_(params.seed) {
  if (params.window.how == breaker_window::kind::calls)
    ring_ = std::make_unique<detail::call_ring>(params.window.size);
  if (params.half_open.by == half_open_params::verdict::rates)
    half_open_ring_ = std::make_unique<detail::call_ring>(params.half_open.permits);
  pending_events untold;
  const std::lock_guard lock(mutex_);
  enter(params.initial_state, now, std::nullopt, untold);
}

// ---- asking ----

std::optional<circuit_breaker::ticket> circuit_breaker::try_acquire_slow(time_ns now) noexcept {
  advance(now);
  for (;;) {
    const std::uint64_t word = control_.load(std::memory_order_acquire);
    switch (state_of(word)) {
      case breaker_state::closed:
      case breaker_state::metrics_only:
        if (counts_admissions_) counters_.add(admitted);
        return ticket{generation_of(word), bucket_now()};
      case breaker_state::disabled:
        return ticket{generation_of(word), 0};
      case breaker_state::forced_open:
        return refuse(breaker_state::forced_open, now);
      case breaker_state::open:
        if (now < probe_at_.load(std::memory_order_relaxed)) return refuse(breaker_state::open, now);
        probe_after_wait(now);
        break;
      case breaker_state::half_open:
        if (permits_of(word) == 0) return refuse(breaker_state::half_open, now);
        if (take_probe(word)) return ticket{generation_of(word), bucket_now()};
        break;
    }
  }
}

std::optional<circuit_breaker::ticket> circuit_breaker::refuse(breaker_state in, time_ns now) noexcept {
  counters_.add(not_permitted);
  if (listener_.on_event != nullptr && !is_muted(in))
    tell({.what = circuit_breaker_event::kind::not_permitted, .from = in, .to = in, .at_ns = now});
  return std::nullopt;
}

bool circuit_breaker::take_probe(std::uint64_t word) noexcept {
  if (!control_.compare_exchange_weak(word, word - one_permit, std::memory_order_acq_rel)) return false;
  if (counts_admissions_) counters_.add(admitted);
  return true;
}

void circuit_breaker::probe_after_wait(time_ns now) noexcept {
  pending_events events;
  {
    const std::lock_guard lock(mutex_);
    if (state() != breaker_state::open || now < probe_at_.load(std::memory_order_relaxed)) return;
    enter(breaker_state::half_open, now, std::nullopt, events);
  }
  tell_all(events);
}

void circuit_breaker::return_probe(std::uint32_t generation) noexcept {
  std::uint64_t word = control_.load(std::memory_order_acquire);
  while (state_of(word) == breaker_state::half_open && generation_of(word) == generation &&
         permits_of(word) < params_.half_open.permits)
    if (control_.compare_exchange_weak(word, word + one_permit, std::memory_order_acq_rel)) return;
}

void circuit_breaker::give_back(ticket unused) noexcept {
  const std::uint64_t word = control_.load(std::memory_order_acquire);
  if (generation_of(word) != unused.generation) return;
  // The admission was counted and cannot be taken back: as an ignored one it does not weigh in the rate.
  if (counts_admissions_) counters_.add(ignored);
  return_probe(unused.generation);
}

// ---- counting ----

void circuit_breaker::record_slow(ticket mine, call_outcome came_to, time_ns duration_ns,
                                  time_ns now) noexcept {
  using kind = circuit_breaker_event::kind;
  const std::uint32_t asked_in = mine.generation;
  advance(now);
  const std::uint64_t word = control_.load(std::memory_order_acquire);
  const breaker_state in = state_of(word);
  if (is_muted(in)) return;
  const bool stale = generation_of(word) != asked_in;
  if (stale && params_.stale == stale_result::drop) return;
  if (came_to == call_outcome::ignored) return record_ignored(mine, in, duration_ns, now);

  const bool failed = came_to == call_outcome::failure;
  const bool is_slow = duration_ns > slow_call_ns_;
  tell({failed ? kind::failure : kind::success, in, in, now, duration_ns, 0.0});
  if (in == breaker_state::half_open && !stale) return record_probe(mine, failed, is_slow, now);
  if (stale || in == breaker_state::open || in == breaker_state::half_open)
    return record_unjudged(mine, failed, is_slow, now);
  if (tally(mine, failed, is_slow, ring_.get()) || is_bad(failed, is_slow))
    judge_window(asked_in, is_bad(failed, is_slow), now);
}

void circuit_breaker::record_ignored(ticket mine, breaker_state in, time_ns duration_ns,
                                     time_ns now) noexcept {
  add(ignored, mine);
  return_probe(mine.generation);
  tell({circuit_breaker_event::kind::ignored, in, in, now, duration_ns, 0.0});
}

void circuit_breaker::record_unjudged(ticket mine, bool failed, bool is_slow, time_ns now) noexcept {
  const std::lock_guard lock(mutex_);
  counters_.rotate(now);
  if (counted_in_ != counted_in::nothing) tally(mine, failed, is_slow, active_ring());
}

void circuit_breaker::add(counter what, ticket mine) noexcept {
  if (in_current_bucket(mine))
    counters_.add(what);
  else
    counters_.add_late(what,
                       counters_.current_bucket() - static_cast<std::int32_t>(bucket_now() - mine.bucket));
}

// False: the call began before the window.
bool circuit_breaker::tally(ticket mine, bool failed, bool is_slow, detail::call_ring* ring) noexcept {
  const counter what = failed ? failures : successes;
  if (in_current_bucket(mine)) {
    counters_.add(what);
  } else {
    const std::int64_t began =
        counters_.current_bucket() - static_cast<std::int32_t>(bucket_now() - mine.bucket);
    if (!counters_.add_late(what, began)) return false;
  }
  if (is_slow) add(slow, mine);
  if (ring != nullptr) ring->record(failed, is_slow);
  if (failed) {
    successes_before_run_.store(counters_.cumulative()[successes], std::memory_order_relaxed);
    run_of_failures_.fetch_add(1, std::memory_order_relaxed);
  } else {
    run_of_failures_.store(0, std::memory_order_relaxed);
  }
  return true;
}

detail::call_ring* circuit_breaker::active_ring() const noexcept {
  return counted_in_ == counted_in::half_open_ring ? half_open_ring_.get() : ring_.get();
}

// ---- changing ----

void circuit_breaker::attend(time_ns now) noexcept {
  pending_events events;
  {
    const std::lock_guard lock(mutex_);
    if (now < attention_at_.load(std::memory_order_relaxed)) return;
    switch (state()) {
      case breaker_state::closed:
      case breaker_state::metrics_only:
        roll_window(now);
        break;
      case breaker_state::open:
        enter(breaker_state::half_open, now, std::nullopt, events);
        break;
      case breaker_state::half_open:
        enter(params_.half_open.after_wait, now, std::nullopt, events);
        break;
      case breaker_state::disabled:
      case breaker_state::forced_open:
        break;
    }
  }
  tell_all(events);
}

void circuit_breaker::roll_window(time_ns now) noexcept {
  if (params_.window.from == breaker_window::origin::first_call) {
    const std::uint64_t word = control_.load(std::memory_order_relaxed);
    restart_counts(now);
    attention_at_.store(detail::later(detail::later(now, params_.window.period_ns), 1),
                        std::memory_order_relaxed);
    const std::uint64_t next = std::uint64_t{generation_of(word)} + 1;
    control_.store((next << generation_shift) | static_cast<std::uint64_t>(state_of(word)),
                   std::memory_order_release);
    return;
  }
  counters_.rotate(now);
  attention_at_.store(counters_.next_rotation(), std::memory_order_relaxed);
  // What leaves the window may have been what kept the rate down.
  const windowed_counters::sums left = counters_.window();
  if (left[failures] != 0 || left[slow] != 0) set_watch(true);
}

void circuit_breaker::set_watch(bool on) noexcept {
  watch_ = on;
  quiet_.store(!on && listener_.on_event == nullptr, std::memory_order_relaxed);
}

void circuit_breaker::restart_counts(time_ns now) noexcept {
  counters_.restart(now);
  if (ring_ != nullptr) ring_->clear();
  if (half_open_ring_ != nullptr) half_open_ring_->clear();
  run_of_failures_.store(0, std::memory_order_relaxed);
  successes_before_run_.store(counters_.cumulative()[successes], std::memory_order_relaxed);
  set_watch(params_.predicate.trips != nullptr);
}

void circuit_breaker::enter_open(time_ns now, std::optional<time_ns> wait_ns) noexcept {
  if (!wait_ns) {
    ++openings_in_a_row_;
    wait_ns = open_wait_.delay_ns(openings_in_a_row_, uniform_of(splitmix64(random_state_)));
  }
  const time_ns end = detail::later(now, *wait_ns);
  const time_ns first = params_.wait_inclusive ? end : detail::later(end, 1);
  probe_at_.store(first, std::memory_order_relaxed);
  if (params_.automatic_half_open) attention_at_.store(first, std::memory_order_relaxed);
}

void circuit_breaker::enter(breaker_state to, time_ns now, std::optional<time_ns> wait_ns,
                            pending_events& events) noexcept {
  const std::uint64_t word = control_.load(std::memory_order_relaxed);
  const breaker_state from = state_of(word);
  if (to != breaker_state::open || !params_.open_keeps_counts) {
    restart_counts(now);
    counted_in_ = is_muted(to) ? counted_in::nothing : counted_in::window;
  }
  attention_at_.store(windowed_counters::never, std::memory_order_relaxed);
  std::uint64_t permits = 0;
  switch (to) {
    case breaker_state::open:
      enter_open(now, wait_ns);
      break;
    case breaker_state::half_open:
      if (half_open_ring_ != nullptr) counted_in_ = counted_in::half_open_ring;
      probes_good_ = probes_bad_ = probes_run_ = 0;
      permits = params_.half_open.permits;
      if (params_.half_open.wait_max_ns != 0)
        attention_at_.store(detail::later(now, params_.half_open.wait_max_ns), std::memory_order_relaxed);
      break;
    case breaker_state::forced_open:
      ++openings_in_a_row_;
      break;
    case breaker_state::closed:
    case breaker_state::metrics_only:
    case breaker_state::disabled:
      openings_in_a_row_ = 0;
      told_failure_rate_ = told_slow_rate_ = false;
      if (to != breaker_state::disabled)
        attention_at_.store(params_.window.from == breaker_window::origin::first_call
                                ? detail::later(detail::later(now, params_.window.period_ns), 1)
                                : counters_.next_rotation(),
                            std::memory_order_relaxed);
      break;
  }
  const std::uint64_t next = std::uint64_t{generation_of(word)} + 1;
  control_.store((next << generation_shift) | (permits << permits_shift) | static_cast<std::uint64_t>(to),
                 std::memory_order_release);
  if (from != to)
    events.push({.what = circuit_breaker_event::kind::transition, .from = from, .to = to, .at_ns = now});
}

bool circuit_breaker::change(breaker_state to, time_ns now, std::optional<time_ns> wait_ns) noexcept {
  pending_events events;
  {
    const std::lock_guard lock(mutex_);
    if (!is_legal(state(), to)) return false;
    enter(to, now, wait_ns, events);
  }
  tell_all(events);
  return true;
}

bool circuit_breaker::transition(breaker_state to, time_ns now) noexcept {
  return change(to, now, std::nullopt);
}

bool circuit_breaker::open_for(time_ns wait_ns, time_ns now) noexcept {
  return change(breaker_state::open, now, std::max<time_ns>(wait_ns, 0));
}

void circuit_breaker::reset(time_ns now) noexcept {
  change(breaker_state::closed, now, std::nullopt);
  tell({.what = circuit_breaker_event::kind::reset,
        .from = breaker_state::closed,
        .to = breaker_state::closed,
        .at_ns = now});
}

std::optional<time_ns> circuit_breaker::next_deadline() const noexcept {
  const breaker_state in = state();
  if (in != breaker_state::open && in != breaker_state::half_open) return std::nullopt;
  const time_ns at = attention_at_.load(std::memory_order_relaxed);
  return at == windowed_counters::never ? std::nullopt : std::optional(at);
}

// ---- telling ----

void circuit_breaker::tell(const circuit_breaker_event& event) const noexcept {
  if (listener_.on_event != nullptr) listener_.on_event(listener_.context, event);
}

void circuit_breaker::tell_all(const pending_events& events) const noexcept {
  for (std::size_t i = 0; i < events.size; ++i) tell(events.list[i]);
}

}  // namespace seckill::inline v1
