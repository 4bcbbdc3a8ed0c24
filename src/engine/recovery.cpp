#include "engine/recovery.hpp"

#include <array>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace seckill::inline v1 {
namespace {

struct base {
  std::optional<ledger> state;
  snapshot_stamp stamp;
  std::uint64_t sequence = 0;
  std::vector<std::uint64_t> unreadable;  // newer snapshots, which cannot be used
  std::string why;                        // the newest of them cannot
};

ledger_identity identity_of(const recovery_params& how) {
  return {how.fleet, how.bounds.shard, how.bounds.shard_count};
}

result<ledger> empty_ledger(const ledger_params& bounds) {
  try {
    return ledger(bounds);
  } catch (const std::invalid_argument& wrong) {
    return make_error(errc::invalid_argument, wrong.what());
  } catch (const std::bad_alloc&) {
    return make_error(errc::capacity_exceeded, "ledger_params: not enough memory for these bounds");
  }
}

result<ledger> load_snapshot(journal& from, std::uint64_t sequence, const recovery_params& how,
                             snapshot_stamp& stamp) {
  auto source = from.read_snapshot(sequence);
  if (!source) return std::move(source).error();
  auto loaded = ledger::load(how.bounds, **source, &stamp);
  if (loaded && loaded->last_sequence() != sequence)
    return make_error(errc::corrupt_data, "snapshot: is of event " + std::to_string(loaded->last_sequence()));
  if (loaded && !may_belong(stamp.identity, identity_of(how)))
    return foreign_history("snapshot", stamp.identity, identity_of(how));
  return loaded;
}

// Damaged or gone, as opposed to: good, but not to be used so.
bool is_unreadable(const error& why) { return why.code == errc::corrupt_data || why.code == errc::not_found; }

result<base> find_base(journal& from, const recovery_params& how) {
  const auto stored = from.snapshots();
  if (!stored) return stored.error();
  base found;
  for (const std::uint64_t sequence : *stored) {
    if (sequence > how.up_to) continue;
    auto loaded = load_snapshot(from, sequence, how, found.stamp);
    if (loaded) {
      found.state.emplace(std::move(loaded).value());
      found.sequence = sequence;
      return found;
    }
    if (!is_unreadable(loaded.error())) return std::move(loaded).error();
    if (found.unreadable.empty())
      found.why = "snapshot " + std::to_string(sequence) + " cannot be used: " + loaded.error().text;
    found.unreadable.push_back(sequence);
  }
  found.stamp = {};
  auto empty = empty_ledger(how.bounds);
  if (!empty) return std::move(empty).error();
  found.state.emplace(std::move(empty).value());
  return found;
}

// Decodes events in groups, so that the memory of a group is on its way together: see ledger::prefetch().
result<void> replay_frame(const frame& stored, ledger& onto) {
  event_reader events = stored.events();
  std::array<event, 16> group;
  while (!events.done()) {
    std::size_t count = 0;
    result<void> read;
    for (; count < group.size() && !events.done(); ++count) {
      read = events.next(group[count]);
      if (!read) break;
      onto.prefetch(group[count]);
    }
    for (const event& fact : std::span(group).first(count)) {
      if (fact.sequence <= onto.last_sequence()) continue;
      if (auto applied = onto.apply(fact); !applied) return applied;
    }
    if (!read) return read;
  }
  return {};
}

// Nobody may have seen more than what is left.
std::optional<error> loss(journal& from, std::uint64_t last) {
  const auto told = [&](const std::string& who, std::uint64_t sequence) {
    return make_error(errc::missing_data, "journal: ends at event " + std::to_string(last) + ", but " + who +
                                              " has seen event " + std::to_string(sequence) +
                                              "; restore the journal from a backup");
  };
  const auto stored = from.snapshots();
  if (!stored) return stored.error();
  for (const std::uint64_t sequence : *stored)
    if (sequence > last) return told("a snapshot", sequence);
  const auto cursors = from.cursors();
  if (!cursors) return cursors.error();
  for (const journal_cursor& each : *cursors)
    if (each.sequence > last) return told("the feed " + each.name, each.sequence);
  return std::nullopt;
}

std::optional<error> too_torn(const std::optional<torn_tail>& torn, std::size_t frames_max) {
  // One append can be torn, and it has at most so many frames; more damage is not the mark of a crash.
  if (!torn || torn->frames <= frames_max) return std::nullopt;
  return make_error(errc::corrupt_data, "journal: its last " + std::to_string(torn->frames) +
                                            " frames, from event " + std::to_string(torn->first_sequence) +
                                            " on, are damaged (" + torn->why +
                                            "); restore the journal from a backup");
}

error with_snapshot_fault(error failed, const base& found) {
  if (!found.why.empty()) failed.text += " (" + found.why + ")";
  return failed;
}

// Replays what the walk finds, up to the end that was asked for; the time of the last frame's writer.
result<time_ms> replay(frame_walk& walk, const recovery_params& how, base& onto) {
  time_ms wall_ms = onto.stamp.wall_ms;
  while (walk.expected() <= how.up_to) {
    if (how.cancelled != nullptr && how.cancelled->load(std::memory_order_relaxed))
      return make_error(errc::unavailable, "engine: stopping");
    const auto next = walk.next();
    if (!next) return with_snapshot_fault(next.error(), onto);
    if (!next->has_value() || (*next)->header.first_sequence > how.up_to) break;
    wall_ms = (*next)->header.wall_ms;
    if (auto replayed = replay_frame(**next, *onto.state); !replayed) return std::move(replayed).error();
  }
  return wall_ms;
}

}  // namespace

result<recovered> recover(journal& from, const recovery_params& how) {
  auto found = find_base(from, how);
  if (!found) return std::move(found).error();
  std::optional<frame_link> link;
  if (found->sequence > 0 && !found->stamp.identity.fleet.is_zero()) link = found->stamp.last;
  auto walk = frame_walk::behind(from, found->sequence, identity_of(how), link);
  if (!walk) return std::move(walk).error();
  const auto wall_ms = replay(*walk, how, *found);
  if (!wall_ms) return wall_ms.error();

  const std::uint64_t last = found->state->last_sequence();
  constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  if (how.up_to != all && last != how.up_to)
    return make_error(errc::missing_data, "journal: ends at event " + std::to_string(last) +
                                              ", before event " + std::to_string(how.up_to));
  if (how.to_append) {
    if (auto lost = loss(from, last)) return *std::move(lost);
    if (auto torn = too_torn(walk->torn(), how.torn_frames_max)) return *std::move(torn);
  }
  return recovered{*std::move(found->state),
                   found->sequence,
                   last - found->sequence,
                   walk->link().value_or(frame_link{}),
                   *wall_ms,
                   walk->torn(),
                   std::move(found->unreadable)};
}

result<void> repair(journal& of, const recovered& found) {
  if (found.torn)
    if (auto cut = of.cut(found.torn->first_sequence); !cut) return cut;
  for (const std::uint64_t sequence : found.unreadable_snapshots)
    if (auto dropped = of.drop_snapshot(sequence); !dropped) return dropped;
  return {};
}

snapshot_stamp stamp_of(const recovered& found, const fleet_id& fleet) {
  const ledger_params& bounds = found.state.params();
  return {{fleet, bounds.shard, bounds.shard_count}, found.last, found.state.now_ms(), found.wall_ms};
}

}  // namespace seckill::inline v1
