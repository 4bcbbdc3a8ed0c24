#pragma once

#include "bench/market.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace seckill::bench {

/// Counts answers from any thread.
struct replies {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> reserved{0};

  static void done(void* context, const answer& reply) noexcept {
    auto& self = *static_cast<replies*>(context);
    if (reply.code == outcome::reserved) self.reserved.fetch_add(1, std::memory_order_relaxed);
    self.count.fetch_add(1, std::memory_order_release);
  }
};

/// One thread asks as fast as the engine takes it, in runs, with a bounded number of answers outstanding; returns
/// when all are there.
inline void ask(market& in, sale_id sale, std::uint64_t count, replies& seen) {
  constexpr std::size_t run_length = 512;
  constexpr std::uint64_t outstanding_max = 32'768;
  std::vector<submission> run(run_length);
  for (submission& each : run) each.then = {&replies::done, &seen};
  const std::uint64_t before = seen.count.load();
  for (std::uint64_t asked = 0; asked < count; asked += run.size()) {
    if (count - asked < run.size()) run.resize(count - asked);
    for (submission& each : run) each.what = in.next(sale);
    while (asked - (seen.count.load(std::memory_order_acquire) - before) > outstanding_max)
      std::this_thread::yield();
    in.works().submit(run);
  }
  while (seen.count.load(std::memory_order_acquire) - before < count) std::this_thread::yield();
}

}  // namespace seckill::bench
