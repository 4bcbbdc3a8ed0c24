// The breaker against slow and obvious models: random histories, every answer and count compared after every
// step.

#include <seckill/policy/circuit_breaker.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace seckill {
namespace {

struct result_at {
  std::int64_t bucket = 0;
  bool failed = false;
  bool slow = false;
};

/// resilience4j's rules with every result kept in a list.
class rate_model {
 public:
  explicit rate_model(const circuit_breaker_params& params) : params_(params) {}

  bool try_acquire(time_ns now) {
    if (state == breaker_state::open && now > opened_at_ + params_.open_wait.initial_ns) {
      state = breaker_state::half_open;
      permits_ = params_.half_open.permits;
      results_.clear();
      of_probes_ = true;
    }
    if (state == breaker_state::closed) return true;
    if (state == breaker_state::open || permits_ == 0) return false;
    --permits_;
    return true;
  }

  void observe(bool failed, bool slow, time_ns now) {
    results_.push_back({now / params_.window.period_ns, failed, slow});
    age(now);
    const auto total = results_.size();
    const bool by_calls = params_.window.how == breaker_window::kind::calls;
    std::size_t needed = params_.calls_min;
    if (of_probes_) needed = std::min<std::size_t>(needed, params_.half_open.permits);
    if (by_calls && !of_probes_) needed = std::min<std::size_t>(needed, params_.window.size);
    if (state == breaker_state::open || total < needed) return;
    const double failed_share = static_cast<double>(failures()) / static_cast<double>(total);
    const double slow_share = static_cast<double>(slow_calls()) / static_cast<double>(total);
    const bool trips = failed_share >= params_.failure_rate->value || slow_share >= params_.slow_rate->value;
    if (trips) {
      state = breaker_state::open;
      opened_at_ = now;
    } else if (state == breaker_state::half_open) {
      state = breaker_state::closed;
      results_.clear();
      of_probes_ = false;
    }
  }

  void age(time_ns now) {
    if (of_probes_ || params_.window.how == breaker_window::kind::calls) {
      const std::size_t size = of_probes_ ? params_.half_open.permits : params_.window.size;
      while (results_.size() > size) results_.erase(results_.begin());
      return;
    }
    const std::int64_t oldest = now / params_.window.period_ns - params_.window.size + 1;
    std::erase_if(results_, [oldest](const result_at& each) { return each.bucket < oldest; });
  }

  [[nodiscard]] std::size_t total() const { return results_.size(); }
  [[nodiscard]] std::size_t failures() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(results_, [](const result_at& each) { return each.failed; }));
  }
  [[nodiscard]] std::size_t slow_calls() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(results_, [](const result_at& each) { return each.slow; }));
  }

  breaker_state state = breaker_state::closed;

 private:
  circuit_breaker_params params_;
  std::vector<result_at> results_;
  std::uint32_t permits_ = 0;
  time_ns opened_at_ = 0;
  bool of_probes_ = false;
};

void compare_with_rate_model(const circuit_breaker_params& params, std::uint64_t seed) {
  circuit_breaker breaker(params);
  rate_model model(params);
  std::mt19937_64 random(seed);
  time_ns now = 0;
  const auto failing = static_cast<int>(random() % 60);
  for (int step = 0; step < 3'000; ++step) {
    if (random() % 4 == 0) now += static_cast<time_ns>(random() % (params.window.period_ns * 2));
    if (random() % 200 == 0) now += params.open_wait.initial_ns * 3;
    const bool permitted = breaker.try_acquire(now).has_value();
    ASSERT_EQ(permitted, model.try_acquire(now)) << "seed " << seed << " step " << step;
    if (permitted || random() % 5 == 0) {
      const bool failed = static_cast<int>(random() % 100) < failing;
      const bool slow = random() % 10 == 0;
      breaker.observe(failed ? call_outcome::failure : call_outcome::success, slow ? 1'001 : 1'000, now);
      model.observe(failed, slow, now);
    }
    model.age(now);
    const circuit_breaker_counts seen = breaker.counts(now);
    ASSERT_EQ(breaker.state(), model.state) << "seed " << seed << " step " << step;
    ASSERT_EQ(seen.results(), model.total()) << "seed " << seed << " step " << step;
    ASSERT_EQ(seen.failures, model.failures()) << "seed " << seed << " step " << step;
    ASSERT_EQ(seen.slow, model.slow_calls()) << "seed " << seed << " step " << step;
  }
}

circuit_breaker_params rates(breaker_window window) {
  circuit_breaker_params params = circuit_breaker_params::resilience4j();
  params.window = window;
  params.calls_min = 6;
  params.slow_rate->value = 0.6;
  params.slow_call_ns = 1'000;
  params.open_wait = backoff_params::constant(5'000);
  params.half_open.permits = 4;
  return params;
}

TEST(circuit_breaker_model, agrees_over_windows_of_calls) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed)
    compare_with_rate_model(rates({breaker_window::kind::calls, 16, 1'000, breaker_window::origin::clock}),
                            seed);
}

TEST(circuit_breaker_model, agrees_over_rolling_windows) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed)
    compare_with_rate_model(rates({breaker_window::kind::rolling, 5, 1'000, breaker_window::origin::clock}),
                            seed);
}

TEST(circuit_breaker_model, agrees_over_tumbling_windows) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed)
    compare_with_rate_model(rates({breaker_window::kind::tumbling, 1, 3'000, breaker_window::origin::clock}),
                            seed);
}

/// gobreaker's rolling window: a result belongs to the bucket in which its call began.
struct begun_call {
  circuit_breaker::ticket ticket;
  std::int64_t bucket = 0;
};

TEST(circuit_breaker_model, late_results_leave_with_the_bucket_of_their_beginning) {
  constexpr time_ns period = 1'000;
  constexpr std::int64_t buckets = 4;
  circuit_breaker_params params = circuit_breaker_params::gobreaker();
  params.consecutive_failures = 0;
  params.window = {breaker_window::kind::rolling, buckets, period, breaker_window::origin::closing};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const time_ns start = static_cast<time_ns>(random() % 10'000);
    circuit_breaker breaker(params, start);
    std::vector<begun_call> out;
    std::vector<std::int64_t> requests;
    std::vector<result_at> results;
    time_ns now = start;
    for (int step = 0; step < 2'000; ++step) {
      now += static_cast<time_ns>(random() % 300);
      const std::int64_t bucket = (now - start) / period;
      if (random() % 2 == 0 || out.empty()) {
        out.push_back({breaker.try_acquire(now).value(), bucket});
        requests.push_back(bucket);
      } else {
        const std::size_t at = random() % out.size();
        const bool failed = random() % 3 == 0;
        breaker.record(out[at].ticket, failed ? call_outcome::failure : call_outcome::success, 0, now);
        if (bucket - out[at].bucket < buckets) results.push_back({out[at].bucket, failed, false});
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(at));
      }
      const auto live = [bucket](std::int64_t began) { return began > bucket - buckets; };
      const circuit_breaker_counts seen = breaker.counts(now);
      ASSERT_EQ(seen.admitted, static_cast<std::uint64_t>(std::ranges::count_if(requests, live)));
      ASSERT_EQ(seen.failures,
                static_cast<std::uint64_t>(std::ranges::count_if(
                    results, [&](const result_at& each) { return each.failed && live(each.bucket); })));
      ASSERT_EQ(seen.successes,
                static_cast<std::uint64_t>(std::ranges::count_if(
                    results, [&](const result_at& each) { return !each.failed && live(each.bucket); })));
    }
  }
}

}  // namespace
}  // namespace seckill
