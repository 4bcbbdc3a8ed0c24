#pragma once

#include "tests/simulation/world.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace seckill::testing {

/// What a seed led to.
struct verdict {
  std::optional<std::string> violation;
  tally counted;
};

inline verdict simulate(std::uint64_t seed, std::uint64_t steps, const misfortunes& known = {},
                        storage_maker make_storage = make_memory_storage) {
  world simulated(seed, known, make_storage());
  verdict found;
  found.violation = simulated.run(steps);
  found.counted = simulated.counted();
  return found;
}

/// The smallest run of a failing seed that still fails: fewer steps, then fewer kinds of misfortune.
struct shrunk {
  std::uint64_t steps = 0;
  misfortunes known;
  std::string violation;
};
[[nodiscard]] shrunk shrink(std::uint64_t seed, std::uint64_t steps, const std::string& violation,
                            storage_maker make_storage = make_memory_storage);

/// The command that repeats a run. program: the one that was made for its storage.
[[nodiscard]] std::string command_for(std::uint64_t seed, std::uint64_t steps, const misfortunes& known,
                                      const std::string& program = "seckill_simulate");

void add(tally& sum, const tally& each);

}  // namespace seckill::testing
