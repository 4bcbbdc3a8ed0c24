#pragma once

#include <seckill/engine_params.hpp>
#include <seckill/ledger_identity.hpp>
#include <seckill/ports/journal.hpp>

#include <atomic>
#include <cstdint>

namespace seckill::inline v1 {

// Writes a snapshot of the state at `sequence`, the last of a synced frame, unless there is one: recovers that state
// from the journal into a ledger of its own, so that the one at work does not notice, and saves it, no faster than the
// params allow. Then drops snapshots beyond the number kept.
//
// Threads: one at a time for a journal, beside everything else. `cancelled` ends it early with errc::unavailable.
[[nodiscard]] result<void> write_snapshot(journal& of, const engine_params& params, const fleet_id& fleet,
                                          std::uint64_t sequence, const std::atomic<bool>& cancelled);

// Removes the frames that neither the oldest kept snapshot nor any feed needs and that end more than
// engine_params::events_kept before the newest snapshot; none before there are as many snapshots as are to be kept, for
// an older one needs them if the newer cannot be read. No feed may be opened meanwhile.
[[nodiscard]] result<void> trim_behind_snapshots(journal& of, const engine_params& params);

}  // namespace seckill::inline v1
