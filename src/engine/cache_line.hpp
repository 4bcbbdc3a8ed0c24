#pragma once

#include <cstddef>

namespace seckill::inline v1 {

// What two threads write without slowing each other must be this far apart. Not
// std::hardware_destructive_interference_size: that may differ between two translation units of one program.
inline constexpr std::size_t cache_line = 64;

// Tells the core that this thread is waiting for another one's store.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

}  // namespace seckill::inline v1
