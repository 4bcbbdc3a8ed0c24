#pragma once

#include "ledger/huge_array.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1 {

// A set of 64-bit hashes that may claim to contain what it does not, and never the reverse. One thread
// inserts and clears, any thread asks. An element has eight bits, all in one half of a cache line.
//
// At the number of keys that it was made for, about 1 % of absent keys are claimed; at half of it 0.05 %.
// Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007), blocked variant
// with multiplicative hashing within the block.
//
// Memory orders: words are stored with release and loaded with acquire, which costs nothing on x86. So
// whoever sees a word of a cleared filter sees what the clearing thread did before; seen_filter needs that.
class blocked_bloom_filter {
 public:
  static constexpr std::size_t bits_per_key = 10;

  // Memory is touched as it is used.
  explicit blocked_bloom_filter(std::size_t keys_max)
      : blocks_(std::max<std::size_t>(1, keys_max * bits_per_key / block_bits + 1)),
        words_(blocks_ * block_words) {}

  // Takes all the memory now. REQUIRES: nothing was inserted yet.
  void touch() noexcept { words_.touch(); }

  // --- by one thread ---
  void insert(std::uint64_t hash) noexcept {
    const std::size_t first = first_word(hash);
    for (std::size_t i = 0; i < block_words; ++i) {
      const std::atomic_ref word(words_[first + i]);
      // No other thread stores: no read-modify-write needed.
      word.store(word.load(std::memory_order_relaxed) | mask(hash, i), std::memory_order_release);
    }
  }
  void prefetch(std::uint64_t hash) const noexcept { words_.prefetch(first_word(hash)); }

  [[nodiscard]] std::size_t size_words() const noexcept { return words_.size(); }
  void clear_words(std::size_t from, std::size_t count) noexcept {
    for (std::size_t i = from; i < std::min(from + count, words_.size()); ++i)
      std::atomic_ref(words_[i]).store(0, std::memory_order_release);
  }

  // --- by any thread ---
  [[nodiscard]] bool may_contain(std::uint64_t hash) const noexcept {
    const std::size_t first = first_word(hash);
    for (std::size_t i = 0; i < block_words; ++i) {
      const std::uint64_t wanted = mask(hash, i);
      // atomic_ref of a const type does not exist yet; loading does not change the word.
      const std::atomic_ref word(const_cast<std::uint64_t&>(words_[first + i]));
      if ((word.load(std::memory_order_acquire) & wanted) != wanted) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t block_words = 4;
  static constexpr std::size_t block_bits = block_words * 64;

  [[nodiscard]] std::size_t first_word(std::uint64_t hash) const noexcept {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::size_t>(static_cast<wide>(hash) * blocks_ >> 64U) * block_words;
  }
  // Two bits, one in each half of the word. The block comes from the high bits of the hash, these from
  // products with its low ones; any odd numbers do.
  [[nodiscard]] static std::uint64_t mask(std::uint64_t hash, std::size_t word) noexcept {
    constexpr std::array<std::uint64_t, block_words> odd{0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f,
                                                         0xd6e8feb86659fd93, 0xa0761d6478bd642f};
    const std::uint64_t product = (hash & 0xffffffffU) * odd[word];
    return std::uint64_t{1} << (product >> 59U) | std::uint64_t{1} << (32 + (product >> 45U & 31U));
  }

  std::uint64_t blocks_;
  huge_array<std::uint64_t> words_;
};

}  // namespace seckill::inline v1
