#include "engine/frame_walk.hpp"

namespace seckill::inline v1 {

std::string sequences_text(std::uint64_t first, std::uint64_t last) {
  return first == last ? std::to_string(first) : std::to_string(first) + " to " + std::to_string(last);
}

result<frame_walk> frame_walk::behind(journal& from, std::uint64_t sequence, frame_origin origin) {
  auto reader = from.read_from(sequence + 1);
  if (!reader) return std::move(reader).error();
  return frame_walk(std::move(reader).value(), sequence, origin);
}

result<std::optional<frame>> frame_walk::next() {
  while (true) {
    auto stored = reader_->next();
    if (!stored) return std::move(stored).error();
    if (!stored->has_value()) return std::optional<frame>{};

    auto decoded = decode_frame((*stored)->bytes);
    if (!decoded && decoded.error().code != errc::corrupt_data) return std::move(decoded).error();
    if (!decoded || decoded->header.first_sequence != (*stored)->first_sequence) {
      if (!torn_)
        torn_ =
            torn_tail{(*stored)->first_sequence, 0, decoded ? "is in another's place" : decoded.error().text};
      ++torn_->frames;
      continue;
    }
    if (decoded->header.last_sequence() < expected_ && !started_) continue;
    if (auto fault = misfit(*decoded)) return *std::move(fault);
    // Whatever was damaged before lies below what was asked for.
    torn_.reset();
    started_ = true;
    expected_ = decoded->header.last_sequence() + 1;
    return std::optional<frame>{*decoded};
  }
}

std::optional<error> frame_walk::misfit(const frame& next) const {
  const std::uint64_t first = next.header.first_sequence;
  if (next.header.origin != origin_)
    return make_error(errc::invalid_argument,
                      "journal: belongs to shard " + std::to_string(next.header.origin.shard) + " of " +
                          std::to_string(next.header.origin.shard_count) + ", not to shard " +
                          std::to_string(origin_.shard) + " of " + std::to_string(origin_.shard_count) +
                          "; open all journals in the order of the first open");
  if (first > expected_ && torn_)
    return make_error(errc::corrupt_data, "journal: events " + sequences_text(expected_, first - 1) +
                                              " are damaged and later ones are not (" + torn_->why +
                                              "); restore the journal from a backup");
  if (first > expected_)
    return make_error(errc::missing_data, "journal: events " + sequences_text(expected_, first - 1) +
                                              " are missing; restore the journal from a backup");
  if (first < expected_ && started_)
    return make_error(errc::corrupt_data, "journal: event " + std::to_string(first) + " is stored twice");
  return std::nullopt;
}

}  // namespace seckill::inline v1
