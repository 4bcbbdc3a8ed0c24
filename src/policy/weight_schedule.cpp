#include "policy/weight_schedule.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace seckill::inline v1 {
namespace {

constexpr std::int64_t length_max = 16'384;

std::vector<std::int64_t> reduced(std::span<const std::uint32_t> weights) {
  std::uint32_t divisor = 0;
  for (const std::uint32_t each : weights) divisor = std::gcd(divisor, each);
  assert(divisor != 0 && "a weight that is not 0");
  std::vector<std::int64_t> small;
  for (const std::uint32_t each : weights) small.push_back(each / divisor);
  const std::int64_t sum = std::accumulate(small.begin(), small.end(), std::int64_t{0});
  if (sum <= length_max) return small;
  for (std::int64_t& each : small)
    if (each != 0) {
      const double share = static_cast<double>(each) / static_cast<double>(sum);
      each = std::max<std::int64_t>(1, std::llround(share * static_cast<double>(length_max)));
    }
  return small;
}

}  // namespace

std::vector<std::uint32_t> weight_schedule(std::span<const std::uint32_t> weights) {
  const std::vector<std::int64_t> weight = reduced(weights);
  const std::int64_t sum = std::accumulate(weight.begin(), weight.end(), std::int64_t{0});
  std::vector<std::int64_t> current(weight.size());
  std::vector<std::uint32_t> order;
  order.reserve(static_cast<std::size_t>(sum));
  for (std::int64_t turn = 0; turn < sum; ++turn) {
    for (std::size_t i = 0; i < weight.size(); ++i) current[i] += weight[i];
    const auto best = std::ranges::max_element(current);  // the first of equals
    *best -= sum;
    order.push_back(static_cast<std::uint32_t>(best - current.begin()));
  }
  return order;
}

}  // namespace seckill::inline v1
