#include "tests/simulation/run.hpp"

namespace seckill::testing {

shrunk shrink(std::uint64_t seed, std::uint64_t steps, const std::string& violation) {
  shrunk best{steps, {}, violation};
  const auto still_fails = [&](std::uint64_t fewer, const misfortunes& known) {
    auto found = simulate(seed, fewer, known).violation;
    if (!found) return false;
    best = {fewer, known, *std::move(found)};
    return true;
  };
  for (bool misfortunes::*kind : {&misfortunes::clock_jumps, &misfortunes::damage, &misfortunes::snapshots,
                                  &misfortunes::storage, &misfortunes::crashes}) {
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

std::string command_for(std::uint64_t seed, std::uint64_t steps, const misfortunes& known) {
  std::string command =
      "seckill_simulate --seed " + std::to_string(seed) + " --steps " + std::to_string(steps);
  if (!known.crashes) command += " --no-crashes";
  if (!known.storage) command += " --no-storage-faults";
  if (!known.damage) command += " --no-damage";
  if (!known.clock_jumps) command += " --no-clock-jumps";
  if (!known.snapshots) command += " --no-snapshots";
  return command;
}

void add(tally& sum, const tally& each) {
  for (std::uint64_t tally::*field :
       {&tally::steps, &tally::answers, &tally::board_refusals, &tally::process_crashes,
        &tally::machine_crashes, &tally::torn_frames, &tally::failures, &tally::damages_refused,
        &tally::snapshots, &tally::events_lost, &tally::orders})
    sum.*field += each.*field;
}

}  // namespace seckill::testing
