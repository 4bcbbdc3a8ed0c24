#include "policy/bloom_probes.hpp"
#include "policy/filter_image.hpp"
#include <seckill/policy/bloom_filter.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

constexpr std::string_view image_name = "seckilSB";
constexpr std::uint64_t block_count_max = std::uint64_t{1} << 31U;  // 64 GiB

static_assert(std::endian::native == std::endian::little, "Parquet's words are little endian");

// A block of n keys has each bit of a word set with probability 1 - (31/32)^n, and a key needs one bit of
// each of eight words. The keys of a block are Poisson distributed.
double rate_at(double keys_per_block) {
  if (keys_per_block > 2'000.0) return 1.0;
  const double deviations = 12.0 * std::sqrt(keys_per_block) + 30.0;
  const auto first = static_cast<std::uint64_t>(std::max(0.0, keys_per_block - deviations));
  const auto last = static_cast<std::uint64_t>(keys_per_block + deviations);
  double sum = 0.0;
  for (std::uint64_t keys = std::max<std::uint64_t>(first, 1); keys <= last; ++keys) {
    const auto n = static_cast<double>(keys);
    const double share = std::exp(n * std::log(keys_per_block) - keys_per_block - std::lgamma(n + 1.0));
    sum += share * std::pow(1.0 - std::pow(31.0 / 32.0, n), 8.0);
  }
  return std::min(sum, 1.0);
}

std::uint64_t blocks_for(const bloom_filter_params& params) {
  if (params.keys_max == 0) throw std::invalid_argument("bloom_filter: keys_max must be at least 1");
  if (!(params.false_positive_rate > 0.0 && params.false_positive_rate < 1.0)) {
    throw std::invalid_argument("bloom_filter: false_positive_rate must be above 0 and below 1");
  }
  const auto keys = static_cast<double>(params.keys_max);
  std::uint64_t low = 1;
  std::uint64_t high = block_count_max + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (rate_at(keys / static_cast<double>(middle)) <= params.false_positive_rate) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low > block_count_max) {
    throw std::invalid_argument("bloom_filter: keys_max at this false_positive_rate needs more than 64 GiB");
  }
  return low;
}

}  // namespace

bloom_filter::bloom_filter(std::uint64_t block_count)
    : block_count_(block_count),
      blocks_(std::make_unique<block[]>(block_count)),
      probe_(bloom_probes::best()) {
  static_assert(sizeof(block) == block_bytes);
}

bloom_filter::bloom_filter(const bloom_filter_params& params) : bloom_filter(blocks_for(params)) {}

void bloom_filter::insert(std::uint64_t hash) noexcept {
  block& where = blocks_[index_of(hash)];
  for (std::size_t word = 0; word < where.words.size(); ++word) {
    const std::uint64_t wanted = bloom_probes::mask(static_cast<std::uint32_t>(hash), word);
    // Looking first keeps the line shared where most keys are known already.
    if ((where.words[word].load(std::memory_order_relaxed) & wanted) == wanted) continue;
    where.words[word].fetch_or(wanted, std::memory_order_relaxed);
  }
}

void bloom_filter::contains(std::span<const std::uint64_t> hashes, std::span<bool> found) const noexcept {
  constexpr std::size_t ahead = 16;
  hashes = hashes.first(std::min(hashes.size(), found.size()));
  for (std::size_t i = 0; i < hashes.size() && i < ahead; ++i) prefetch(hashes[i]);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (i + ahead < hashes.size()) prefetch(hashes[i + ahead]);
    found[i] = contains(hashes[i]);
  }
}

double bloom_filter::false_positive_rate(std::uint64_t keys) const noexcept {
  if (keys == 0) return 0.0;
  return rate_at(static_cast<double>(keys) / static_cast<double>(block_count_));
}

std::vector<std::byte> bloom_filter::bitset() const {
  std::vector<std::byte> bits(block_count_ * block_bytes);
  std::byte* to = bits.data();
  for (std::uint64_t i = 0; i < block_count_; ++i) {
    for (const auto& word : blocks_[i].words) {
      const std::uint64_t value = word.load(std::memory_order_relaxed);
      std::memcpy(to, &value, sizeof value);
      to += sizeof value;
    }
  }
  return bits;
}

result<bloom_filter> bloom_filter::from_bitset(std::span<const std::byte> bits) {
  if (bits.empty() || bits.size() % block_bytes != 0 || bits.size() / block_bytes > block_count_max) {
    return make_error(errc::corrupt_data,
                      "a bloom filter's bitset is 32 to 2^36 bytes, in whole blocks of 32");
  }
  bloom_filter filter(bits.size() / block_bytes);
  const std::byte* from = bits.data();
  for (std::uint64_t i = 0; i < filter.block_count_; ++i) {
    for (auto& word : filter.blocks_[i].words) {
      std::uint64_t value = 0;
      std::memcpy(&value, from, sizeof value);
      word.store(value, std::memory_order_relaxed);
      from += sizeof value;
    }
  }
  return filter;
}

std::vector<std::byte> bloom_filter::save() const {
  const std::vector<std::byte> bits = bitset();
  return filter_image{.body = bits}.write(image_name);
}

result<bloom_filter> bloom_filter::load(std::span<const std::byte> image) {
  const auto read = filter_image::read(image_name, image);
  if (!read) return read.error();
  return from_bitset(read->body);
}

}  // namespace seckill::inline v1
