#include "request_metrics.hpp"

#include <algorithm>

namespace seckill::inline v1::http {
namespace {

/// There is one writer, so this needs no locked instruction.
void add(std::atomic<std::uint64_t>& to, std::uint64_t by) noexcept {
  to.store(to.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

std::size_t index_of(int status) noexcept {
  const auto* found = std::ranges::lower_bound(counted_statuses, status);
  return static_cast<std::size_t>(std::min(found, counted_statuses.end() - 1) - counted_statuses.begin());
}

}  // namespace

void request_metrics::record(route which, int status, std::chrono::nanoseconds took) noexcept {
  per_route& of = routes_[static_cast<std::size_t>(which)];
  const auto took_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
  const auto* bound = std::ranges::lower_bound(duration_bounds_us, (took_ns + 999) / 1'000);
  add(of.by_status[index_of(status)], 1);
  add(of.by_duration[static_cast<std::size_t>(bound - duration_bounds_us.begin())], 1);
  add(of.duration_ns, took_ns);
}

void request_metrics::add_to(totals& sum) const noexcept {
  for (std::size_t i = 0; i < route_count; ++i) {
    const per_route& from = routes_[i];
    totals::per_route& to = sum.routes[i];
    for (std::size_t s = 0; s < from.by_status.size(); ++s) {
      to.by_status[s] += from.by_status[s].load(std::memory_order_relaxed);
    }
    for (std::size_t b = 0; b < from.by_duration.size(); ++b) {
      to.by_duration[b] += from.by_duration[b].load(std::memory_order_relaxed);
    }
    to.duration_ns += from.duration_ns.load(std::memory_order_relaxed);
  }
}

}  // namespace seckill::inline v1::http
