#pragma once

#include <algorithm>
#include <cstddef>

namespace seckill::inline v1 {

/// Calls run(i) for each i below `count` in order, and prefetch(i) some time before it: for a whole group at
/// once, while the group before is being run. So the cache misses of a group overlap each other and the work on
/// its predecessor. For ledger::prefetch() and the commands of a batch.
///
/// Source: group prefetching, Chen, Ailamaki, Gibbons and Mowry, "Improving hash join performance through
/// prefetching" (2004).
template <typename Prefetch, typename Run>
void run_prefetched(std::size_t count, Prefetch&& prefetch, Run&& run) {
  constexpr std::size_t group = 16;
  const auto prefetch_group = [&](std::size_t from) {
    for (std::size_t i = from; i < std::min(from + group, count); ++i) prefetch(i);
  };
  prefetch_group(0);
  for (std::size_t from = 0; from < count; from += group) {
    prefetch_group(from + group);
    for (std::size_t i = from; i < std::min(from + group, count); ++i) run(i);
  }
}

}  // namespace seckill::inline v1
