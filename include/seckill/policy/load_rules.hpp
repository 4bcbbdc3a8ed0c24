#pragma once

#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/time.hpp>
#include <seckill/ports/cache_store.hpp>

#include <algorithm>
#include <cstdint>

namespace seckill::inline v1 {

/// How a missed key is loaded. The decisions are pure; storage carries them out.
struct load_rules {
  time_ns ask_again_ns = 10 * ns_per_ms;  ///< while another node loads
  time_ns wait_max_ns = 10 * ns_per_s;    ///< for other nodes; longer than the cache's lease interval
};

enum class load_step : std::uint8_t {
  answer,      ///< with what the shared cache has
  ask_source,  ///< and fill the shared cache if there is a lease
  ask_again,   ///< the shared cache, later
  give_up,     ///< others have had it for wait_max_ns
};

struct load_decision {
  load_step step{};
  std::uint64_t lease = 0;  ///< of ask_source; 0: what is loaded is not stored in the shared cache
  time_ns ask_at = 0;       ///< of ask_again
};

/// What to do about a key after the shared cache was asked: it is loaded by who has the lease, and the others wait. While
/// it is written, or when the cache cannot be reached, each node asks the source for itself, once at a time.
/// `since`: when the load began.
[[nodiscard]] inline load_decision decide_load(const load_rules& rules, const cache_lookup& seen,
                                               time_ns since, time_ns now) noexcept {
  switch (seen.state) {
    case cache_state::value:
    case cache_state::absent:
      return {.step = load_step::answer};
    case cache_state::load:
      return {.step = load_step::ask_source, .lease = seen.lease};
    case cache_state::being_loaded: {
      const time_ns ends_at = detail::later(since, rules.wait_max_ns);
      if (now >= ends_at) return {.step = load_step::give_up};
      return {.step = load_step::ask_again,
              .ask_at = std::min(detail::later(now, rules.ask_again_ns), ends_at)};
    }
    case cache_state::being_written:
      break;
  }
  return {.step = load_step::ask_source};
}

}  // namespace seckill::inline v1
