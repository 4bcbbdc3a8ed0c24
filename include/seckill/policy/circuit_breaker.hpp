#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/call_outcome.hpp>
#include <seckill/policy/circuit_breaker_event.hpp>
#include <seckill/policy/circuit_breaker_params.hpp>
#include <seckill/policy/detail/call_ring.hpp>
#include <seckill/policy/detail/rolling_counters.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace seckill::inline v1 {

/// Stops calling what fails, lets it recover, and finds out by a few probes whether it has.
///
///   CLOSED --a trip--> OPEN --the wait is over--> HALF_OPEN --the verdict--> CLOSED or OPEN
///
/// Guarantees:
/// - one thread at a time sees exact windows, trips and deadlines; results that race with a change of state
/// are
///   counted on one side of it, and cause at most one transition;
/// - HALF_OPEN never has more than `permits` probes out; a permit that is destroyed without a result comes
/// back;
/// - a result carries the generation in which its call was permitted and never judges a later one;
/// - a clock that goes backwards permits nothing: OPEN lasts as long as it would have.
///
/// Threads: any, all members. While CLOSED, acquiring reads one word, and a quick success is counted in a
/// cell of the calling thread; nothing is allocated after the construction. Sources of the semantics:
/// resilience4j, gobreaker and Sentinel (tests/data/cases), Nygard, Release It! (2007).
class SECKILL_EXPORT circuit_breaker {
 public:
  /// The right to make one call, as plain data. Most callers want acquire().
  struct ticket {
    std::uint32_t generation = 0;
    std::uint32_t bucket = 0;
  };
  class permit;

  /// Throws std::invalid_argument that names the parameter. The listener's context must outlive the breaker.
  explicit circuit_breaker(const circuit_breaker_params& params, time_ns now = 0,
                           circuit_breaker_listener listener = {});
  circuit_breaker(const circuit_breaker&) = delete;
  circuit_breaker& operator=(const circuit_breaker&) = delete;
  ~circuit_breaker() = default;

  /// Asks to make a call. An empty permit: refused. It must not outlive the breaker.
  [[nodiscard]] permit acquire(time_ns now) noexcept;

  /// The same with the bookkeeping left to the caller: each ticket is recorded or given back once.
  [[nodiscard]] std::optional<ticket> try_acquire(time_ns now) noexcept {
    const std::uint64_t word = control_.load(std::memory_order_acquire);
    if (state_of(word) != breaker_state::closed) [[unlikely]]
      return try_acquire_slow(now);
    if (admits_plainly_) return ticket{generation_of(word), 0};
    if (now >= attention_at_.load(std::memory_order_relaxed)) return try_acquire_slow(now);
    if (counts_admissions_) counters_.add(admitted);
    return ticket{generation_of(word), bucket_now()};
  }
  void record(ticket mine, call_outcome came_to, time_ns duration_ns, time_ns now) noexcept {
    const std::uint64_t word = control_.load(std::memory_order_acquire);
    const bool plain = state_of(word) == breaker_state::closed && generation_of(word) == mine.generation &&
                       came_to == call_outcome::success && duration_ns <= slow_call_ns_ &&
                       now < attention_at_.load(std::memory_order_relaxed) &&
                       quiet_.load(std::memory_order_relaxed) && in_current_bucket(mine);
    if (plain) [[likely]]
      count_plain_success();
    else
      record_slow(mine, came_to, duration_ns, now);
  }
  void give_back(ticket unused) noexcept;
  /// A ticket as if a call had just been permitted, for bookkeeping that pairs permits and results by itself.
  [[nodiscard]] ticket current_ticket() const noexcept {
    return {generation_of(control_.load(std::memory_order_acquire)), bucket_now()};
  }
  /// A result of a call that nobody asked the breaker about: judged as if it had just been permitted.
  void observe(call_outcome came_to, time_ns duration_ns, time_ns now) noexcept {
    record(current_ticket(), came_to, duration_ns, now);
  }

