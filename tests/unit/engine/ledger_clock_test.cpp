#include "engine/ledger_clock.hpp"

#include <seckill/system_time_source.hpp>
#include <seckill/testing/manual_time_source.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace seckill {
namespace {

constexpr time_ms hour = 3'600'000;

TEST(ledger_clock, the_wall_clock_is_looked_at_without_being_told) {
  manual_time_source machine(1'000);
  ledger_clock clock(machine, {}, {});
  machine.step_wall(10'000);
  EXPECT_EQ(clock.now_ms(), 1'000);
  machine.advance(100);
  EXPECT_EQ(clock.now_ms(), 1'100) << "here it looks";
  machine.advance(1'000);
  EXPECT_EQ(clock.now_ms(), 2'110) << "and approaches";
}

TEST(ledger_clock, changes_of_its_state_are_told_once) {
  manual_time_source machine(1'000);
  std::vector<time_state> told;
  time_params params;
  params.on_change = [&](const time_status& now) { told.push_back(now.state); };
  ledger_clock clock(machine, params, {});
  EXPECT_TRUE(told.empty());
  machine.step_wall(hour);
  clock.observe();
  clock.observe();
  machine.step_wall(-hour);
  clock.observe();
  EXPECT_EQ(told, (std::vector{time_state::wall_ahead, time_state::following}));
}

TEST(ledger_clock, the_listener_may_ask_for_the_time) {
  manual_time_source machine(1'000);
  ledger_clock* asked = nullptr;
  time_ms seen = 0;
  time_params params;
  params.on_change = [&](const time_status&) { seen = asked == nullptr ? 0 : asked->status().ledger_ms; };
  ledger_clock clock(machine, params, {});
  asked = &clock;
  machine.step_wall(hour);
  clock.observe();
  EXPECT_EQ(seen, 1'000);
}

// A machine in which a long time passes between every two readings of the clocks, as for a thread that keeps losing its
// core: the pairs that are far apart must not look like steps.
TEST(ledger_clock, time_between_two_readings_is_no_step) {
  class busy_machine final : public time_source {
   public:
    time_ms wall_ms() const noexcept override { return 1'000 + passed() / 1'000'000; }
    time_ns elapsed_ns() const noexcept override { return passed(); }

   private:
    time_ns passed() const noexcept {
      const int n = calls_.fetch_add(1);
      return now_.fetch_add(n % 7 < 5 ? 2 * hour * 1'000'000 : 10) + 1;
    }
    mutable std::atomic<int> calls_{0};
    mutable std::atomic<time_ns> now_{0};
  };
  const busy_machine machine;
  ledger_clock clock(machine, {}, {});
  for (int i = 0; i < 100; ++i) {
    clock.observe();
    EXPECT_EQ(clock.status().state, time_state::following);
  }
}

TEST(ledger_clock, it_goes_back_for_no_thread) {
  const system_time_source machine;
  class jumping final : public time_source {
   public:
    explicit jumping(const time_source& real) : real_(real) {}
    time_ms wall_ms() const noexcept override { return real_.wall_ms() + ahead.load(); }
    time_ns elapsed_ns() const noexcept override { return real_.elapsed_ns(); }
    std::atomic<time_ms> ahead{0};

   private:
    const time_source& real_;
  };
  jumping source(machine);
  ledger_clock clock(source, {}, {});
  std::atomic<time_ms> latest{0};
  std::atomic<bool> went_back{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50'000; ++i) {
        const time_ms before = latest.load();
        const time_ms now = clock.now_ms();
        if (now < before) went_back = true;
        time_ms seen = before;
        while (seen < now && !latest.compare_exchange_weak(seen, now)) {
        }
      }
    });
  for (int i = 0; i < 20'000; ++i) {
    source.ahead = i % 2 == 0 ? 50'000 : -50'000;
    clock.observe();
  }
  for (auto& each : threads) each.join();
  EXPECT_FALSE(went_back);
}

TEST(system_time_source, both_clocks_go_on) {
  const system_time_source machine;
  const time_ns before = machine.elapsed_ns();
  EXPECT_GT(machine.wall_ms(), time_ms{1'600'000'000'000});
  EXPECT_GT(machine.elapsed_ns(), before);
}

}  // namespace
}  // namespace seckill
