// Each buyer may ask twice a second, a partner twenty times. A crowd of a million buyers passes; memory stays as it was.

#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/keyed_limiter.hpp>

#include <cstdint>
#include <cstdio>

int main() {
  seckill::keyed_limiter<seckill::gcra_rule> buyers({.each = {.permits = 2, .burst = 1}, .keys_max = 10'000});
  const std::uint64_t partner = buyers.key_of("partner-7");
  if (!buyers.set_override(partner, {.permits = 20, .burst = 19})) return 1;

  int impatient = 0;
  int of_partner = 0;
  for (seckill::time_ns now = 0; now < seckill::ns_per_s; now += 10 * seckill::ns_per_ms) {
    impatient += buyers.try_acquire(1001, 1, now).allowed ? 1 : 0;
    of_partner += buyers.try_acquire(partner, 1, now).allowed ? 1 : 0;
  }

  std::uint64_t crowd_refused = 0;
  for (std::uint64_t buyer = 1'000'000; buyer < 2'000'000; ++buyer) {
    const auto now = static_cast<seckill::time_ns>(buyer) * seckill::ns_per_ms;  // a thousand a second
    crowd_refused += buyers.try_acquire(buyer, 1, now).allowed ? 0 : 1;
  }
  const std::size_t remembered = buyers.busy_keys(2'000'000 * seckill::ns_per_ms);
  std::printf("in a second: buyer %d, partner %d; of a million others %llu refused, %zu still limited\n",
              impatient, of_partner, static_cast<unsigned long long>(crowd_refused), remembered);
  return impatient == 3 && of_partner >= 38 && crowd_refused == 0 && remembered < 2'000 ? 0 : 1;
}
