// Eight threads call a service that may have two calls in flight. Four wait for their turn, the others are refused at
// once; nobody piles up.

#include <seckill/policy/bulkhead.hpp>

#include <atomic>
#include <cstdio>
#include <semaphore>
#include <thread>
#include <vector>

namespace {

// How a blocking caller waits: the bulkhead rings, the caller looks.
void ring(void* bell) noexcept { static_cast<std::binary_semaphore*>(bell)->release(); }

}  // namespace

int main() {
  seckill::bulkhead hold(seckill::static_limit(2), {.queue_max = 4, .wait_max_ns = 10 * seckill::ns_per_s});
  std::atomic<int> called{0};
  std::atomic<int> refused{0};
  std::atomic<int> arrived{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      std::binary_semaphore bell(0);
      seckill::bulkhead::place place =
          hold.enter(seckill::deadline::never(), {&ring, &bell}, seckill::monotonic_now_ns());
      ++arrived;
      while (place.poll(seckill::monotonic_now_ns()) == seckill::bulkhead::state::waiting) bell.acquire();
      if (place.poll(seckill::monotonic_now_ns()) != seckill::bulkhead::state::entered) {
        ++refused;
        return;
      }
      while (arrived != 8) std::this_thread::yield();  // the call: it takes until everybody is there
      ++called;
      place.succeed(seckill::monotonic_now_ns());
    });
  for (std::thread& each : callers) each.join();
  std::printf("called %d, refused %d\n", called.load(), refused.load());
  return called == 6 && refused == 2 ? 0 : 1;
}
