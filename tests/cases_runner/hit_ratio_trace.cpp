#include "tests/cases_runner/hit_ratio_trace.hpp"

#include "tests/cases_runner/splitmix64.hpp"
#include "tests/cases_runner/trace_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

namespace seckill::cases {
namespace {

using trace = std::vector<std::uint64_t>;

struct named_file {
  std::string_view trace;
  std::string_view file;
};
// Those in tests/data/cases/traces, which come with the case file; others are called as their traces.
constexpr std::array files = {
    named_file{"glimpse", "gli.txt.gz"},
    named_file{"multi3", "multi3.txt.gz"},
    named_file{"sprite", "sprite.txt.gz"},
    named_file{"loop", "loop.txt.gz"},
};

// "zipf(seed,n,alpha,m)" of the case file.
trace zipf(std::uint64_t seed, std::size_t n, double alpha, std::size_t accesses) {
  std::vector<double> cumulated(n);
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += 1.0 / std::pow(static_cast<double>(i + 1), alpha);
    cumulated[i] = sum;
  }
  splitmix64 random(seed);
  trace keys(accesses);
  for (std::uint64_t& key : keys) {
    const double u = static_cast<double>(random() >> 11U) * 0x1p-53 * sum;
    key = static_cast<std::uint64_t>(std::ranges::lower_bound(cumulated, u) - cumulated.begin());
  }
  return keys;
}

// "three times (all of corda_vault, then all of loop with key | 2^63)".
std::optional<trace> mix_of_corda_and_loop(const std::string& directory) {
  const auto corda = hit_ratio_trace(directory, "corda_vault");
  const auto loop = hit_ratio_trace(directory, "loop");
  if (!corda || !loop) return std::nullopt;
  trace keys;
  for (int round = 0; round < 3; ++round) {
    keys.insert(keys.end(), corda->begin(), corda->end());
    std::ranges::transform(*loop, std::back_inserter(keys),
                           [](std::uint64_t key) { return key | std::uint64_t{1} << 63U; });
  }
  return keys;
}

}  // namespace

std::optional<trace> hit_ratio_trace(const std::string& directory, std::string_view name) {
  if (name == "zipf_099_100k") return zipf(1, 100'000, 0.99, 1'000'000);
  if (name == "zipf_08_50k") return zipf(42, 50'000, 0.8, 500'000);
  if (name == "mix_corda_loop_x3") return mix_of_corda_and_loop(directory);
  const auto bundled = std::ranges::find(files, name, &named_file::trace);
  const std::filesystem::path path =
      std::filesystem::path(directory) / "traces" /
      (bundled != files.end() ? std::string(bundled->file) : std::string(name) + ".txt.gz");
  if (!std::filesystem::exists(path)) return std::nullopt;
  return read_trace(path.string());
}

std::uint64_t fingerprint_of(const trace& keys) {
  std::uint64_t hash = 1'469'598'103'934'665'603;
  for (const std::uint64_t key : keys)
    for (unsigned shift = 0; shift < 64; shift += 8)
      hash = (hash ^ (key >> shift & 0xff)) * 1'099'511'628'211;
  return hash;
}

}  // namespace seckill::cases
