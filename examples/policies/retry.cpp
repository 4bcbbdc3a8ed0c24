// A service fails one call in ten, then all of them for a while. Retries hide the first; the budget keeps them from
// tripling the load during the second.

#include <seckill/policy/random.hpp>
#include <seckill/policy/retry_policy.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>

namespace {

struct tally {
  int attempts = 0;
  int failed_calls = 0;
};

tally run(const seckill::retry_policy& policy, int calls, double failing, std::uint64_t& random,
          seckill::time_ns& now) {
  tally seen;
  for (int call = 0; call < calls; ++call) {
    now += 10 * seckill::ns_per_ms;
    policy.on_call();
    const seckill::deadline until = seckill::deadline::after(500 * seckill::ns_per_ms, now);
    seckill::retry_history so_far;
    for (seckill::time_ns at = now;;) {
      ++seen.attempts;
      const bool succeeded = seckill::uniform_of(seckill::splitmix64(random)) >= failing;
      policy.on_result(succeeded);
      if (succeeded) break;
      ++so_far.failures;
      const auto delay =
          policy.next_delay(so_far, until, seckill::uniform_of(seckill::splitmix64(random)), at);
      if (!delay) {
        ++seen.failed_calls;
        break;
      }
      so_far.previous_delay_ns = *delay;
      at += *delay;  // here a program would wait
    }
  }
  return seen;
}

}  // namespace

int main() {
  const auto budget = std::make_shared<seckill::retry_budget>(
      seckill::retry_budget_params{.tokens_max = 20.0, .per_call = 0.2, .per_second = 1.0});
  const seckill::retry_policy policy({.attempts_max = 3}, budget);
  std::uint64_t random = 1;
  seckill::time_ns now = 0;
  const tally mostly_well = run(policy, 1'000, 0.1, random, now);
  const tally down = run(policy, 1'000, 1.0, random, now);
  std::printf("one failure in ten: %d attempts, %d calls failed\n", mostly_well.attempts,
              mostly_well.failed_calls);
  std::printf("all fail:           %d attempts, %d calls failed\n", down.attempts, down.failed_calls);
  return mostly_well.failed_calls < 10 && down.attempts <= 1'000 + 20 + 200 + 10 ? 0 : 1;
}
