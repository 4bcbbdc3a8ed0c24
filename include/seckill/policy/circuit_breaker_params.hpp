#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/backoff.hpp>
#include <seckill/policy/circuit_breaker_counts.hpp>

#include <cstdint>
#include <optional>

namespace seckill::inline v1 {

/// What results are judged together.
struct breaker_window {
  enum class kind : std::uint8_t {
    calls,      ///< the last `size` results, at most 2^20
    rolling,    ///< the last `size` buckets of `period_ns`, at most 65,536
    tumbling,   ///< one bucket of `period_ns` after the other
    unbounded,  ///< everything since the breaker closed
  };
  /// Where time buckets begin.
  enum class origin : std::uint8_t {
    clock,    ///< at multiples of the period since time zero
    closing,  ///< when the breaker closed, and every period after
    /// Tumbling only: as `closing`, but the first call after the end of a bucket begins the next one, and
    /// results of calls that began before are stale.
    first_call,
  };

  kind how = kind::calls;
  std::uint32_t size = 100;
  time_ns period_ns = ns_per_s;
  origin from = origin::clock;
};

enum class comparison : std::uint8_t {
  reached,   ///< value >= threshold
  exceeded,  ///< value > threshold
};

struct breaker_threshold {
  double value = 0.5;  ///< a share between 0 and 1, or a count
  comparison how = comparison::reached;
};

/// How the probes of HALF_OPEN are judged.
struct half_open_params {
  enum class verdict : std::uint8_t {
    rates,        ///< after min(calls_min, permits) results: the trips of CLOSED decide
    k_of_n,       ///< CLOSED at `successes` of `permits`; OPEN as soon as that cannot be reached any more
    consecutive,  ///< CLOSED at `successes` in a row, of at most `permits` probes at a time
  };
  std::uint32_t permits = 10;
  verdict by = verdict::rates;
  std::uint32_t successes = 10;
  bool first_failure_reopens = false;
  /// When the verdict takes longer, because probes do not report, the breaker goes to `after_wait`. 0: it
  /// waits.
  time_ns wait_max_ns = 0;
  breaker_state after_wait = breaker_state::open;  ///< open or closed
};

/// A result of a call that was permitted before the breaker last changed.
enum class stale_result : std::uint8_t {
  drop,
  record,  ///< counted, without causing a transition
};

/// Asked after the other trips. Must be quick, and must not call the breaker.
struct breaker_predicate {
  bool (*trips)(void* context, const circuit_breaker_counts& counts) noexcept = nullptr;
  void* context = nullptr;
};

/// Everything that the known circuit breakers let one choose. The defaults suit a remote call of some
/// milliseconds.
struct SECKILL_EXPORT circuit_breaker_params {
  breaker_window window{};
  std::uint32_t calls_min = 20;  ///< fewer results are not judged, except `consecutive_failures`

  /// The trips; any one opens.
  std::optional<breaker_threshold> failure_rate = breaker_threshold{0.5, comparison::reached};
  std::optional<breaker_threshold> slow_rate{};
  std::optional<breaker_threshold> failure_count{};
  std::uint32_t consecutive_failures = 0;  ///< so many in a row; 0: off
  breaker_predicate predicate{};
  time_ns slow_call_ns = 60 * ns_per_s;  ///< a call is slow if it took longer than this

  bool judge_successes = true;      ///< false: trips are looked at after failures only
  bool rate_of_admissions = false;  ///< the rate is of calls admitted and not ignored, finished or not
  bool credit_to_start = false;     ///< a result leaves the window with the bucket in which its call began
  bool open_keeps_counts = false;   ///< counts() in OPEN shows, and goes on counting, what opened it
  stale_result stale = stale_result::drop;

  backoff_params open_wait = backoff_params::constant(60 * ns_per_s);  ///< by how often it opened in a row
  bool wait_inclusive = true;        ///< the wait is over at its very end; false: only after it
  bool automatic_half_open = false;  ///< advance() leaves OPEN; false: the first call after the wait does
  half_open_params half_open{};
  breaker_state initial_state = breaker_state::closed;
  std::uint64_t seed = 1;  ///< of the jitter

  /// resilience4j 2.x: rates over the last 100 calls; `window`, thresholds and waits are usually changed.
  [[nodiscard]] static circuit_breaker_params resilience4j() noexcept;
  /// gobreaker 2.x: more than five failures in a row, 60 s open, one probe.
  [[nodiscard]] static circuit_breaker_params gobreaker() noexcept;
  /// Sentinel 1.8 "error ratio": strictly more than `ratio` of at least `requests_min` in an aligned
  /// interval.
  [[nodiscard]] static circuit_breaker_params sentinel_error_ratio(double ratio, std::uint32_t requests_min,
                                                                   time_ns interval_ns,
                                                                   time_ns wait_ns) noexcept;
  [[nodiscard]] static circuit_breaker_params sentinel_error_count(double count, std::uint32_t requests_min,
                                                                   time_ns interval_ns,
                                                                   time_ns wait_ns) noexcept;
  /// A ratio of 1.0 is reached by all calls being slow; a smaller one must be exceeded.
  [[nodiscard]] static circuit_breaker_params sentinel_slow_ratio(double ratio, time_ns slow_call_ns,
                                                                  std::uint32_t requests_min,
                                                                  time_ns interval_ns,
                                                                  time_ns wait_ns) noexcept;
};

}  // namespace seckill::inline v1
