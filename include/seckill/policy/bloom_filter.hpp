#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace seckill::inline v1 {

struct bloom_filter_params {
  std::uint64_t keys_max =
      1'000'000;  ///< keys for which the rate below holds; more are taken, at a worse rate
  double false_positive_rate = 0.01;  ///< above 0, below 1
};

/// A growing set of keys that answers "certainly not" or "probably". Keys are given by key_hash().
///
/// Guarantees: what was inserted is contained, for every thread to which the insertion is visible; another
/// key is contained with the probability false_positive_rate(). It cannot forget: build a new one and swap it
/// (swap_cell). Threads: any, all members; insert() is lock-free and needs no other synchronisation. Errors:
/// constructor throws std::invalid_argument naming the parameter, or std::bad_alloc. Source: split-block
/// Bloom filter, bit-compatible with Apache Parquet's (parquet-format, BloomFilter.md); after Putze, Sanders
/// and Singler, "Cache-, hash- and space-efficient Bloom filters" (2007).
class SECKILL_EXPORT bloom_filter {
 public:
  explicit bloom_filter(const bloom_filter_params& params);

  void insert(std::uint64_t hash) noexcept;
  [[nodiscard]] bool contains(std::uint64_t hash) const noexcept {
    return probe_(blocks_[index_of(hash)], static_cast<std::uint32_t>(hash));
  }
  /// Many at once, overlapping their cache misses: as many as both spans have.
  void contains(std::span<const std::uint64_t> hashes, std::span<bool> found) const noexcept;
  /// Starts loading what insert() or contains() of this hash will need.
  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&blocks_[index_of(hash)]); }

  [[nodiscard]] std::uint64_t block_count() const noexcept { return block_count_; }
  /// In theory, with so many distinct keys inserted.
  [[nodiscard]] double false_positive_rate(std::uint64_t keys) const noexcept;

  /// The bits as Parquet stores them, without its header.
  [[nodiscard]] std::vector<std::byte> bitset() const;
  /// Errors: errc::corrupt_data if the size is not a multiple of 32 bytes, or zero.
  [[nodiscard]] static result<bloom_filter> from_bitset(std::span<const std::byte> bits);

  /// An image with version and checksum, for disks and wires. What is inserted meanwhile may be in it or not.
  [[nodiscard]] std::vector<std::byte> save() const;
  /// Errors: errc::corrupt_data, errc::version_unsupported.
  [[nodiscard]] static result<bloom_filter> load(std::span<const std::byte> image);

 private:
  static constexpr std::size_t block_bytes = 32;
  struct alignas(block_bytes) block {
    std::array<std::atomic<std::uint64_t>, 4> words;
  };
  using probe_function = bool (*)(const block&, std::uint32_t) noexcept;

  explicit bloom_filter(std::uint64_t block_count);
  [[nodiscard]] std::uint64_t index_of(std::uint64_t hash) const noexcept {
    return ((hash >> 32U) * block_count_) >> 32U;
  }

  std::uint64_t block_count_;
  std::unique_ptr<block[]> blocks_;
  probe_function probe_;

  friend struct bloom_probes;
};

}  // namespace seckill::inline v1