  /// Makes the timed transitions that are due. With automatic_half_open or half_open.wait_max_ns call it at
  /// next_deadline(), or now and then; acquiring does it too.
  void advance(time_ns now) noexcept {
    if (now >= attention_at_.load(std::memory_order_relaxed)) attend(now);
  }
  /// When advance() will change the state; nothing: not by itself.
  [[nodiscard]] std::optional<time_ns> next_deadline() const noexcept;

  /// By hand. False: there is no such transition (CLOSED and METRICS_ONLY never become HALF_OPEN,
  /// METRICS_ONLY never OPEN). To the same state: starts it anew, and tells nobody.
  bool transition(breaker_state to, time_ns now) noexcept;
  /// OPEN for this long, whatever open_wait says. False as above.
  bool open_for(time_ns wait_ns, time_ns now) noexcept;
  /// CLOSED with empty counts.
  void reset(time_ns now) noexcept;

  [[nodiscard]] breaker_state state() const noexcept {
    return state_of(control_.load(std::memory_order_acquire));
  }
  [[nodiscard]] circuit_breaker_counts counts(time_ns now) const noexcept;

 private:
  enum counter : std::uint8_t {
    admitted,
    successes,
    failures,
    slow,
    ignored,
    not_permitted,
    counter_count
  };
  using windowed_counters = detail::rolling_counters<counter_count>;
  struct pending_events;
  struct verdict;
  enum class counted_in : std::uint8_t {
    window,
    half_open_ring,
    nothing
  };

  // The control word: 32 bits generation, 29 bits permits left in HALF_OPEN, 3 bits state.
  static constexpr unsigned permits_shift = 3;
  static constexpr unsigned generation_shift = 32;
  static constexpr std::uint64_t permits_max = (std::uint64_t{1} << 29U) - 1;
  static constexpr std::uint64_t one_permit = std::uint64_t{1} << permits_shift;

