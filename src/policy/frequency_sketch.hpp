#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

// How often a hash was added, roughly and up to 15, of late: a count-min sketch of four rows whose counters are
// halved now and then. The four counters of a hash lie in one cache line. Source: Einziger, Friedman and Manes,
// "TinyLFU: A Highly Efficient Cache Admission Policy", ACM TOS 13(4), 2017.
class frequency_sketch {
 public:
  static constexpr unsigned count_max = 15;

  // 16 to 32 bytes a key.
  explicit frequency_sketch(std::uint64_t keys)
      : blocks_(std::bit_ceil((std::max<std::uint64_t>(keys, 1) * words_per_key + words - 1) / words)) {}

  [[nodiscard]] unsigned estimate(std::uint64_t hash) const noexcept {
    const block& where = blocks_[index_of(hash)];
    unsigned least = count_max;
    for (std::size_t row = 0; row < rows; ++row) {
      const place at = place_of(hash, row);
      least = std::min(least, static_cast<unsigned>(where[at.word] >> at.shift) & count_max);
    }
    return least;
  }

  void add(std::uint64_t hash) noexcept {
    block& where = blocks_[index_of(hash)];
    bool added = false;
    for (std::size_t row = 0; row < rows; ++row) {
      const place at = place_of(hash, row);
      if ((where[at.word] >> at.shift & count_max) == count_max) continue;
      where[at.word] += std::uint64_t{1} << at.shift;
      added = true;
    }
    additions_ += added ? 1 : 0;
  }

  // Since the beginning, as if those before the last halving had been half as many.
  [[nodiscard]] std::uint64_t additions() const noexcept { return additions_; }

  void halve() noexcept {
    for (block& each : blocks_)
      for (std::uint64_t& word : each) word = word >> 1U & 0x7777777777777777;
    additions_ /= 2;
  }

 private:
  static constexpr std::size_t words = 8;
  static constexpr std::size_t words_per_key = 2;
  static constexpr std::size_t rows = 4;

  struct alignas(64) block : std::array<std::uint64_t, words> {};
  struct place {
    std::size_t word;
    unsigned shift;
  };

  [[nodiscard]] std::size_t index_of(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(hash >> 32U) & (blocks_.size() - 1);
  }
  // Each row has two words of its own; eight bits of the hash choose one and a counter in it.
  static place place_of(std::uint64_t hash, std::size_t row) noexcept {
    const std::uint64_t bits = hash >> (8 * row);
    return {2 * row + (bits & 1U), static_cast<unsigned>(bits >> 1U & 15U) * 4};
  }

  std::vector<block> blocks_;
  std::uint64_t additions_ = 0;
};

}  // namespace seckill::inline v1
