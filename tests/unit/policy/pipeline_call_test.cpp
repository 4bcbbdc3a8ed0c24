#include <seckill/policy/pipeline_call.hpp>
#include <seckill/policy/run_call.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seckill {
namespace {

using kind = pipeline_action::kind;

// A stage that does what it is told and writes down what is done to it.
class scripted_stage final : public pipeline_stage {
 public:
  scripted_stage(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}

  std::vector<stage_answer> script;  // of the next enter() and again(); then it passes
  std::uint64_t target_id = 0;
  int held = 0;

  std::string_view name() const noexcept override { return name_; }
  stage_answer enter(stage_memory& memory, stage_call& call, time_ns /*now*/) noexcept override {
    ++held;
    memory.emplace<int>(42);
    if (target_id != 0) call.target_id = target_id;
    return next("enter");
  }
  stage_answer again(stage_memory& memory, stage_call& /*call*/, time_ns /*now*/) noexcept override {
    EXPECT_EQ(memory.as<int>(), 42);
    return next("again");
  }
  void leave(stage_memory& memory, const stage_result& result, time_ns /*now*/) noexcept override {
    EXPECT_EQ(memory.take<int>(), 42);
    --held;
    log_.push_back(name_ + (!result.made                              ? " unused"
                            : result.came_to == call_outcome::success ? " success"
                            : result.came_to == call_outcome::ignored ? " ignored"
                            : result.overloaded                       ? " overload"
                                                                      : " failure"));
  }

 private:
  stage_answer next(const char* what) {
    stage_answer answer;
    if (!script.empty()) {
      answer = script.front();
      script.erase(script.begin());
    }
    if (answer.what == stage_answer::kind::refuse) --held;
    if (answer.what != stage_answer::kind::pass) log_.push_back(name_ + ' ' + what + " stopped");
    return answer;
  }
  std::string name_;
  std::vector<std::string>& log_;
};

struct pipeline_call_test : testing::Test {
  std::vector<std::string> log;
  std::shared_ptr<scripted_stage> outer = std::make_shared<scripted_stage>("outer", log);
  std::shared_ptr<scripted_stage> inner = std::make_shared<scripted_stage>("inner", log);
  pipeline_plan plan{.around_call = {outer}, .around_attempt = {inner}};

