// 20 requests a second arrive at limits of 10 a second, in bursts. What each kind of limiter lets through.

#include <seckill/policy/fixed_window_limiter.hpp>
#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/leaky_bucket_pacer.hpp>
#include <seckill/policy/sliding_counter_limiter.hpp>

#include <algorithm>
#include <cstdio>

namespace {

struct tally {
  int passed = 0;
  int most_in_a_second = 0;
  seckill::time_ns longest_delay_ns = 0;
};

// Ten requests at once just before each full second and ten just after it: the worst case of aligned windows.
template <typename Limiter>
tally run(Limiter&& limiter) {
  tally seen;
  for (int second = 1; second <= 10; ++second) {
    int together = 0;
    for (const seckill::time_ns offset : {-seckill::ns_per_ms, seckill::ns_per_ms})
      for (int i = 0; i < 10; ++i) {
        const seckill::rate_decision answer = limiter.try_acquire(1, second * seckill::ns_per_s + offset);
        together += answer.allowed ? 1 : 0;
        seen.longest_delay_ns = std::max(seen.longest_delay_ns, answer.delay_ns);
      }
    seen.passed += together;
    seen.most_in_a_second = std::max(seen.most_in_a_second, together);
  }
  return seen;
}

tally report(const char* name, const tally& seen) {
  std::printf("%-16s passed %3d of 200, at most %2d together, delays up to %3lld ms\n", name, seen.passed,
              seen.most_in_a_second, static_cast<long long>(seen.longest_delay_ns / seckill::ns_per_ms));
  return seen;
}

}  // namespace

int main() {
  const tally bucket = report("token bucket", run(seckill::gcra_limiter({.permits = 10, .burst = 9})));
  const tally window = report("fixed window", run(seckill::fixed_window_limiter({.limit = 10})));
  const tally sliding = report("sliding counter", run(seckill::sliding_counter_limiter({.limit = 10})));
  const tally pacer = report(
      "pacer", run(seckill::leaky_bucket_pacer({.permits = 10, .delay_max_ns = 500 * seckill::ns_per_ms})));
  const bool only_the_window_doubles = window.most_in_a_second == 20 && bucket.most_in_a_second <= 10 &&
                                       sliding.most_in_a_second <= 10 && pacer.most_in_a_second <= 10;
  return only_the_window_doubles && pacer.longest_delay_ns <= 500 * seckill::ns_per_ms ? 0 : 1;
}
