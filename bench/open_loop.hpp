#pragma once

#include "bench/crowd/histogram.hpp"
#include "bench/market.hpp"
#include "engine/thread_scheduling.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/prctl.h>
#include <thread>
#include <vector>

namespace seckill::bench {

/// Reserves that are sent at even intervals whatever the engine does, each timed from the instant at which it was to
/// be sent: who waits to be sent behind a stall has waited (Gil Tene, "How NOT to Measure Latency").
///
/// One thread sends. It wakes at most every `wake_interval`, and sends what has become due meanwhile.
class open_loop {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds wake_interval{50};

  open_loop(market& in, sale_id sale, double per_second, std::chrono::milliseconds length)
      : in_(in),
        sale_(sale),
        interval_ns_(1e9 / per_second),
        flights_(static_cast<std::size_t>(per_second * std::chrono::duration<double>(length).count()),
                 {this}) {}

  /// Returns when the last answer is there.
  void run() {
    ::prctl(PR_SET_TIMERSLACK, 1);
    shorten_thread_slice();  // who is late to send would count as late to be answered
    start_ = clock::now();
    for (std::size_t sent = 0; sent < flights_.size();) {
      const std::size_t due = due_at(clock::now());
      if (due == sent)
        std::this_thread::sleep_until(std::max(time_of(sent), clock::now() + wake_interval));
      else
        sent += send(sent, due - sent);
    }
    while (answered_.load(std::memory_order_acquire) < flights_.size())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  /// Successes and refusals apart; the latencies are those of the successes.
  void tell(benchmark::State& state, const std::string& prefix = {}) const {
    crowd::histogram accepted;
    std::uint64_t refused = 0;
    std::uint64_t overloaded = 0;
    for (const flight& each : flights_) {
      if (each.code == outcome::reserved)
        accepted.record(each.took_ns);
      else if (each.code == outcome::overloaded)
        ++overloaded;
      else
        ++refused;
    }
    using enum crowd::quantile;
    const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e3; };
    state.counters[prefix + "offered_per_s"] = 1e9 / interval_ns_;
    state.counters[prefix + "accepted"] = static_cast<double>(accepted.count());
    state.counters[prefix + "refused"] = static_cast<double>(refused);
    state.counters[prefix + "overloaded"] = static_cast<double>(overloaded);
    state.counters[prefix + "p50_us"] = us(accepted.at(p50));
    state.counters[prefix + "p90_us"] = us(accepted.at(p90));
    state.counters[prefix + "p99_us"] = us(accepted.at(p99));
    state.counters[prefix + "p99.9_us"] = us(accepted.at(p99_9));
    state.counters[prefix + "p99.99_us"] = us(accepted.at(p99_99));
    state.counters[prefix + "max_us"] = us(accepted.max_ns());
    state.counters[prefix + "client_late_p99_us"] = us(sent_late_.at(p99));
    state.counters[prefix + "client_late_max_us"] = us(sent_late_.max_ns());
  }

 private:
  struct flight {
    open_loop* of;
    std::uint64_t took_ns = 0;
    outcome code = outcome::unavailable;
  };

  [[nodiscard]] clock::time_point time_of(std::size_t number) const {
    return start_ +
           std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) * interval_ns_));
  }
  [[nodiscard]] std::size_t due_at(clock::time_point now) const {
    const auto passed = static_cast<double>((now - start_).count());
    return std::min(flights_.size(), static_cast<std::size_t>(passed / interval_ns_) + 1);
  }

  std::size_t send(std::size_t from, std::size_t count) {
    constexpr std::size_t run_length = 256;
    sent_late_.record(static_cast<std::uint64_t>((clock::now() - time_of(from)).count()));
    count = std::min(count, run_length);
    run_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      run_[i].what = in_.next(sale_);
      run_[i].then = {&open_loop::done, &flights_[from + i]};
    }
    in_.works().submit(run_);
    return count;
  }

  static void done(void* context, const answer& reply) noexcept {
    auto& mine = *static_cast<flight*>(context);
    open_loop& self = *mine.of;
    const auto number = static_cast<std::size_t>(&mine - self.flights_.data());
    mine.took_ns =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, (clock::now() - self.time_of(number)).count()));
    mine.code = reply.code;
    self.answered_.fetch_add(1, std::memory_order_release);
  }

  market& in_;
  sale_id sale_;
  double interval_ns_;
  std::vector<flight> flights_;  // never grows: completions point into it
  std::vector<submission> run_;
  crowd::histogram sent_late_;
  clock::time_point start_;
  std::atomic<std::size_t> answered_{0};
};

}  // namespace seckill::bench
