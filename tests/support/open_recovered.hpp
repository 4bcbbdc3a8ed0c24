#pragma once

#include "engine/recovery.hpp"

namespace seckill::testing {

inline constexpr fleet_id test_fleet{0x5ec4111, 0x7e57};

/// What an engine does with a journal before it writes to it.
inline result<recovered> open_recovered(journal& from, recovery_params how) {
  how.to_append = true;
  how.fleet = test_fleet;
  auto found = recover(from, how);
  if (!found) return found;
  if (auto stated = from.adopt({test_fleet, how.bounds.shard, how.bounds.shard_count}); !stated)
    return std::move(stated).error();
  if (auto repaired = repair(from, *found); !repaired) return std::move(repaired).error();
  return found;
}

}  // namespace seckill::testing
