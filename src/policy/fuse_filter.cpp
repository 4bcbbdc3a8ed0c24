#include "policy/filter_image.hpp"
#include <seckill/policy/fuse_filter.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace seckill::inline v1 {
namespace {

constexpr std::string_view image_name = "seckilF3";

// Each attempt fails with a probability below a tenth (much below, for many keys), independently.
constexpr std::uint64_t attempts_max = 100;

constexpr std::uint32_t segment_length_max = 1U << 18U;

// The lengths that the paper found by experiment to make almost every attempt succeed.
std::uint32_t segment_length(std::size_t size) {
  if (size < 2) return 4;
  const double power = std::floor(std::log(static_cast<double>(size)) / std::log(3.33) + 2.25);
  return power >= 18.0 ? segment_length_max : 1U << static_cast<unsigned>(power);
}

std::uint32_t segment_count(std::size_t size, std::uint32_t length) {
  if (size < 2) return 1;
  const auto keys = static_cast<double>(size);
  const double factor = std::max(1.125, 0.875 + 0.25 * std::log(1e6) / std::log(keys));
  const auto cells = static_cast<std::uint64_t>(std::llround(keys * factor));
  const std::uint64_t segments = (cells + length - 1) / length;
  return segments <= 3 ? 1 : static_cast<std::uint32_t>(segments - 2);
}

// The keys of one cell: how many, and their exclusive or, which is the key when there is one.
struct cell_keys {
  std::uint64_t all = 0;
  std::uint32_t count = 0;
};

struct peeled_key {
  std::uint64_t mixed;
  std::uint32_t cell;  // no key that was peeled later uses it
};

}  // namespace

fuse_filter::fuse_filter(std::size_t size) : size_(size) {
  const std::uint32_t length = segment_length(size);
  const std::uint32_t count = segment_count(size, length);
  segment_mask_ = length - 1;
  first_cells_ = count * length;
  cells_.resize(std::size_t{count + 2} * length);
}

// Sorted, so that a pass over the keys is a pass over the cells.
void fuse_filter::mix_distinct(std::span<const std::uint64_t> hashes,
                               std::vector<std::uint64_t>& mixed) const {
  mixed.resize(hashes.size());
  std::ranges::transform(hashes, mixed.begin(), [this](std::uint64_t hash) { return mixed_of(hash); });
  std::ranges::sort(mixed);
  mixed.erase(std::unique(mixed.begin(), mixed.end()), mixed.end());
}

result<fuse_filter> fuse_filter::build(std::span<const std::uint64_t> hashes) {
  if (hashes.size() > keys_max) {
    return make_error(errc::capacity_exceeded, "a fuse filter holds at most " + std::to_string(keys_max) +
                                                   " keys: split the keys over several filters");
  }
  std::vector<std::uint64_t> mixed;
  fuse_filter filter;
  for (std::uint64_t attempt = 0; attempt < attempts_max; ++attempt) {
    const std::uint64_t seed = mix(attempt, multiplier);
    filter.seed_ = seed;
    filter.mix_distinct(hashes, mixed);
    filter = fuse_filter(mixed.size());
    filter.seed_ = seed;
    if (filter.fill(mixed)) return filter;
  }
  return make_error(errc::capacity_exceeded, "no seed found for the keys: are they hashes?");
}

// Repeatedly takes out a key that has a cell of its own; then gives the cells values in the opposite order,
// so that no later assignment disturbs an earlier one.
bool fuse_filter::fill(std::span<const std::uint64_t> mixed) {
  std::vector<cell_keys> keys(cells_.size());
  const auto toggle = [&keys](std::uint32_t cell, std::uint64_t key, std::uint32_t change) {
    keys[cell].all ^= key;
    return keys[cell].count += change;
  };
  for (const std::uint64_t key : mixed) {
    const cells at = cells_of(key);
    for (const std::uint32_t cell : {at.first, at.second, at.third}) toggle(cell, key, 1);
  }

  std::vector<std::uint32_t> single;
  for (std::uint32_t cell = 0; cell < keys.size(); ++cell)
    if (keys[cell].count == 1) single.push_back(cell);
  std::vector<peeled_key> order;
  order.reserve(mixed.size());
  while (!single.empty()) {
    const std::uint32_t own = single.back();
    single.pop_back();
    if (keys[own].count != 1) continue;
    const std::uint64_t key = keys[own].all;
    order.push_back({key, own});
    const cells at = cells_of(key);
    for (const std::uint32_t cell : {at.first, at.second, at.third})
      if (toggle(cell, key, ~0U) == 1) single.push_back(cell);
  }
  if (order.size() != mixed.size()) return false;

  std::ranges::fill(cells_, std::uint8_t{0});
  for (auto each = order.rbegin(); each != order.rend(); ++each) {
    const cells at = cells_of(each->mixed);
    cells_[each->cell] = static_cast<std::uint8_t>(fingerprint_of(each->mixed) ^ cells_[at.first] ^
                                                   cells_[at.second] ^ cells_[at.third]);
  }
  return true;
}

std::vector<std::byte> fuse_filter::save() const {
  return filter_image{.fields = {size_, seed_}, .body = std::as_bytes(std::span(cells_))}.write(image_name);
}

result<fuse_filter> fuse_filter::load(std::span<const std::byte> image) {
  const auto read = filter_image::read(image_name, image);
  if (!read) return read.error();
  if (read->fields[0] > keys_max)
    return make_error(errc::corrupt_data, "fuse filter image names too many keys");
  fuse_filter filter(static_cast<std::size_t>(read->fields[0]));
  if (filter.cells_.size() != read->body.size()) {
    return make_error(errc::corrupt_data,
                      "fuse filter image has another size than its number of keys asks for");
  }
  filter.seed_ = read->fields[1];
  std::memcpy(filter.cells_.data(), read->body.data(), read->body.size());
  return filter;
}

}  // namespace seckill::inline v1
