#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace seckill::crowd {

void histogram::record(std::uint64_t value_ns) noexcept {
  ++buckets_[bucket_of(std::min(value_ns, value_max_ns))];
  ++count_;
  max_ns_ = std::max(max_ns_, value_ns);
}

void histogram::add(const histogram& other) noexcept {
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

std::uint64_t histogram::at(quantile share) const noexcept {
  if (count_ == 0) return 0;
  constexpr std::uint64_t whole = 100'000;
  const std::uint64_t wanted = (count_ * static_cast<std::uint64_t>(share) + whole - 1) / whole;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(upper_end(i), max_ns_);
  }
  return max_ns_;
}

// The first 2 * parts values have a bucket each; after that, every power of two has `parts` buckets.
std::size_t histogram::bucket_of(std::uint64_t value_ns) noexcept {
  assert(value_ns <= value_max_ns);
  const auto width = static_cast<unsigned>(std::bit_width(value_ns));
  const unsigned shift = width > part_bits + 1 ? width - part_bits - 1 : 0;
  return shift * parts + static_cast<std::size_t>(value_ns >> shift);
}

std::uint64_t histogram::upper_end(std::size_t bucket) noexcept {
  if (bucket < 2 * parts) return bucket;
  const std::size_t shift = bucket / parts - 1;
  const std::uint64_t part = bucket - shift * parts;
  return ((part + 1) << shift) - 1;
}

}  // namespace seckill::crowd
