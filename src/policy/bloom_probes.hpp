#pragma once

#include <seckill/policy/bloom_filter.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__x86_64__)
#define SECKILL_AVX2 __attribute__((target("avx2")))
#endif

namespace seckill::inline v1 {

// One key sets one bit in each of the eight 32-bit words of its block.
struct bloom_probes {
  using block = bloom_filter::block;
  using function = bloom_filter::probe_function;

  alignas(32) static constexpr std::array<std::uint32_t, 8> salts = {
      0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

  // The bits of the two words that one 64-bit word of the block holds.
  static std::uint64_t mask(std::uint32_t hash, std::size_t word) noexcept {
    const std::uint64_t low = std::uint64_t{1} << ((hash * salts[2 * word]) >> 27U);
    const std::uint64_t high = std::uint64_t{1} << ((hash * salts[2 * word + 1]) >> 27U);
    return low | high << 32U;
  }

  static bool portable(const block& where, std::uint32_t hash) noexcept {
    for (std::size_t word = 0; word < where.words.size(); ++word) {
      const std::uint64_t wanted = mask(hash, word);
      if ((where.words[word].load(std::memory_order_relaxed) & wanted) != wanted) return false;
    }
    return true;
  }

#if defined(__x86_64__)
  // The vector load stands for four relaxed loads: the language has no word for that, and every processor
  // with AVX2 loads aligned 64-bit words whole. Hence not a race, though ThreadSanitizer would call it one.
  SECKILL_AVX2 __attribute__((no_sanitize("thread"))) static bool avx2(const block& where,
                                                                       std::uint32_t hash) noexcept {
    const __m256i salt = _mm256_load_si256(reinterpret_cast<const __m256i*>(salts.data()));
    const __m256i product = _mm256_mullo_epi32(_mm256_set1_epi32(static_cast<int>(hash)), salt);
    const __m256i wanted = _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_srli_epi32(product, 27));
    return _mm256_testc_si256(_mm256_load_si256(reinterpret_cast<const __m256i*>(&where)), wanted) != 0;
  }
#endif

  static function best() noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return &avx2;
#endif
    return &portable;
  }
};

}  // namespace seckill::inline v1
