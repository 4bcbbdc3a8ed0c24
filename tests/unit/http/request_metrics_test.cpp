#include "server/request_metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace seckill::http {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

const request_metrics::totals::per_route& of(const request_metrics::totals& sum, route which) {
  return sum.routes[static_cast<std::size_t>(which)];
}

std::size_t bucket_of(nanoseconds took) {
  request_metrics counted;
  counted.record(route::reserve, 201, took);
  request_metrics::totals sum;
  counted.add_to(sum);
  const auto& buckets = of(sum, route::reserve).by_duration;
  return static_cast<std::size_t>(std::ranges::find(buckets, 1U) - buckets.begin());
}

TEST(request_metrics, responses_are_counted_by_route_and_status) {
  request_metrics counted;
  counted.record(route::reserve, 201, microseconds(10));
  counted.record(route::reserve, 201, microseconds(30));
  counted.record(route::reserve, 409, microseconds(1));
  request_metrics::totals sum;
  counted.add_to(sum);
  counted.add_to(sum);
  const auto& got = of(sum, route::reserve);
  const auto index = [](int status) {
    return static_cast<std::size_t>(std::ranges::find(counted_statuses, status) - counted_statuses.begin());
  };
  EXPECT_EQ(got.by_status[index(201)], 4U);
  EXPECT_EQ(got.by_status[index(409)], 2U);
  EXPECT_EQ(got.duration_ns, 82'000U);
  EXPECT_EQ(std::accumulate(got.by_duration.begin(), got.by_duration.end(), 0U), 6U);
}

TEST(request_metrics, a_bucket_holds_what_is_at_most_its_bound) {
  EXPECT_EQ(bucket_of(nanoseconds(0)), 0U);
  EXPECT_EQ(bucket_of(microseconds(50)), 0U);
  EXPECT_EQ(bucket_of(nanoseconds(50'001)), 1U);
  EXPECT_EQ(bucket_of(microseconds(100)), 1U);
  EXPECT_EQ(bucket_of(std::chrono::seconds(5)), duration_bounds_us.size() - 1);
  EXPECT_EQ(bucket_of(std::chrono::seconds(6)), duration_bounds_us.size());
  EXPECT_EQ(bucket_of(nanoseconds(-5)), 0U) << "a clock that went back";
}

TEST(request_metrics, bounds_and_statuses_are_sorted) {
  EXPECT_TRUE(std::ranges::is_sorted(duration_bounds_us));
  EXPECT_TRUE(std::ranges::is_sorted(counted_statuses));
}

}  // namespace
}  // namespace seckill::http
