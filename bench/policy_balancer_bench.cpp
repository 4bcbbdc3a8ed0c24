// A pick and its report, over ten targets of unequal weights; rival: nginx's algorithm under a mutex, as a client would
// write it. With threads, items_per_second is of all threads together.

#include <seckill/policy/load_balancer.hpp>
#include <seckill/policy/random.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace seckill {
namespace {

constexpr std::size_t targets_count = 10;

std::vector<target> targets_of(std::size_t count) {
  std::vector<target> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({i + 1, static_cast<std::uint32_t>(1 + i % 3)});
  return all;
}

template <balancing By, std::size_t Targets, bool Ejects>
class balancer_fixture : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    load_balancer_params params{.by = By};
    if (Ejects) params.ejection = outlier_ejector_params{};
    balancer = std::make_unique<load_balancer>(params, targets_of(Targets), 0);
  }
  std::unique_ptr<load_balancer> balancer;
};

template <typename Fixture>
void call(benchmark::State& state, const Fixture& of) {
  std::uint64_t random = static_cast<std::uint64_t>(state.thread_index()) + 1;
  time_ns now = 0;
  for (auto _ : state) {  // only from here on all threads see what the first one has set up
    const std::uint64_t key = splitmix64(random);
    load_balancer::lease picked = of.balancer->pick({.key = key % 10'000, .random = key}, now);
    benchmark::DoNotOptimize(picked);
    picked.report(call_outcome::success, now + 1'000);
    now += 100;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

using round_robin = balancer_fixture<balancing::round_robin, targets_count, false>;
using smooth_weighted = balancer_fixture<balancing::smooth_weighted, targets_count, false>;
using random_by_weight = balancer_fixture<balancing::random, targets_count, false>;
using two_choices = balancer_fixture<balancing::two_choices, targets_count, false>;
using two_choices_ejecting = balancer_fixture<balancing::two_choices, targets_count, true>;
using two_choices_of_many = balancer_fixture<balancing::two_choices, 200, false>;
using jump = balancer_fixture<balancing::jump_hash, targets_count, false>;
using ring = balancer_fixture<balancing::ring_hash, targets_count, false>;
using sticky = balancer_fixture<balancing::sticky, targets_count, false>;

BENCHMARK_DEFINE_F(round_robin, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(smooth_weighted, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(random_by_weight, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(two_choices, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(two_choices_ejecting, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(two_choices_of_many, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(jump, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(ring, call)(benchmark::State& state) { call(state, *this); }
BENCHMARK_DEFINE_F(sticky, call)(benchmark::State& state) { call(state, *this); }

// The obvious one: targets in a vector, a mutex, nginx's loop, counts of calls in flight.
class locked_round_robin {
 public:
  explicit locked_round_robin(std::vector<target> targets) {
    for (const target& each : targets) peers_.push_back({each, 0, 0});
  }
  std::size_t pick() {
    const std::lock_guard lock(mutex_);
    std::int64_t total = 0;
    std::size_t best = 0;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      peers_[i].current += peers_[i].of.weight;
      total += peers_[i].of.weight;
      if (peers_[i].current > peers_[best].current) best = i;
    }
    peers_[best].current -= total;
    ++peers_[best].in_flight;
    return best;
  }
  void done(std::size_t index) {
    const std::lock_guard lock(mutex_);
    --peers_[index].in_flight;
  }

 private:
  struct peer {
    target of;
    std::int64_t current;
    std::int64_t in_flight;
  };
  std::mutex mutex_;
  std::vector<peer> peers_;
};

class rival : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() == 0) balancer = std::make_unique<locked_round_robin>(targets_of(targets_count));
  }
  std::unique_ptr<locked_round_robin> balancer;
};

BENCHMARK_DEFINE_F(rival, locked_smooth_weighted)(benchmark::State& state) {
  for (auto _ : state) {
    const std::size_t picked = balancer->pick();
    benchmark::DoNotOptimize(picked);
    balancer->done(picked);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK_REGISTER_F(round_robin, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(smooth_weighted, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(random_by_weight, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(two_choices, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(two_choices_ejecting, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(two_choices_of_many, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(jump, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(ring, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(sticky, call)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_REGISTER_F(rival, locked_smooth_weighted)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace seckill

BENCHMARK_MAIN();
