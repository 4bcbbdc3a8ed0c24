#pragma once

#include "route.hpp"
#include <seckill/command.hpp>
#include <seckill/outcome.hpp>

#include <cstdint>

namespace seckill::inline v1::http {

/// The HTTP status of an outcome: the one place where it is decided. A reserve or a new sale that was made
/// now is 201 (see status_of(answer)), every other success 200.
[[nodiscard]] constexpr int status_of(outcome code) noexcept {
  switch (code) {
    case outcome::reserved:
    case outcome::confirmed:
    case outcome::confirmed_late:
    case outcome::cancelled:
    case outcome::applied:
      return 200;
    case outcome::invalid_request:
      return 400;
    case outcome::limit_exceeded:
      return 403;
    case outcome::sale_not_found:
    case outcome::sku_not_found:
    case outcome::reservation_not_found:
      return 404;
    case outcome::sale_exists:
    case outcome::capacity_exceeded:
    case outcome::sale_paused:
    case outcome::sold_out:
    case outcome::all_held:
    case outcome::insufficient:
    case outcome::already_cancelled:
    case outcome::already_confirmed:
    case outcome::already_expired:
    case outcome::unfulfilled:
      return 409;
    case outcome::sale_closed:
      return 410;
    case outcome::request_mismatch:
    case outcome::payment_mismatch:
      return 422;
    case outcome::sale_not_open:
      return 425;
    case outcome::rate_limited:
      return 429;
    case outcome::overloaded:
    case outcome::unavailable:
      return 503;
  }
  return 500;
}

/// The same, knowing whether something was created now.
[[nodiscard]] constexpr int status_of(const answer& reply, route which) noexcept {
  const bool creates = which == route::reserve || which == route::create_sale;
  return creates && is_success(reply.code) && !reply.replayed ? 201 : status_of(reply.code);
}

/// The value of Retry-After in seconds, at least 1; 0: none. `now` is the server's time.
[[nodiscard]] constexpr std::uint32_t retry_after_s(const answer& reply, time_ms now) noexcept {
  constexpr time_ms longest_s = 86'400;
  const auto until = [&](time_ms at) -> std::uint32_t {
    if (at <= now) return 1;
    const time_ms seconds = (at - now - 1) / 1'000 + 1;  // rounded up
    return static_cast<std::uint32_t>(seconds < longest_s ? seconds : longest_s);
  };
  switch (reply.code) {
    case outcome::all_held:
    case outcome::sale_not_open:
    case outcome::rate_limited:
      return until(reply.at_ms);
    case outcome::overloaded:
      return 1;
    case outcome::unavailable:
      return 5;  // an operator has to act, or another instance takes over
    default:
      return 0;
  }
}

}  // namespace seckill::inline v1::http
