// A hundred thousand calls, each with a deadline of two seconds. Nearly all end in time and cancel it.

#include <seckill/policy/random.hpp>
#include <seckill/policy/time.hpp>
#include <seckill/policy/timing_wheel.hpp>

#include <cstdint>
#include <cstdio>
#include <map>

int main() {
  using seckill::ns_per_ms;
  seckill::timing_wheel deadlines({.tick_ns = ns_per_ms, .pending_max = 10'000});
  std::multimap<seckill::time_ns, seckill::timer_handle>
      answers;  // when a call will be answered: the simulation
  std::uint64_t random = 1;
  int in_time = 0;
  int too_late = 0;
  int early = 0;
  for (std::uint64_t call = 0; call < 100'000 || deadlines.size() > 0; ++call) {
    const seckill::time_ns now = static_cast<seckill::time_ns>(call) * ns_per_ms;
    if (call < 100'000) {
      const seckill::timer_handle deadline = deadlines.schedule(now + 2'000 * ns_per_ms, call);
      const bool is_slow = seckill::splitmix64(random) % 100 == 0;
      answers.emplace(now + (is_slow ? 3'000 : 50) * ns_per_ms, deadline);
    }
    for (; !answers.empty() && answers.begin()->first <= now; answers.erase(answers.begin()))
      in_time +=
          deadlines.cancel(answers.begin()->second) ? 1 : 0;  // false: it has fired, the handle is stale
    deadlines.advance(now, 1'000, [&](std::uint64_t late_call, seckill::time_ns) {
      ++too_late;
      early += now < static_cast<seckill::time_ns>(late_call + 2'000) * ns_per_ms ? 1 : 0;
    });
  }
  std::printf("in time %d, given up %d, given up early %d\n", in_time, too_late, early);
  return in_time + too_late == 100'000 && too_late > 800 && too_late < 1'200 && early == 0 ? 0 : 1;
}
