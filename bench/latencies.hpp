#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace seckill::bench {

/// The time of each call, told as percentiles.
class latencies {
 public:
  template <typename Call>
  void measure(Call&& call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    taken_.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  void tell(benchmark::State& state) {
    if (taken_.empty()) return;
    std::ranges::sort(taken_);
    state.counters["p50_us"] = at(0.5);
    state.counters["p99_us"] = at(0.99);
    state.counters["p99.99_us"] = at(0.9999);
    state.counters["max_us"] = taken_.back();
  }

 private:
  [[nodiscard]] double at(double share) const {
    return taken_[static_cast<std::size_t>(share * static_cast<double>(taken_.size() - 1))];
  }
  std::vector<double> taken_;
};

}  // namespace seckill::bench
