#include "tests/simulation/run.hpp"

namespace seckill::testing {

shrunk shrink(std::uint64_t seed, std::uint64_t steps, const std::string& violation,
              storage_maker make_storage) {
  shrunk best{steps, {}, violation};
  const auto still_fails = [&](std::uint64_t fewer, const misfortunes& known) {
    auto found = simulate(seed, fewer, known, make_storage).violation;
    if (!found) return false;
    best = {fewer, known, *std::move(found)};
    return true;
  };
  for (const auto& [name, kind] : all_misfortunes) {
    misfortunes fewer = best.known;
    fewer.*kind = false;
    still_fails(best.steps, fewer);
  }
  // A run is the beginning of a longer one, so the first failing length can be found by halving.
  std::uint64_t passes = 0;
  while (best.steps - passes > 1) {
    const std::uint64_t middle = passes + (best.steps - passes) / 2;
    if (!still_fails(middle, best.known)) passes = middle;
  }
  return best;
}

std::string command_for(std::uint64_t seed, std::uint64_t steps, const misfortunes& known,
                        const std::string& program) {
  std::string command = program + " --seed " + std::to_string(seed) + " --steps " + std::to_string(steps);
  for (const auto& [name, kind] : all_misfortunes)
    if (!(known.*kind)) command += " --no-" + std::string(name);
  return command;
}

void add(tally& sum, const tally& each) {
  for (const auto& [name, field] : all_counts) sum.*field += each.*field;
}

}  // namespace seckill::testing
