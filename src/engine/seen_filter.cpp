#include "engine/seen_filter.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

namespace seckill::inline v1 {
namespace {

// A reservation counts twice: its request and its buyer.
std::uint64_t known_keys_max(const ledger_params& bounds) {
  return 2 * (std::uint64_t{bounds.stock_max} + bounds.remembered_max) + bounds.tombstones_max +
         bounds.operator_requests_max;
}

// Keys whose words are on their way while those of one are changed.
constexpr std::size_t prefetch_ahead = 32;

// Of a filter, as its keys are sorted: those of a part lie on few pages.
constexpr unsigned part_bits = 8;
constexpr std::size_t parts = std::size_t{1} << part_bits;

std::size_t part_of(std::uint64_t hash) noexcept { return hash >> (64 - part_bits); }

// By part, and no further. `sorted` is of the same size.
void sort_by_part(std::span<const std::uint64_t> keys, std::span<std::uint64_t> sorted) noexcept {
  std::array<std::uint32_t, parts + 1> next{};
  for (const std::uint64_t key : keys) ++next[part_of(key) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  for (const std::uint64_t key : keys) sorted[next[part_of(key)]++] = key;
}

}  // namespace

seen_filter::seen_filter(const ledger_params& bounds)
    : seed_(bounds.hash_seed | 1U),
      keys_max_(2 * known_keys_max(bounds)),
      filters_{blocked_bloom_filter(keys_max_), blocked_bloom_filter(keys_max_)} {
  reserve_piece(step_records);
  if (!bounds.touch_memory) return;
  for (blocked_bloom_filter& each : filters_) each.touch();
}

void seen_filter::reserve_piece(std::size_t records) {
  piece_ = {};
  piece_.reserve(records);
  keys_ = std::vector<std::uint64_t>(2 * records);
  sorted_ = std::vector<std::uint64_t>(2 * records);
}

void seen_filter::insert_all(const ledger& known) {
  reserve_piece(first_step_records);
  std::size_t position = 0;
  do {
    piece_.clear();
    position = known.known_requests(position, first_step_records, piece_);
    inserted_ += insert_piece(filters_[current()]);
    if (phase_ == phase::filling) refilled_ += insert_piece(filters_[current() ^ 1U]);
  } while (position != 0);
  reserve_piece(step_records);
}

// Inserts the records of the piece, and returns how many keys that were. In the order of the filter's memory: where pages
// are met in no order, finding them takes longer than fetching the lines.
std::size_t seen_filter::insert_piece(blocked_bloom_filter& into) noexcept {
  std::size_t count = 0;
  for (const known_request& each : piece_) {
    keys_[count++] = hash(each.request);
    if (to_integer(each.buyer) != 0) keys_[count++] = hash(each.sale, each.buyer);
  }
  const auto sorted = std::span(sorted_).first(count);
  sort_by_part(std::span(keys_).first(count), sorted);
  for (std::size_t i = 0; i < count; ++i) {
    into.prefetch(sorted[std::min(i + prefetch_ahead, count - 1)]);
    into.insert(sorted[i]);
  }
  return count;
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
  blocked_bloom_filter& next = filters_[current() ^ 1U];
  const bool used_before = generation() > 0;
  if (used_before) next.clear_words(position_, step_records * 8);
  position_ += step_records * 8;
  if (used_before && position_ < next.size_words()) return;
  phase_ = phase::filling;
  position_ = 0;
  refilled_ = 0;
}

void seen_filter::fill_some(const ledger& known) {
  blocked_bloom_filter& next = filters_[current() ^ 1U];
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
