#include <seckill/policy/pipeline_call.hpp>
#include <seckill/policy/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

// Calls through stages that pass, wait and refuse by chance, with answers by chance, given up by chance. Whatever happens:
// what was let in comes out once, and the bounds hold.

namespace seckill {
namespace {

using kind = pipeline_action::kind;

class moody_stage final : public pipeline_stage {
 public:
  explicit moody_stage(std::uint64_t& random) : random_(random) {}
  int held = 0;

  std::string_view name() const noexcept override { return "moody"; }
  stage_answer enter(stage_memory& memory, stage_call& call, time_ns now) noexcept override {
    ++held;
    memory.emplace<std::uint64_t>(call.key);
    call.target_id = 1 + splitmix64(random_) % 5;
    return answer(now);
  }
  stage_answer again(stage_memory& memory, stage_call& call, time_ns now) noexcept override {
    EXPECT_EQ(memory.as<std::uint64_t>(), call.key);
    return answer(now);
  }
  void leave(stage_memory& memory, const stage_result& result, time_ns /*now*/) noexcept override {
    EXPECT_EQ(memory.take<std::uint64_t>(), 77U);
    EXPECT_TRUE(result.made || result.came_to == call_outcome::ignored);
    --held;
  }

 private:
  stage_answer answer(time_ns now) {
    const std::uint64_t mood = splitmix64(random_) % 16;
    if (mood == 0) {
      --held;
      return stage_answer::refuse(5);
    }
    return mood < 4 ? stage_answer::wait_until(now + 1 + static_cast<time_ns>(splitmix64(random_) % 30))
                    : stage_answer::pass();
  }
  std::uint64_t& random_;
};

class chance_driver {
 public:
  chance_driver(const pipeline& through, std::uint64_t& random, const call_request& request)
      : random_(random), until_(request.until), call_(through, request, 0) {}

  void run(std::uint64_t give_up_after) {
    for (std::uint64_t steps = 0; steps < give_up_after; ++steps) {
      const pipeline_action next = call_.step(now_);
      if (next.what == kind::done) return done(next.result);
      if (next.what == kind::start) start(next);
      if (next.what == kind::cancel) cancel(next);
      if (next.what == kind::wait) wait(next.until);
    }
  }
  std::uint32_t started = 0;

 private:
  void start(const pipeline_action& next) {
    EXPECT_EQ(next.attempt, std::max(next.attempt, last_));
    EXPECT_LE(next.until, until_);
    last_ = next.attempt;
    ++started;
    EXPECT_TRUE(running_.insert(next.attempt).second);
    EXPECT_LE(running_.size(), 4U);
  }
  void cancel(const pipeline_action& next) { EXPECT_EQ(running_.erase(next.attempt), 1U); }
  // An answer, an answer of an attempt that is over, or the time.
  void wait(deadline until) {
    EXPECT_GT(until.at_ns(), now_);
    const std::uint64_t chance = splitmix64(random_) % 4;
    now_ = chance == 0 ? until.at_ns()
                       : std::min<time_ns>(until.at_ns(), now_ + 1 + static_cast<time_ns>(chance * 9));
    if (chance == 1) call_.finish(static_cast<std::uint32_t>(splitmix64(random_) % 20 + 100), {}, now_);
    if (chance < 2 || running_.empty()) return;
    const std::uint32_t ended = *running_.begin();
    running_.erase(ended);
    call_.finish(ended,
                 {.came_to = static_cast<call_outcome>(splitmix64(random_) % 3),
                  .retryable = splitmix64(random_) % 8 != 0},
                 now_);
  }
  void done(const call_result& result) {
    EXPECT_TRUE(running_.empty());
    EXPECT_EQ(result.attempts, started);
    EXPECT_LE(now_, until_.at_ns());
    EXPECT_TRUE(result.how != call_end::late || until_.passed(now_));
    EXPECT_EQ(result.how == call_end::refused, result.how != call_end::late && started == 0);
  }

  std::uint64_t& random_;
  const deadline until_;
  time_ns now_ = 0;
  std::uint32_t last_ = 0;
  std::set<std::uint32_t> running_;
  pipeline_call call_;
};

TEST(pipeline_call_property, whatever_happens_permits_come_back_once_and_bounds_hold) {
  std::uint64_t random = 2026;
  std::vector<std::shared_ptr<moody_stage>> stages;
  for (int i = 0; i < 5; ++i) stages.push_back(std::make_shared<moody_stage>(random));
  const pipeline through(
      {.around_call = {stages[0], stages[1]},
       .around_attempt = {stages[2], stages[3], stages[4]},
       .retry = std::make_shared<retry_policy>(
           retry_params{.attempts_max = 6, .delay = {.initial_ns = 5, .max_ns = 50}, .attempt_min_ns = 0},
           nullptr),
       .hedge =
           std::make_shared<hedge_policy>(hedge_params{.delay_min_ns = 0,
                                                       .delay_max_ns = 8,
                                                       .hedges_max = 3,
                                                       .budget = {.tokens_max = 1'000.0, .per_call = 3.0}}),
       .attempt_timeout_ns = 40});
  std::uint32_t most = 0;
  for (int round = 0; round < 20'000; ++round) {
    {
      chance_driver driver(
          through, random,
          {.key = 77, .until = deadline::at(60 + round % 500), .random = splitmix64(random)});
      driver.run(round % 5 == 0 ? splitmix64(random) % 20 : 10'000);
      EXPECT_LE(driver.started, 9U);
      most = std::max(most, driver.started);
    }
    for (const auto& each : stages) ASSERT_EQ(each->held, 0) << round;
  }
  EXPECT_GE(most, 7U) << "or the test looks at less than it says";
}

}  // namespace
}  // namespace seckill
