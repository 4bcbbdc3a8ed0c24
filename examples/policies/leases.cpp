// One node of a fleet writes the stock report. It is paused for longer than its lease; another takes over, and what the
// first one does after it wakes is stopped by its old token.

#include <seckill/memory/memory_lease_store.hpp>
#include <seckill/policy/fencing_gate.hpp>
#include <seckill/policy/lease_keeper.hpp>

#include <cstdio>
#include <memory>

int main() {
  using seckill::ns_per_s;
  const auto server = std::make_shared<seckill::lease_image>();
  const auto leases_of_a = seckill::make_memory_lease_store(server);
  const auto leases_of_b = seckill::make_memory_lease_store(server);
  seckill::fencing_gate report;  // kept with the report, under its lock

  int losses = 0;
  seckill::lease_keeper a({.name = "stock-report", .owner = 0xa11ce}, [&](seckill::lease_loss) { ++losses; });
  seckill::lease_keeper b({.name = "stock-report", .owner = 0xb0b});

  const bool a_has_it = a.acquire_from(*leases_of_a, 0).value();
  const std::uint64_t token_of_a = a.token();
  const bool a_writes = report.admit(token_of_a);
  const bool b_waits = !b.acquire_from(*leases_of_b, 5 * ns_per_s).value();

  // Renewed each 10 s while somebody drives it, ...
  seckill::time_ns now = 0;
  for (; now <= 60 * ns_per_s; now = a.next_deadline().value_or(now))
    if (!a.renew_at(*leases_of_a, now)) std::printf("the lease store is away\n");
  // ... but this node now stands still for a minute.
  now += 60 * ns_per_s;
  const bool b_has_it = b.acquire_from(*leases_of_b, now).value();
  const bool b_writes = report.admit(b.token());
  const bool a_is_fenced = !report.admit(token_of_a);  // it has not noticed yet
  if (!a.renew_at(*leases_of_a, now)) return 1;
  const bool a_knows = losses == 1 && a.valid_for(now) == 0;

  std::printf("tokens: %llu, then %llu\n", static_cast<unsigned long long>(token_of_a),
              static_cast<unsigned long long>(b.token()));
  return a_has_it && a_writes && b_waits && b_has_it && b_writes && a_is_fenced && a_knows ? 0 : 1;
}
