// A callee that can do 333 requests a second is offered 1000: the throttle sends it about twice what it
// takes.

#include <seckill/policy/adaptive_throttle.hpp>

#include <cstdint>
#include <cstdio>
#include <random>

int main() {
  seckill::adaptive_throttle throttle(seckill::adaptive_throttle_params::sre());
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);

  int sent = 0;
  int taken = 0;
  seckill::time_ns busy_until = 0;
  seckill::time_ns now = 0;
  for (int request = 0; request < 30'000; ++request) {
    now += seckill::ns_per_ms;
    if (!throttle.try_acquire(now, uniform(random))) continue;  // refused here: the callee is spared
    ++sent;
    if (now >= busy_until) {
      busy_until = now + 3 * seckill::ns_per_ms;
      throttle.accepted(now);
      ++taken;
    }
  }
  std::printf("offered 30000, sent %d, taken %d\n", sent, taken);
  return sent < 22'000 && taken > 7'000 ? 0 : 1;
}