  static breaker_state state_of(std::uint64_t word) noexcept { return static_cast<breaker_state>(word & 7U); }
  static std::uint32_t generation_of(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word >> generation_shift);
  }
  static std::uint64_t permits_of(std::uint64_t word) noexcept {
    return (word >> permits_shift) & permits_max;
  }

  [[nodiscard]] std::uint32_t bucket_now() const noexcept {
    return static_cast<std::uint32_t>(counters_.current_bucket());
  }
  [[nodiscard]] bool in_current_bucket(ticket mine) const noexcept {
    return !credits_to_start_ || mine.bucket == bucket_now();
  }
  void count_plain_success() noexcept {
    if (run_of_failures_.load(std::memory_order_relaxed) != 0)
      run_of_failures_.store(0, std::memory_order_relaxed);
    if (ring_ != nullptr) ring_->record(false, false);
    counters_.add(successes);
  }

  [[nodiscard]] std::optional<ticket> try_acquire_slow(time_ns now) noexcept;
  [[nodiscard]] std::optional<ticket> refuse(breaker_state in, time_ns now) noexcept;
  [[nodiscard]] bool take_probe(std::uint64_t word) noexcept;
  void probe_after_wait(time_ns now) noexcept;
  void return_probe(std::uint32_t generation) noexcept;

  void record_slow(ticket mine, call_outcome came_to, time_ns duration_ns, time_ns now) noexcept;
  void record_ignored(ticket mine, breaker_state in, time_ns duration_ns, time_ns now) noexcept;
  void record_unjudged(ticket mine, bool failed, bool is_slow, time_ns now) noexcept;
  void add(counter what, ticket mine) noexcept;
  bool tally(ticket mine, bool failed, bool is_slow, detail::call_ring* ring) noexcept;
  [[nodiscard]] detail::call_ring* active_ring() const noexcept;

  [[nodiscard]] bool is_bad(bool failed, bool is_slow) const noexcept;
  [[nodiscard]] verdict judge(const circuit_breaker_counts& seen, std::uint64_t results_min) const noexcept;
  [[nodiscard]] std::uint64_t rate_base(const circuit_breaker_counts& seen) const noexcept;
  [[nodiscard]] circuit_breaker_counts window_counts() const noexcept;
  [[nodiscard]] circuit_breaker_counts counts_locked(time_ns now) const noexcept;
  void fill(circuit_breaker_counts& into, const windowed_counters::sums& from) const noexcept;
  void fill_runs(circuit_breaker_counts& into) const noexcept;
  void judge_window(std::uint32_t generation, bool bad, time_ns now) noexcept;
  void tell_exceeded(const verdict& found, const circuit_breaker_counts& seen, time_ns now,
                     pending_events& events) noexcept;
  void record_probe(ticket mine, bool failed, bool is_slow, time_ns now) noexcept;
  [[nodiscard]] std::optional<breaker_state> judge_probes(bool bad, time_ns now) noexcept;

  void attend(time_ns now) noexcept;
  void roll_window(time_ns now) noexcept;
  void set_watch(bool on) noexcept;
  bool change(breaker_state to, time_ns now, std::optional<time_ns> wait_ns) noexcept;
  void enter(breaker_state to, time_ns now, std::optional<time_ns> wait_ns, pending_events& events) noexcept;
  void enter_open(time_ns now, std::optional<time_ns> wait_ns) noexcept;
  void restart_counts(time_ns now) noexcept;
  void tell(const circuit_breaker_event& event) const noexcept;
  void tell_all(const pending_events& events) const noexcept;

  // Read by every call, written when something changes.
  alignas(64) std::atomic<std::uint64_t> control_{0};
  std::atomic<time_ns> attention_at_{windowed_counters::never};  // the first instant at which attend() acts
  std::atomic<time_ns> probe_at_{windowed_counters::never};      // OPEN: the first instant of a probe
  std::atomic<bool> quiet_{true};                                // quick successes need no look at the trips
  std::atomic<std::uint32_t> run_of_failures_{0};
  const bool admits_plainly_;  // a ticket needs the generation alone, and is not counted
  const bool counts_admissions_;
  const bool credits_to_start_;
  const time_ns slow_call_ns_;
  std::unique_ptr<detail::call_ring> ring_;  // only of breaker_window::kind::calls
  windowed_counters counters_;

  const circuit_breaker_params params_;
  const backoff open_wait_;
  const circuit_breaker_listener listener_;
  std::unique_ptr<detail::call_ring> half_open_ring_;  // only of half_open_params::verdict::rates

  mutable std::mutex mutex_;  // guards all below, and every change of state
  counted_in counted_in_ = counted_in::window;
  bool watch_ = false;
  std::uint32_t openings_in_a_row_ = 0;
  std::uint64_t random_state_;
  std::uint32_t probes_good_ = 0;
  std::uint32_t probes_bad_ = 0;
  std::uint32_t probes_run_ = 0;
  bool told_failure_rate_ = false;  // METRICS_ONLY tells once
  bool told_slow_rate_ = false;
  std::atomic<std::uint64_t> successes_before_run_{0};  // cumulative successes at the last failure
};

/// A ticket that cannot be forgotten: destroyed without a result, it is given back. Movable. One thread at a
/// time.
class circuit_breaker::permit {
 public:
  permit() = default;
  permit(circuit_breaker& of, ticket mine) noexcept : of_(&of), mine_(mine) {}
  permit(permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)), mine_(other.mine_) {}
  permit& operator=(permit&& other) noexcept {
    if (this != &other) {
      give_back();
      of_ = std::exchange(other.of_, nullptr);
      mine_ = other.mine_;
    }
    return *this;
  }
  ~permit() { give_back(); }

  /// False: the call is refused.
  [[nodiscard]] explicit operator bool() const noexcept { return of_ != nullptr; }

  /// Reports what the call came to, and how long it took. Ends the permit; an empty one reports nothing.
  void report(call_outcome came_to, time_ns duration_ns, time_ns now) noexcept {
    if (of_ != nullptr) std::exchange(of_, nullptr)->record(mine_, came_to, duration_ns, now);
  }
  /// The call was not made.
  void give_back() noexcept {
    if (of_ != nullptr) std::exchange(of_, nullptr)->give_back(mine_);
  }

 private:
  circuit_breaker* of_ = nullptr;
  ticket mine_;
};

inline circuit_breaker::permit circuit_breaker::acquire(time_ns now) noexcept {
  const std::optional<ticket> granted = try_acquire(now);
  return granted ? permit(*this, *granted) : permit();
}

}  // namespace seckill::inline v1
