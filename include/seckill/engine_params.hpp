#pragma once

#include <seckill/ledger_params.hpp>
#include <seckill/time_params.hpp>

#include <cstdint>

namespace seckill::inline v1 {

/// What an acknowledged answer survives.
enum class durability : std::uint8_t {
  memory = 0,   ///< nothing: answered when decided, journaled soon after
  written = 1,  ///< a crash of the process
  synced = 2,   ///< a crash of the machine
};

/// The bounds of an engine. Every shard has its own ring, batches and ledger.
struct engine_params {
  ledger_params ledger{};                    ///< of each shard; shard and shard_count are set by the engine
  durability level = durability::synced;     ///< of a submission that does not ask for another
  std::uint32_t ring_capacity = 65'536;      ///< submissions waiting, a power of two; beyond: overloaded
  std::uint32_t batch_max = 8'192;           ///< commands in one frame
  std::uint32_t batches_in_flight_max = 16;  ///< frames decided but not yet durable
  std::uint32_t expire_batch_max = 8'192;    ///< holds ended in one turn

  /// With a level below synced: the journal is synced this often all the same. It bounds what a crash of the
  /// machine can take, and how far feeds and snapshots, which see only synced events, lie behind.
  std::uint32_t sync_every_ms = 10;

  std::uint64_t snapshot_every_events = 4'000'000;  ///< 0: only on request
  std::uint32_t snapshots_kept = 2;                 ///< at least 1; the journal is trimmed behind the oldest
  /// The journal keeps at least so many of the newest events, even if no snapshot and no feed needs them, so that a
  /// consumer that is restored from an older copy can catch up. An event is some 40 bytes.
  std::uint64_t events_kept = 1'000'000;
  std::uint32_t snapshot_bytes_per_second =
      256'000'000;  ///< at most so fast, beside the traffic; 0: no bound

  time_params time{};  ///< how far the wall clock is believed
};

}  // namespace seckill::inline v1
