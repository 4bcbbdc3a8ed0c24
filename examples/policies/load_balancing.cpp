// Three servers, one of which is five times slower and one of which is drained while calls are in flight.

#include <seckill/policy/load_balancer.hpp>
#include <seckill/policy/random.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

int main() {
  const std::array<seckill::target, 3> servers{{{.id = 1}, {.id = 2}, {.id = 3}}};
  seckill::load_balancer balancer({.by = seckill::balancing::two_choices}, servers, 0);

  std::uint64_t random = 1;
  std::array<int, 4> calls{};
  const auto run = [&](int count, seckill::time_ns from) {
    calls = {};
    for (int i = 0; i < count; ++i) {
      const seckill::time_ns now = from + i * seckill::ns_per_ms;
      seckill::load_balancer::lease call = balancer.pick({.random = seckill::splitmix64(random)}, now);
      if (!call) return;  // the set is empty
      ++calls[call.target_id()];
      const seckill::time_ns took = (call.target_id() == 3 ? 10 : 2) * seckill::ns_per_ms;
      call.report(seckill::call_outcome::success, now + took);
    }
  };

  run(1'000, 0);
  std::printf("two quick ones and a slow one: %d, %d, %d\n", calls[1], calls[2], calls[3]);
  const bool spares_the_slow = calls[3] < 100;

  const std::array<seckill::target, 3> drained{{{.id = 1, .weight = 0}, {.id = 2}, {.id = 3}}};
  if (!balancer.update(drained, seckill::ns_per_s)) return 1;
  run(1'000, seckill::ns_per_s);
  std::printf("the first one is drained:      %d, %d, %d\n", calls[1], calls[2], calls[3]);
  return spares_the_slow && calls[1] == 0 && calls[2] > calls[3] ? 0 : 1;
}
