// A payment service goes down for five seconds. The breaker stops the calls, probes, and resumes.

#include <seckill/policy/circuit_breaker.hpp>

#include <cstdio>

namespace {

bool service_is_up(seckill::time_ns now) {
  return now < 2 * seckill::ns_per_s || now >= 7 * seckill::ns_per_s;
}

}  // namespace

int main() {
  seckill::circuit_breaker_params params;
  params.window = {.how = seckill::breaker_window::kind::rolling, .size = 2, .period_ns = seckill::ns_per_s};
  params.calls_min = 20;
  params.open_wait = seckill::backoff_params::constant(seckill::ns_per_s);
  params.half_open.permits = 3;
  seckill::circuit_breaker breaker(params);

  int succeeded = 0;
  int failed = 0;
  int refused = 0;
  for (seckill::time_ns now = 0; now < 10 * seckill::ns_per_s; now += 10 * seckill::ns_per_ms) {
    seckill::circuit_breaker::permit permit = breaker.acquire(now);
    if (!permit) {
      ++refused;  // answer from a fallback, at once
      continue;
    }
    const bool up = service_is_up(now);
    ++(up ? succeeded : failed);
    permit.report(up ? seckill::call_outcome::success : seckill::call_outcome::failure, seckill::ns_per_ms,
                  now);
  }
  std::printf("succeeded %d, failed %d, refused %d\n", succeeded, failed, refused);
  return breaker.state() == seckill::breaker_state::closed && failed < 150 && refused > 350 ? 0 : 1;
}
