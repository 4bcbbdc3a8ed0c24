// A database does 20 queries at a time and queues the others. Nobody has told the limiter: it compares
// round trips with those of an idle database.

#include <seckill/policy/concurrency_limiter.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

int main() {
  seckill::concurrency_limiter limiter(seckill::gradient_limit({.initial = 5, .max = 500}));

  seckill::time_ns now = 0;
  std::uint32_t most = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::vector<seckill::concurrency_limiter::permit> in_flight;
    while (auto permit = limiter.acquire(now))
      in_flight.push_back(std::move(permit));  // a crowd: all that it allows
    const auto calls = static_cast<seckill::time_ns>(in_flight.size());
    now += 10 * seckill::ns_per_ms * std::max<seckill::time_ns>(calls, 20) / 20;
    for (seckill::concurrency_limiter::permit& each : in_flight) each.succeed(now);
    if (round > 1'000) most = std::max(most, limiter.limit());
  }
  std::printf("limit now %u, most after settling %u\n", limiter.limit(), most);
  return limiter.limit() >= 15 && most <= 40 ? 0 : 1;
}
