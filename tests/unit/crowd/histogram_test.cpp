#include "histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace seckill::crowd {
namespace {

TEST(histogram, is_empty_at_first) {
  const histogram none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.at(quantile::p50), 0U);
  EXPECT_EQ(none.max_ns(), 0U);
}

TEST(histogram, small_values_are_exact) {
  histogram latencies;
  for (std::uint64_t value = 1; value <= 100; ++value) latencies.record(value);
  EXPECT_EQ(latencies.at(quantile::p50), 50U);
  EXPECT_EQ(latencies.at(quantile::p90), 90U);
  EXPECT_EQ(latencies.at(quantile::p99), 99U);
  EXPECT_EQ(latencies.at(quantile::p99_9), 100U);
}

// Against the definition: the smallest sample that at least the share of all samples does not exceed.
TEST(histogram, quantiles_are_within_one_part_in_128_of_the_sorted_samples) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(13.0, 2.5);
  std::vector<std::uint64_t> samples(200'000);
  histogram latencies;
  for (auto& each : samples) latencies.record(each = static_cast<std::uint64_t>(latency(random)));
  std::ranges::sort(samples);
  for (const quantile share :
       {quantile::p50, quantile::p90, quantile::p99, quantile::p99_9, quantile::p99_99}) {
    const std::size_t rank = (samples.size() * static_cast<std::size_t>(share) + 99'999) / 100'000;
    const std::uint64_t exact = samples[rank - 1];
    EXPECT_GE(latencies.at(share), exact);
    EXPECT_LE(latencies.at(share), exact + exact / 128 + 1);
  }
  EXPECT_EQ(latencies.max_ns(), samples.back());
}

TEST(histogram, every_power_of_two_and_its_neighbours_are_counted_near_themselves) {
  for (unsigned bit = 0; bit < 41; ++bit) {
    for (const std::uint64_t value : {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit}) {
      histogram one;
      one.record(value);
      one.record(histogram::value_max_ns);  // so that the maximum does not hide the bucket's end
      EXPECT_GE(one.at(quantile::p50), value);
      EXPECT_LE(one.at(quantile::p50), value + value / 128);
    }
  }
}

TEST(histogram, an_excessive_value_counts_as_the_largest_and_stays_the_maximum) {
  histogram latencies;
  latencies.record(histogram::value_max_ns * 4);
  EXPECT_EQ(latencies.count(), 1U);
  EXPECT_EQ(latencies.max_ns(), histogram::value_max_ns * 4);
  EXPECT_EQ(latencies.at(quantile::p50), histogram::value_max_ns);
}

TEST(histogram, adding_is_recording_both) {
  histogram low;
  histogram high;
  for (int i = 0; i < 90; ++i) low.record(10);
  for (int i = 0; i < 10; ++i) high.record(1'000);
  low.add(high);
  EXPECT_EQ(low.count(), 100U);
  EXPECT_EQ(low.at(quantile::p90), 10U);
  EXPECT_EQ(low.at(quantile::p99), 1'000U);
}

}  // namespace
}  // namespace seckill::crowd
