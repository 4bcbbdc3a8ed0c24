// One of ten servers answers every second call with an error. It is found by comparison, is out for half a minute, and
// takes part again.

#include <seckill/policy/load_balancer.hpp>
#include <seckill/policy/random.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

int main() {
  std::vector<seckill::target> servers;
  for (std::uint64_t id = 1; id <= 10; ++id) servers.push_back({.id = id});
  seckill::load_balancer balancer({.by = seckill::balancing::random,
                                   .ejection = seckill::outlier_ejector_params{.consecutive_failures = 50}},
                                  servers, 0);

  std::uint64_t random = 1;
  int failed_before = 0;
  int failed_after = 0;
  int failed_later = 0;
  for (seckill::time_ns now = 0; now < 60 * seckill::ns_per_s; now += seckill::ns_per_ms) {
    seckill::load_balancer::lease call = balancer.pick({.random = seckill::splitmix64(random)}, now);
    const bool fails = call.target_id() == 7 && seckill::splitmix64(random) % 2 == 0;
    call.report(fails ? seckill::call_outcome::failure : seckill::call_outcome::success,
                now + seckill::ns_per_ms);
    if (!fails) continue;
    if (now < 10 * seckill::ns_per_s)
      ++failed_before;
    else if (now < 40 * seckill::ns_per_s)
      ++failed_after;
    else
      ++failed_later;
  }
  std::printf("errors in the first 10 s: %d, in the next 30 s: %d, in the last 20 s: %d\n", failed_before,
              failed_after, failed_later);
  return failed_before > 400 && failed_after < 10 && failed_later > 0 ? 0 : 1;
}
