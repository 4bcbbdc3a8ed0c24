#include "engine/frame_walk.hpp"

#include <utility>

namespace seckill::inline v1 {

std::string sequences_text(std::uint64_t first, std::uint64_t last) {
  return first == last ? std::to_string(first) : std::to_string(first) + " to " + std::to_string(last);
}

error foreign_history(std::string_view what, ledger_identity stated, ledger_identity whose) {
  std::string cure = "; restore the one that belongs to this installation";
  if (stated.fleet.is_zero() || stated.fleet == whose.fleet) {
    stated.fleet = whose.fleet = {};
    cure = "; open all journals in the order of the first open";
  }
  return make_error(errc::invalid_argument, std::string(what) + ": belongs to " + to_string(stated) +
                                                ", not to " + to_string(whose) + cure);
}

frame_walk::frame_walk(std::unique_ptr<frame_reader> reader, std::uint64_t sequence,
                       const ledger_identity& whose, std::optional<frame_link> link)
    : reader_(std::move(reader)), expected_(sequence + 1), whose_(whose), link_(link) {
  if (sequence == 0) link_ = frame_link{};
}

result<frame_walk> frame_walk::behind(journal& from, std::uint64_t sequence, const ledger_identity& whose,
                                      std::optional<frame_link> link) {
  auto reader = from.read_from(sequence + 1);
  if (!reader) return std::move(reader).error();
  return frame_walk(std::move(reader).value(), sequence, whose, link);
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
    if (decoded->header.last_sequence() < expected_ && !started_) {
      if (auto fault = pass_over(*decoded)) return *std::move(fault);
      continue;
    }
    if (auto fault = misfit(*decoded)) return *std::move(fault);
    // Whatever was damaged before lies below what was asked for.
    torn_.reset();
    started_ = true;
    follows_version_2_ = !decoded->header.is_version_1();
    expected_ = decoded->header.last_sequence() + 1;
    link_ = decoded->header.link();
    return std::optional<frame>{*decoded};
  }
}

// A frame that lies wholly below what was asked for. The one that ends right before it is what the next must follow, and
// what a snapshot that was taken there names.
std::optional<error> frame_walk::pass_over(const frame& older) {
  if (!may_belong(older.header.identity, whose_))
    return foreign_history("journal", older.header.identity, whose_);
  if (older.header.last_sequence() + 1 != expected_) return std::nullopt;
  if (link_ && *link_ != older.header.link())
    return make_error(errc::corrupt_data, "journal: the frame that ends at event " +
                                              std::to_string(older.header.last_sequence()) +
                                              " is not the one that the snapshot of this event was made of; "
                                              "restore journal and snapshots from one backup");
  link_ = older.header.link();
  follows_version_2_ = !older.header.is_version_1();
  return std::nullopt;
}

std::optional<error> frame_walk::gap(std::uint64_t first) const {
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

std::optional<error> frame_walk::misfit(const frame& next) const {
  const frame_header& head = next.header;
  if (!may_belong(head.identity, whose_)) return foreign_history("journal", head.identity, whose_);
  if (auto fault = gap(head.first_sequence)) return fault;
  const auto broken = [&](std::string why) {
    return make_error(errc::corrupt_data, "journal: the frame that starts at event " +
                                              std::to_string(head.first_sequence) + " " + std::move(why) +
                                              ": a frame was replaced; restore the journal from a backup");
  };
  if (!link_ || head.first_sequence != expected_) return std::nullopt;
  if (head.is_version_1()) {
    if (follows_version_2_) return broken("is of format 1, and the one before it is of format 2");
    return std::nullopt;
  }
  if (head.previous_checksum != link_->checksum) return broken("does not follow the one before it");
  if (head.term < link_->term) return broken("is of a term that has ended");
  return std::nullopt;
}

}  // namespace seckill::inline v1
