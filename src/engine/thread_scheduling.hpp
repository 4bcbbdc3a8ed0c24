#pragma once

#if defined(__linux__)
#include <cstdint>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

// How threads share cores. Hints, all of them: without them all is as correct.
namespace seckill::inline v1 {

// Makes this thread yield to the others where they compete for a core.
inline void lower_thread_priority() noexcept {
#if defined(__linux__)
  // On Linux the nice value belongs to the calling thread.
  constexpr int niceness = 10;
  ::setpriority(PRIO_PROCESS, 0, niceness);
#endif
}

// Makes this thread run when it wakes, instead of when the one that has the core has used up its time, whatever the
// priorities: some milliseconds, when others compute. It gets no larger share of the core, but in shorter pieces.
// Source: "EEVDF scheduler" and sched_setattr(2), for which no library has a function yet; Linux 6.12 and later.
inline void shorten_thread_slice() noexcept {
#if defined(__linux__) && defined(SYS_sched_setattr)
  struct attributes {
    std::uint32_t size = sizeof(attributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;  // of a thread that is not real-time: its slice
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
  } mine;
  static_assert(sizeof(attributes) == 48);
  if (::syscall(SYS_sched_getattr, 0, &mine, sizeof mine, 0) != 0) return;
  mine.size = sizeof mine;
  mine.runtime_ns = 100'000;  // the least that is allowed
  ::syscall(SYS_sched_setattr, 0, &mine, 0);
#endif
}

}  // namespace seckill::inline v1
