#pragma once

#include "client_address.hpp"
#include <seckill/engine.hpp>
#include <seckill/http/admission_params.hpp>
#include <seckill/policy/circuit_breaker.hpp>
#include <seckill/policy/concurrency_limiter.hpp>
#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/keyed_limiter.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace seckill::inline v1::http {

/// The policies that refuse, in the order in which a request meets them. The names of metrics.
enum class guard : std::uint8_t {
  client_rate,
  buyer_rate,
  concurrency,
  order_reads,
};
inline constexpr std::size_t guard_count = 4;

[[nodiscard]] std::string_view to_string(guard which) noexcept;

/// Decides what comes in: per client address, per buyer, by what is in flight, and by how the orders' storage
/// does. Whoever is refused has cost no more than this.
///
/// Threads: any. Allocates at the construction alone. Times are of the monotonic clock, `wall` is the engine's.
class admission {
 public:
  /// REQUIRES: check(params) found nothing.
  admission(const admission_params& params, trusted_proxies trusted);
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;
  ~admission() = default;

  [[nodiscard]] const trusted_proxies& trusted() const noexcept { return trusted_; }

  /// A request of that client (client_key()): the refusal, if it comes too often. The caller decides whether it is to
  /// be refused, and counts it then.
  [[nodiscard]] std::optional<answer> over_client_rate(std::uint64_t client, time_ns now,
                                                       time_ms wall) noexcept;
  /// Likewise a request for metrics of a client that is over its rate.
  [[nodiscard]] std::optional<answer> over_scrape_rate(std::uint64_t client, time_ns now,
                                                       time_ms wall) noexcept;
  void count(guard which) noexcept {
    refusals_[static_cast<std::size_t>(which)].fetch_add(1, std::memory_order_relaxed);
  }
  /// A reserve of that buyer, likewise.
  [[nodiscard]] std::optional<answer> refuse_buyer(buyer_id buyer, time_ns now, time_ms wall) noexcept;
  /// A reserve that is to go to the engine: the permit that it holds until it is answered, or an empty one: shed it.
  [[nodiscard]] concurrency_limiter::permit enter(time_ns now) noexcept;
  /// Ends it, and learns how the engine does.
  static void leave(concurrency_limiter::permit& permit, outcome answered, time_ns now) noexcept;

  /// A read of orders: an empty permit is a refusal.
  [[nodiscard]] circuit_breaker::permit read_orders(time_ns now) noexcept;

  struct keyed_state {
    std::size_t busy_keys = 0;  ///< limited now
    std::uint64_t forgotten = 0;
  };
  struct view {
    std::array<std::uint64_t, guard_count> refusals{};
    keyed_state clients;
    keyed_state buyers;
    std::uint32_t in_flight = 0;
    std::uint32_t in_flight_limit = 0;
    breaker_state orders{};
  };
  /// Cost: all places of the keyed limiters.
  [[nodiscard]] view look(time_ns now) const noexcept;

 private:
  using keyed_rate = keyed_limiter<gcra_rule>;

  const trusted_proxies trusted_;
  std::optional<keyed_rate> clients_;  ///< nothing: no limit
  std::optional<keyed_rate> scrapes_;
  std::optional<keyed_rate> buyers_;
  concurrency_limiter in_flight_;
  circuit_breaker orders_;
  std::array<std::atomic<std::uint64_t>, guard_count> refusals_{};
};

}  // namespace seckill::inline v1::http
