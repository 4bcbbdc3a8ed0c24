#pragma once

#include "engine/frame_walk.hpp"
#include <seckill/ledger.hpp>
#include <seckill/ports/journal.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace seckill::inline v1 {

struct recovery_params {
  ledger_params bounds;  // with the shard and the shard count
  fleet_id fleet{};      // whose journal it must be; zero: any
  // State as of this sequence, which must be the last of a frame. Default: of all that is there.
  std::uint64_t up_to = std::numeric_limits<std::uint64_t>::max();
  // Before the first append: checks that nothing which anybody has seen is lost, and that a torn tail has at most so
  // many frames. repair() has to follow.
  bool to_append = false;
  std::size_t torn_frames_max = 1;
  // Set by another thread to give up early, with errc::unavailable.
  const std::atomic<bool>* cancelled = nullptr;
};

struct recovered {
  ledger state;
  std::uint64_t snapshot_sequence = 0;  // of the snapshot that was the base; 0: none
  std::uint64_t events_replayed = 0;
  frame_link last;      // of the last frame: what the next one has to follow
  time_ms wall_ms = 0;  // of the machine, when the last frame was written

  // What repair() removes.
  std::optional<torn_tail> torn;
  std::vector<std::uint64_t> unreadable_snapshots;
};

// The state that a journal holds: its newest readable snapshot and the frames behind it. The same code starts
// an engine, serves reads after a journal has failed, and writes the next snapshot, so that each snapshot is
// a rehearsal of the recovery that it is for.
//
// Errors: errc::corrupt_data and missing_data, naming the lost sequences; capacity_exceeded if the state does
// not fit the bounds; invalid_argument if the journal is of another shard or installation; those of the journal.
// Changes nothing in the journal.
[[nodiscard]] result<recovered> recover(journal& from, const recovery_params& how);

// Removes what recover() found to be of no use: a torn tail, and snapshots that cannot be read. Before the first append.
[[nodiscard]] result<void> repair(journal& of, const recovered& found);

// What a ledger's snapshot says besides its state.
[[nodiscard]] snapshot_stamp stamp_of(const recovered& found, const fleet_id& fleet);

}  // namespace seckill::inline v1
