#include "engine/seen_filter.hpp"

namespace seckill::inline v1 {
namespace {

// A reservation counts twice: its request and its buyer.
std::uint64_t known_keys_max(const ledger_params& bounds) {
  return 2 * (std::uint64_t{bounds.stock_max} + bounds.remembered_max) + bounds.tombstones_max +
         bounds.operator_requests_max;
}

// Records whose words are on their way while those of one are changed.
constexpr std::size_t prefetch_ahead = 16;

}  // namespace

seen_filter::seen_filter(const ledger_params& bounds)
    : seed_(bounds.hash_seed | 1U),
      keys_max_(2 * known_keys_max(bounds)),
      filters_{bloom_filter(keys_max_), bloom_filter(keys_max_)} {
  piece_.reserve(step_records);
}

void seen_filter::insert_all(const ledger& known) {
  std::size_t position = 0;
  do {
    piece_.clear();
    position = known.known_requests(position, step_records, piece_);
    inserted_ += insert_piece(filters_[current()]);
    if (phase_ == phase::filling) refilled_ += insert_piece(filters_[current() ^ 1U]);
  } while (position != 0);
}

// Inserts the records of the piece, and returns how many keys that were.
std::size_t seen_filter::insert_piece(bloom_filter& into) const noexcept {
  std::size_t keys = 0;
  const auto for_each_key = [&](std::size_t i, auto&& visit) {
    const known_request& each = piece_[i];
    visit(hash(each.request));
    if (to_integer(each.buyer) != 0) visit(hash(each.sale, each.buyer));
  };
  for (std::size_t i = 0; i < piece_.size(); ++i) {
    if (i + prefetch_ahead < piece_.size())
      for_each_key(i + prefetch_ahead, [&](std::uint64_t hash) { into.prefetch(hash); });
    for_each_key(i, [&](std::uint64_t hash) {
      into.insert(hash);
      ++keys;
    });
  }
  return keys;
}

void seen_filter::maintain(const ledger& known) noexcept {
  if (phase_ == phase::steady && inserted_ < keys_max_) {
    inserted_before_ = inserted_;
    return;
  }
  // At least two records for each that came meanwhile: the rebuild ends, and long before the filter is twice
  // as full.
  const std::uint64_t pieces = 1 + 2 * (inserted_ - inserted_before_) / step_records;
  inserted_before_ = inserted_;
  for (std::uint64_t i = 0; i < pieces; ++i) {
    switch (phase_) {
      case phase::steady:
        if (i > 0) return;  // a rebuild has just ended
        phase_ = phase::clearing;
        position_ = 0;
        break;
      case phase::clearing:
        clear_some();
        break;
      case phase::filling:
        fill_some(known);
        break;
    }
  }
}

void seen_filter::clear_some() {
  bloom_filter& next = filters_[current() ^ 1U];
  const bool used_before = generation() > 0;
  if (used_before) next.clear_words(position_, step_records * 8);
  position_ += step_records * 8;
  if (used_before && position_ < next.size_words()) return;
  phase_ = phase::filling;
  position_ = 0;
  refilled_ = 0;
}

void seen_filter::fill_some(const ledger& known) {
  bloom_filter& next = filters_[current() ^ 1U];
  piece_.clear();
  position_ = known.known_requests(position_, step_records, piece_);
  refilled_ += insert_piece(next);
  if (position_ != 0) return;
  // Release: who sees the new generation sees the filter's words.
  generation_.fetch_add(1, std::memory_order_release);
  inserted_ = inserted_before_ = refilled_;
  phase_ = phase::steady;
}

}  // namespace seckill::inline v1
