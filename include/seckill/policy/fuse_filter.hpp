#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/hash.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// A frozen set of keys that answers "certainly not" or "probably": smaller and with fewer false positives
/// than a Bloom filter, but nothing can be added. Keys are given by key_hash().
///
/// Guarantees: the keys it was built of are contained; another key is contained with a probability of 1/256.
/// It takes 9.0 bits a key at 10^6 keys and above, a few more below. Threads: any number of readers. Source:
/// 3-wise binary fuse filter, Graf and Lemire, "Binary fuse filters: fast and smaller than xor filters", ACM
/// JEA 27 (2022).
class SECKILL_EXPORT fuse_filter {
 public:
  static constexpr double false_positive_rate = 1.0 / 256.0;
  static constexpr std::size_t keys_max = 1'000'000'000;

  /// Contains nothing.
  fuse_filter() : fuse_filter(0) {}

  /// Repeated hashes count once. Takes about 100 ns and 30 bytes of passing memory a key.
  /// Errors: errc::capacity_exceeded above keys_max.
  [[nodiscard]] static result<fuse_filter> build(std::span<const std::uint64_t> hashes);

  [[nodiscard]] bool contains(std::uint64_t hash) const noexcept {
    const std::uint64_t mixed = mixed_of(hash);
    const cells at = cells_of(mixed);
    return (fingerprint_of(mixed) ^ cells_[at.first] ^ cells_[at.second] ^ cells_[at.third]) == 0 &&
           size_ != 0;
  }
  /// Starts loading what contains() of this hash will need.
  void prefetch(std::uint64_t hash) const noexcept {
    const cells at = cells_of(mixed_of(hash));
    __builtin_prefetch(&cells_[at.first]);
    __builtin_prefetch(&cells_[at.second]);
    __builtin_prefetch(&cells_[at.third]);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }  ///< distinct keys
  [[nodiscard]] std::size_t bytes() const noexcept { return cells_.size(); }

  /// An image with version and checksum, for disks and wires.
  [[nodiscard]] std::vector<std::byte> save() const;
  /// Errors: errc::corrupt_data, errc::version_unsupported.
  [[nodiscard]] static result<fuse_filter> load(std::span<const std::byte> image);

 private:
  static constexpr std::uint64_t multiplier = 0x9FB21C651E98DF25;  // odd, half of its bits set

  struct cells {
    std::uint32_t first;
    std::uint32_t second;
    std::uint32_t third;
  };

  explicit fuse_filter(std::size_t size);

  [[nodiscard]] std::uint64_t mixed_of(std::uint64_t hash) const noexcept {
    return mix(hash ^ seed_, multiplier);
  }

  // One cell in each of three successive segments.
  [[nodiscard]] cells cells_of(std::uint64_t mixed) const noexcept {
    const auto first = static_cast<std::uint32_t>(((mixed >> 32U) * first_cells_) >> 32U);
    const std::uint32_t segment = segment_mask_ + 1;
    return {first, (first + segment) ^ (static_cast<std::uint32_t>(mixed >> 18U) & segment_mask_),
            (first + 2 * segment) ^ (static_cast<std::uint32_t>(mixed) & segment_mask_)};
  }
  [[nodiscard]] static std::uint8_t fingerprint_of(std::uint64_t mixed) noexcept {
    return static_cast<std::uint8_t>((mixed * multiplier) >> 56U);
  }
  void mix_distinct(std::span<const std::uint64_t> hashes, std::vector<std::uint64_t>& mixed) const;
  [[nodiscard]] bool fill(std::span<const std::uint64_t> mixed);

  std::size_t size_;
  std::uint64_t seed_ = 0;
  std::uint32_t segment_mask_;  // a segment's length, a power of two, less one
  std::uint32_t first_cells_;   // how many cells can be a key's first
  std::vector<std::uint8_t> cells_;
};

}  // namespace seckill::inline v1
