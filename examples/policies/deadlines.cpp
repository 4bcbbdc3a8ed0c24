// A page gives its backend 100 ms. The backend spends some of it, and tells the database how much is left.

#include <seckill/policy/deadline.hpp>

#include <cstdint>
#include <cstdio>

namespace {

// Runs on another machine, with a clock of its own: the time-out is what travels.
bool database_answers(std::int64_t timeout_ms, seckill::time_ns its_clock, seckill::time_ns query_takes) {
  const seckill::deadline until = seckill::deadline::after(timeout_ms * seckill::ns_per_ms, its_clock);
  if (!until.allows(query_takes, its_clock)) {
    std::printf("%lld ms are left for the database: refused, it cannot be done\n",
                static_cast<long long>(timeout_ms));
    return false;
  }
  std::printf("%lld ms are left for the database: done\n", static_cast<long long>(timeout_ms));
  return true;
}

bool backend_answers(seckill::deadline until, seckill::time_ns thinks, seckill::time_ns now) {
  const seckill::time_ns way_back = 2 * seckill::ns_per_ms;
  now += thinks;
  const std::int64_t timeout_ms = until.less(way_back).timeout_ms(now);
  return timeout_ms > 0 && database_answers(timeout_ms, 7 * seckill::ns_per_s, 20 * seckill::ns_per_ms);
}

}  // namespace

int main() {
  const seckill::time_ns now = seckill::ns_per_s;
  const seckill::deadline until = seckill::deadline::after(100 * seckill::ns_per_ms, now);
  const bool quick = backend_answers(until, 10 * seckill::ns_per_ms, now);
  const bool slow = backend_answers(until, 90 * seckill::ns_per_ms, now);
  return quick && !slow ? 0 : 1;
}
