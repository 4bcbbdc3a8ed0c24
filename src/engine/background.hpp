#pragma once

#if defined(__linux__)
#include <sys/resource.h>
#endif

namespace seckill::inline v1 {

// Makes this thread yield to the others where they compete for a core. A hint: without it all is as correct.
inline void lower_thread_priority() noexcept {
#if defined(__linux__)
  // On Linux the nice value belongs to the calling thread.
  constexpr int niceness = 10;
  ::setpriority(PRIO_PROCESS, 0, niceness);
#endif
}

}  // namespace seckill::inline v1
