#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seckill::inline v1 {

/// Who may come in, and how often: the policies that stand between clients and the engine. Each refuses before
/// anything is asked of a ledger or a disk, and says when to come back.
struct admission_params {
  /// Requests per second of one client address, and how many of them at once; 429 beyond. An IPv6 client is its /64.
  std::uint32_t client_rate = 200;  ///< 0: no limit
  std::uint32_t client_burst = 400;
  std::uint32_t clients_max = 65'536;  ///< addresses that are limited at a time
  /// Addresses and networks (`10.0.0.0/8`, `::1`) whose `X-Forwarded-For` is believed: its last address that is none
  /// of them is the client. Several such fields are one list. A list without such an address, or with something
  /// unreadable behind it, counts against the farthest proxy that was believed. What trusted addresses send without
  /// the field is their own, and is not limited by address.
  std::vector<std::string> trusted_proxies = {"127.0.0.0/8", "::1/128"};

  /// Reserves per second of one buyer, and how many of them at once; 429 beyond.
  std::uint32_t buyer_rate = 10;  ///< 0: no limit
  std::uint32_t buyer_burst = 20;
  std::uint32_t buyers_max = 65'536;  ///< buyers that are limited at a time

  /// Commands that may be with the engine at a time: found out between these two, so that answers take less than
  /// latency_max_ms. Beyond it reserves are shed with 503 `overloaded`; what is sold out is still told at once, and
  /// payments and cancels always pass.
  std::uint32_t in_flight_min = 64;
  std::uint32_t in_flight_max = 16'384;
  std::uint32_t latency_max_ms = 250;

  /// Reads of orders stop for so long once half of the last 20 failed or took longer than order_read_max_ms; then
  /// three probes decide. Selling goes on without them.
  std::uint32_t order_breaker_wait_ms = 1'000;
  std::uint32_t order_read_max_ms = 1'000;
};

}  // namespace seckill::inline v1
