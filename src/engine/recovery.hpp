#pragma once

#include <seckill/ledger.hpp>
#include <seckill/ports/journal.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace seckill::inline v1 {

struct recovery_params {
  ledger_params bounds;  // with the shard and the shard count
  // State as of this sequence, which must be the last of a frame. Default: of all that is there.
  std::uint64_t up_to = std::numeric_limits<std::uint64_t>::max();
  // Before the first append: checks that nothing which anybody has seen is lost, then removes a torn tail of
  // at most so many frames, and snapshots that cannot be read.
  bool repair = false;
  std::size_t torn_frames_max = 1;
  // Set by another thread to give up early, with errc::unavailable.
  const std::atomic<bool>* cancelled = nullptr;
};

struct recovered {
  ledger state;
  std::uint64_t snapshot_sequence = 0;  // of the snapshot that was the base; 0: none
  std::uint64_t events_replayed = 0;
  std::uint64_t frames_cut = 0;
};

// The state that a journal holds: its newest readable snapshot and the frames behind it. The same code starts
// an engine, serves reads after a journal has failed, and writes the next snapshot, so that each snapshot is
// a rehearsal of the recovery that it is for.
//
// Errors: errc::corrupt_data and missing_data, naming the lost sequences; capacity_exceeded if the state does
// not fit the bounds; invalid_argument if the journal is of another shard; those of the journal.
[[nodiscard]] result<recovered> recover(journal& from, const recovery_params& how);

}  // namespace seckill::inline v1
