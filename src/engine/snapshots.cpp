#include "engine/snapshots.hpp"

#include "engine/recovery.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace seckill::inline v1 {
namespace {

// Passes chunks on no faster than so many bytes per second, so that the journal's own writes find the disk free.
class paced_sink final : public snapshot_sink {
 public:
  paced_sink(snapshot_sink& to, std::uint64_t bytes_per_second, const std::atomic<bool>& cancelled)
      : to_(to), bytes_per_second_(bytes_per_second), cancelled_(cancelled) {}

  result<void> write(std::span<const std::byte> chunk) override {
    if (cancelled_.load(std::memory_order_relaxed)) return make_error(errc::unavailable, "engine: stopping");
    if (auto written = to_.write(chunk); !written) return written;
    if (bytes_per_second_ > 0)
      std::this_thread::sleep_for(
          std::chrono::nanoseconds(chunk.size() * 1'000'000'000U / bytes_per_second_));
    return {};
  }

 private:
  snapshot_sink& to_;
  std::uint64_t bytes_per_second_;
  const std::atomic<bool>& cancelled_;
};

result<void> drop_oldest(journal& of, std::size_t kept) {
  const auto stored = of.snapshots();
  if (!stored) return stored.error();
  for (std::size_t i = kept; i < stored->size(); ++i)
    if (auto dropped = of.drop_snapshot((*stored)[i]); !dropped) return dropped;
  return {};
}

}  // namespace

result<void> write_snapshot(journal& of, const engine_params& params, const fleet_id& fleet,
                            std::uint64_t sequence, const std::atomic<bool>& cancelled) {
  const auto stored = of.snapshots();
  if (!stored) return stored.error();
  if (sequence == 0 || (!stored->empty() && stored->front() >= sequence)) return {};

  ledger_params bounds = params.ledger;
  bounds.touch_memory = false;  // it lives for this snapshot only, and takes what the state needs
  auto state = recover(of, {.bounds = bounds, .fleet = fleet, .up_to = sequence, .cancelled = &cancelled});
  if (!state) return std::move(state).error();
  auto writer = of.write_snapshot(sequence);
  if (!writer) return std::move(writer).error();
  paced_sink sink(**writer, params.snapshot_bytes_per_second, cancelled);
  if (auto saved = state->state.save(sink, stamp_of(*state, fleet)); !saved) return saved;
  if (auto committed = (*writer)->commit(); !committed) return committed;
  return drop_oldest(of, params.snapshots_kept);
}

result<void> trim_behind_snapshots(journal& of, const engine_params& params) {
  const auto stored = of.snapshots();
  if (!stored) return stored.error();
  if (stored->size() < params.snapshots_kept || stored->front() <= params.events_kept) return {};
  const auto cursors = of.cursors();
  if (!cursors) return cursors.error();
  std::uint64_t done_with = std::min(stored->back(), stored->front() - params.events_kept);
  for (const journal_cursor& each : *cursors) done_with = std::min(done_with, each.sequence);
  return of.trim(done_with + 1);
}

}  // namespace seckill::inline v1