  void retry(std::uint32_t attempts_max, time_ns delay_ns = 100) {
    plan.retry = std::make_shared<retry_policy>(
        retry_params{
            .attempts_max = attempts_max, .delay = backoff_params::constant(delay_ns), .attempt_min_ns = 1},
        nullptr);
  }
  void hedge(time_ns after_ns, std::uint32_t hedges_max = 1) {
    plan.hedge = std::make_shared<hedge_policy>(
        hedge_params{.delay_min_ns = 0, .delay_max_ns = after_ns, .hedges_max = hedges_max});
  }
  void TearDown() override {
    EXPECT_EQ(outer->held, 0);
    EXPECT_EQ(inner->held, 0);
  }
};

void expect_start(const pipeline_action& action, std::uint32_t attempt) {
  ASSERT_EQ(action.what, kind::start);
  EXPECT_EQ(action.attempt, attempt);
}
void expect_wait(const pipeline_action& action, time_ns until) {
  ASSERT_EQ(action.what, kind::wait);
  EXPECT_EQ(action.until.at_ns(), until);
}
void expect_cancel(const pipeline_action& action, std::uint32_t attempt) {
  ASSERT_EQ(action.what, kind::cancel);
  EXPECT_EQ(action.attempt, attempt);
}
void expect_done(const pipeline_action& action, call_end how, std::uint32_t attempts) {
  ASSERT_EQ(action.what, kind::done);
  EXPECT_EQ(action.result.how, how);
  EXPECT_EQ(action.result.attempts, attempts);
}

constexpr attempt_result failure{.came_to = call_outcome::failure};

// ---- one attempt ----

TEST_F(pipeline_call_test, an_answer_goes_through_every_stage_and_back) {
  const pipeline through(plan);
  inner->target_id = 7;
  pipeline_call call(through, {}, 0);
  const pipeline_action begun = call.step(0);
  expect_start(begun, 0);
  EXPECT_EQ(begun.target_id, 7U);
  EXPECT_EQ(call.step(1).what, kind::wait);
  call.finish(0, {}, 5);
  expect_done(call.step(5), call_end::answered, 1);
  expect_done(call.step(6), call_end::answered, 1);
  EXPECT_EQ(log, (std::vector<std::string>{"inner success", "outer success"}));
}

TEST_F(pipeline_call_test, without_retries_a_failure_is_the_end) {
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  call.finish(0, failure, 5);
  expect_done(call.step(5), call_end::failed, 1);
  EXPECT_EQ(log, (std::vector<std::string>{"inner failure", "outer failure"}));
}

TEST_F(pipeline_call_test, a_refusal_gives_back_what_was_held) {
  const auto last = std::make_shared<scripted_stage>("last", log);
  last->script = {stage_answer::refuse(77)};
  plan.around_call.push_back(last);
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  const pipeline_action action = call.step(0);
  expect_done(action, call_end::refused, 0);
  EXPECT_EQ(action.result.refused_by, "last");
  EXPECT_EQ(action.result.retry_after_ns, 77);
  EXPECT_EQ(log, (std::vector<std::string>{"last enter stopped", "outer unused"}));
}

TEST_F(pipeline_call_test, a_refused_attempt_refuses_the_call) {
  retry(3);
  inner->script = {stage_answer::refuse()};
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_done(call.step(0), call_end::refused, 0);
  EXPECT_EQ(log.back(), "outer unused");
}

TEST_F(pipeline_call_test, a_stage_that_waits_is_asked_again) {
  outer->script = {stage_answer::wait_until(10), stage_answer::wait_until(20)};
  inner->script = {stage_answer::wait_until(30)};
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_wait(call.step(0), 10);
  expect_wait(call.step(10), 20);
  expect_wait(call.step(20), 30);
  expect_start(call.step(30), 0);
  call.finish(0, {}, 31);
  expect_done(call.step(31), call_end::answered, 1);
}

TEST_F(pipeline_call_test, who_waits_in_vain_leaves) {
  outer->script = {stage_answer::wait_until(1'000)};
  const pipeline through(plan);
  pipeline_call call(through, {.until = deadline::at(50)}, 0);
  expect_wait(call.step(0), 50);
  expect_done(call.step(50), call_end::late, 0);
  EXPECT_EQ(log.back(), "outer unused");
}

TEST_F(pipeline_call_test, destroying_a_call_gives_everything_back) {
  hedge(10);
  inner->script = {stage_answer::pass(), stage_answer::wait_until(1'000)};
  const pipeline through(plan);
  {
    pipeline_call call(through, {}, 0);
    expect_start(call.step(0), 0);
    expect_wait(call.step(10), 1'000);
    EXPECT_EQ(inner->held, 2);
  }
  EXPECT_EQ(inner->held, 0);
  EXPECT_EQ(outer->held, 0);
  EXPECT_EQ(log.back(), "outer ignored");
}

// ---- time ----

TEST_F(pipeline_call_test, ends_at_its_deadline_and_blames_the_callee) {
  const pipeline through(plan);
  pipeline_call call(through, {.until = deadline::at(100)}, 0);
  const pipeline_action begun = call.step(0);
  EXPECT_EQ(begun.until.at_ns(), 100);
  expect_wait(call.step(1), 100);
  expect_cancel(call.step(100), 0);
  expect_done(call.step(100), call_end::late, 1);
  call.finish(0, {}, 101);
  EXPECT_EQ(log, (std::vector<std::string>{"inner overload", "outer overload"}));
}

TEST_F(pipeline_call_test, refuses_a_call_that_cannot_be_over_in_time) {
  plan.call_min_ns = 50;
  const pipeline through(plan);
  pipeline_call late(through, {.until = deadline::at(149)}, 100);
  expect_done(late.step(100), call_end::late, 0);
  pipeline_call in_time(through, {.until = deadline::at(150)}, 100);
  expect_start(in_time.step(100), 0);
}

TEST_F(pipeline_call_test, the_plan_cuts_the_deadline) {
  plan.call_timeout_ns = 40;
  const pipeline through(plan);
  pipeline_call call(through, {.until = deadline::at(1'000)}, 0);
  EXPECT_EQ(call.step(0).until.at_ns(), 40);
}

TEST_F(pipeline_call_test, a_slow_attempt_is_given_up_and_retried) {
  retry(2);
  plan.attempt_timeout_ns = 50;
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  expect_wait(call.step(0), 50);
  expect_cancel(call.step(50), 0);
  expect_wait(call.step(50), 150);
  expect_start(call.step(150), 1);
  call.finish(0, {}, 160);
  expect_wait(call.step(160), 200);
  call.finish(1, {}, 170);
  expect_done(call.step(170), call_end::answered, 2);
  EXPECT_EQ(log, (std::vector<std::string>{"inner overload", "inner success", "outer success"}));
}

// ---- retries ----

TEST_F(pipeline_call_test, retries_after_the_delay_and_enters_the_attempt_stages_anew) {
  retry(3);
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  call.finish(0, failure, 10);
  expect_wait(call.step(10), 110);
  expect_wait(call.step(109), 110);
  expect_start(call.step(110), 1);
  call.finish(1, failure, 120);
  expect_start(call.step(220), 2);
  call.finish(2, failure, 230);
  expect_done(call.step(230), call_end::failed, 3);
  EXPECT_EQ(log,
            (std::vector<std::string>{"inner failure", "inner failure", "inner failure", "outer failure"}));
}

TEST_F(pipeline_call_test, does_not_retry_what_must_not_be_repeated) {
  retry(3);
  const pipeline through(plan);
  pipeline_call once(through, {.may_repeat = false}, 0);
  expect_start(once.step(0), 0);
  once.finish(0, failure, 1);
  expect_done(once.step(1), call_end::failed, 1);
  pipeline_call permanent(through, {}, 0);
  expect_start(permanent.step(0), 0);
  permanent.finish(0, {.came_to = call_outcome::failure, .retryable = false}, 1);
  expect_done(permanent.step(1), call_end::failed, 1);
}

TEST_F(pipeline_call_test, waits_as_long_as_the_callee_asks) {
  retry(2);
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  call.finish(0, {.came_to = call_outcome::failure, .retry_after_ns = 5'000}, 10);
  expect_wait(call.step(10), 5'010);
}

TEST_F(pipeline_call_test, a_refused_retry_ends_with_the_failure) {
  retry(3);
  inner->script = {stage_answer::pass(), stage_answer::refuse()};
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  call.finish(0, failure, 10);
  const pipeline_action action = call.step(110);
  expect_done(action, call_end::failed, 1);
  EXPECT_EQ(action.result.refused_by, "inner");
}

TEST_F(pipeline_call_test, a_retry_prefers_other_targets) {
  struct chooser final : pipeline_stage {
    std::vector<std::vector<std::uint64_t>> avoided;
    std::string_view name() const noexcept override { return "chooser"; }
    stage_answer enter(stage_memory&, stage_call& call, time_ns) noexcept override {
      avoided.emplace_back(call.avoid.begin(), call.avoid.end());
      call.target_id = avoided.size() * 10;
      return stage_answer::pass();
    }
    void leave(stage_memory&, const stage_result&, time_ns) noexcept override {}
  };
  retry(3, 0);
  const auto choosing = std::make_shared<chooser>();
  plan.around_attempt = {choosing};
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  for (std::uint32_t attempt = 0; attempt < 3; ++attempt) {
    expect_start(call.step(attempt), attempt);
    call.finish(attempt, failure, attempt);
  }
  EXPECT_EQ(choosing->avoided, (std::vector<std::vector<std::uint64_t>>{{}, {10}, {10, 20}}));
}

// ---- hedges ----

TEST_F(pipeline_call_test, the_first_answer_of_two_wins_and_the_other_is_cancelled) {
  hedge(50);
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  expect_wait(call.step(0), 50);
  expect_start(call.step(50), 1);
  EXPECT_EQ(inner->held, 2);
  call.finish(1, {}, 60);
  expect_cancel(call.step(60), 0);
  const pipeline_action action = call.step(60);
  expect_done(action, call_end::answered, 2);
  EXPECT_EQ(action.result.attempt, 1U);
  EXPECT_EQ(log, (std::vector<std::string>{"inner success", "inner ignored", "outer success"}));
}

TEST_F(pipeline_call_test, a_failure_waits_for_the_other_attempt) {
  hedge(50);
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  expect_start(call.step(50), 1);
  call.finish(0, failure, 55);
  EXPECT_EQ(call.step(55).what, kind::wait);
  call.finish(1, {}, 60);
  expect_done(call.step(60), call_end::answered, 2);
}

TEST_F(pipeline_call_test, a_refused_hedge_leaves_the_first_attempt_alone) {
  hedge(50);
  inner->script = {stage_answer::pass(), stage_answer::refuse()};
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  expect_start(call.step(0), 0);
  EXPECT_EQ(call.step(50).what, kind::wait);
  call.finish(0, {}, 60);
  const pipeline_action action = call.step(60);
  expect_done(action, call_end::answered, 1);
  EXPECT_TRUE(action.result.refused_by.empty());
}

TEST_F(pipeline_call_test, does_not_hedge_what_must_not_overlap) {
  hedge(50);
  const pipeline through(plan);
  pipeline_call call(through, {.may_overlap = false}, 0);
  expect_start(call.step(0), 0);
  EXPECT_EQ(call.step(1'000).what, kind::wait);
}

TEST_F(pipeline_call_test, hedges_and_retries_together_stay_within_their_bounds) {
  hedge(10, 3);
  retry(16, 1);
  plan.attempt_timeout_ns = 100;
  const pipeline through(plan);
  pipeline_call call(through, {}, 0);
  std::uint32_t started = 0;
  int most = 0;
  time_ns now = 0;
  for (pipeline_action action = call.step(now); action.what != kind::done; action = call.step(now)) {
    if (action.what == kind::start) ++started;
    if (action.what == kind::wait) now = action.until.at_ns();
    most = std::max(most, inner->held);
  }
  EXPECT_LE(most, 4);
  EXPECT_EQ(started, 16U);
}

// ---- changing the plan ----

TEST_F(pipeline_call_test, a_call_ends_under_the_plan_that_it_began_under) {
  retry(2);
  pipeline through(plan);
  pipeline_call old(through, {}, 0);
  expect_start(old.step(0), 0);
  const auto other = std::make_shared<scripted_stage>("other", log);
  through.reconfigure({.around_call = {other}});
  pipeline_call fresh(through, {}, 0);
  expect_start(fresh.step(0), 0);
  old.finish(0, failure, 1);
  expect_start(old.step(101), 1);
  old.finish(1, {}, 102);
  expect_done(old.step(102), call_end::answered, 2);
  EXPECT_EQ(log, (std::vector<std::string>{"inner failure", "inner success", "outer success"}));
  fresh.finish(0, failure, 1);
  expect_done(fresh.step(1), call_end::failed, 1);
  EXPECT_EQ(log.back(), "other failure");
}

TEST_F(pipeline_call_test, what_only_the_old_plan_has_goes_with_its_last_call) {
  std::weak_ptr<pipeline_stage> watched = inner;
  pipeline through(std::exchange(plan, {}));
  {
    pipeline_call call(through, {}, 0);
    expect_start(call.step(0), 0);
    through.reconfigure({});
    call.finish(0, {}, 1);
    EXPECT_EQ(watched.use_count(), 2) << "this test's, and the old plan's";
  }
  EXPECT_EQ(watched.use_count(), 1);
}

TEST_F(pipeline_call_test, observers_hear_what_happens) {
  struct listener final : pipeline_observer {
    std::vector<pipeline_event::kind> heard;
    std::uint64_t tag = 0;
    void on_event(const pipeline_event& event) noexcept override {
      heard.push_back(event.what);
      tag = event.tag;
    }
  };
  using event = pipeline_event::kind;
  retry(2);
  const auto all = std::make_shared<listener>();
  plan.observers = {all};
  const pipeline through(plan);
  pipeline_call call(through, {.tag = 99}, 0);
  expect_start(call.step(0), 0);
  call.finish(0, failure, 10);
  expect_start(call.step(110), 1);
  call.finish(1, {}, 120);
  expect_done(call.step(120), call_end::answered, 2);
  EXPECT_EQ(all->heard, (std::vector{event::call_began, event::attempt_began, event::attempt_ended,
                                     event::retry_scheduled, event::attempt_began, event::attempt_ended,
                                     event::call_ended}));
  EXPECT_EQ(all->tag, 99U);
}

TEST(pipeline, refuses_bad_plans_and_keeps_the_old_one) {
  std::vector<std::string> log;
  const auto stage = std::make_shared<scripted_stage>("stage", log);
  pipeline through({.around_call = {stage}});
  EXPECT_THROW(through.reconfigure({.around_call = {nullptr}}), std::invalid_argument);
  EXPECT_THROW(through.reconfigure({.attempt_timeout_ns = -1}), std::invalid_argument);
  pipeline_plan long_one;
  long_one.around_attempt.assign(9, stage);
  EXPECT_THROW(through.reconfigure(long_one), std::invalid_argument);
  EXPECT_EQ(through.plan()->around_call.size(), 1U);
}

// ---- the blocking driver ----

struct simulated_driver {
  time_ns clock = 0;
  std::vector<attempt_result> script;
  time_ns now() { return clock; }
  void wait_until(deadline until) { clock = until.at_ns(); }
  attempt_result call(const pipeline_action& /*start*/) {
    clock += 10;
    const attempt_result next = script.front();
    script.erase(script.begin());
    return next;
  }
};

TEST_F(pipeline_call_test, a_blocking_caller_retries_in_place) {
  retry(3);
  const pipeline through(plan);
  simulated_driver driver{.script = {failure, failure, {}}};
  const call_result result = run_call(through, {}, driver);
  EXPECT_EQ(result.how, call_end::answered);
  EXPECT_EQ(result.attempts, 3U);
  EXPECT_EQ(driver.clock, 230);
}

}  // namespace
}  // namespace seckill
