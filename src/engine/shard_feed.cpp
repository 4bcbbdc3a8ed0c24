#include "engine/shard_feed.hpp"

#include <algorithm>

namespace seckill::inline v1 {

result<void> shard_feed::poll(std::vector<event>& into, std::size_t count_max) {
  std::size_t count = 0;
  while (count < count_max) {
    auto more = advance();
    if (!more) {
      // Whatever it was, the next poll starts anew behind what was delivered.
      events_.reset();
      walk_.reset();
      return std::move(more).error();
    }
    if (!*more) return {};
    event next;
    if (auto read = events_->next(next); !read) {
      events_.reset();
      walk_.reset();
      return read;
    }
    if (next.sequence <= delivered_) continue;
    delivered_ = next.sequence;
    into.push_back(std::move(next));
    ++count;
  }
  return {};
}

result<bool> shard_feed::advance() {
  if (events_ && !events_->done()) return true;
  events_.reset();
  const std::uint64_t synced = journaled_.synced();
  if (delivered_ >= synced) return false;
  if (!walk_) {
    auto walk = frame_walk::behind(journal_, delivered_, whose_);
    if (!walk) return std::move(walk).error();
    walk_.emplace(std::move(walk).value());
  }
  auto next = walk_->next();
  if (!next) return std::move(next).error();
  if (!next->has_value()) {
    const std::string why = walk_->torn() ? walk_->torn()->why : "not there";
    return make_error(
        walk_->torn() ? errc::corrupt_data : errc::missing_data,
        "journal: events " + sequences_text(delivered_ + 1, synced) + " cannot be read: " + why);
  }
  events_.emplace((*next)->events());
  return true;
}

result<void> shard_feed::commit(std::uint64_t sequence) {
  if (sequence < cursor_ || sequence > delivered_)
    return make_error(errc::invalid_argument, "feed " + name_ + ": commit(" + std::to_string(sequence) +
                                                  ") must be between the cursor, " + std::to_string(cursor_) +
                                                  ", and the last event delivered, " +
                                                  std::to_string(delivered_));
  if (auto saved = journal_.save_cursor(name_, sequence); !saved) return saved;
  cursor_ = sequence;
  return {};
}

namespace {

// The last event before the oldest one that is stored.
result<std::uint64_t> start_of(journal& in) {
  auto reader = in.read_from(0);
  if (!reader) return std::move(reader).error();
  auto oldest = (*reader)->next();
  if (!oldest) return std::move(oldest).error();
  return oldest->has_value() ? (*oldest)->first_sequence - 1 : 0;
}

}  // namespace

result<std::uint64_t> open_cursor(journal& in, const std::string& name) {
  const auto saved = in.cursors();
  if (!saved) return saved.error();
  const auto known = std::ranges::find(*saved, name, &journal_cursor::name);
  if (known != saved->end()) return known->sequence;

  const auto start = start_of(in);
  if (!start) return start;
  if (auto stored = in.save_cursor(name, *start); !stored) return std::move(stored).error();
  return start;
}

result<void> rewind_cursor(journal& in, const std::string& name, std::uint64_t sequence) {
  const auto cursor = open_cursor(in, name);
  if (!cursor) return cursor.error();
  if (*cursor <= sequence) return {};
  const auto start = start_of(in);
  if (!start) return start.error();
  if (sequence < *start)
    return make_error(errc::missing_data, "journal: events " + sequences_text(sequence + 1, *start) +
                                              " are no longer stored; the oldest is " +
                                              std::to_string(*start + 1));
  return in.save_cursor(name, sequence);
}

}  // namespace seckill::inline v1
