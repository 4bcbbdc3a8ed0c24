#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/pipeline_stages.hpp>
#include <seckill/policy/random.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace seckill::inline v1 {
namespace {

class rate_limit_stage final : public pipeline_stage {
 public:
  explicit rate_limit_stage(std::shared_ptr<any_rate_limiter> limiter) : limiter_(std::move(limiter)) {}
  std::string_view name() const noexcept override { return "rate_limit"; }
  stage_answer enter(stage_memory& memory, stage_call& call, time_ns now) noexcept override {
    const rate_decision answer = limiter_->try_acquire(1, now);
    if (!answer.allowed) return stage_answer::refuse(answer.retry_after_ns);
    if (answer.delay_ns != 0 && !call.until.allows(answer.delay_ns, now)) {
      limiter_->give_back(1, now);
      return stage_answer::refuse(answer.delay_ns);
    }
    memory.emplace<time_ns>(detail::later(now, answer.delay_ns));
    return again(memory, call, now);
  }
  stage_answer again(stage_memory& memory, stage_call& /*call*/, time_ns now) noexcept override {
    const time_ns due = memory.as<time_ns>();
    return now >= due ? stage_answer::pass() : stage_answer::wait_until(due);
  }
  void leave(stage_memory& /*memory*/, const stage_result& result, time_ns now) noexcept override {
    if (!result.made) limiter_->give_back(1, now);
  }

 private:
  const std::shared_ptr<any_rate_limiter> limiter_;
};

// Of the concurrency limiter and of the bulkhead.
template <typename Permit>
void end(Permit permit, const stage_result& result, time_ns now) noexcept {
  if (!result.made || result.came_to == call_outcome::ignored) return;
  if (result.overloaded)
    permit.drop(now);
  else
    permit.succeed(now);
}

class concurrency_stage final : public pipeline_stage {
 public:
  explicit concurrency_stage(std::shared_ptr<concurrency_limiter> limiter) : limiter_(std::move(limiter)) {}
  std::string_view name() const noexcept override { return "concurrency_limit"; }
  stage_answer enter(stage_memory& memory, stage_call& /*call*/, time_ns now) noexcept override {
    concurrency_limiter::permit permit = limiter_->acquire(now);
    if (!permit) return stage_answer::refuse();
    memory.emplace<concurrency_limiter::permit>(std::move(permit));
    return stage_answer::pass();
  }
  void leave(stage_memory& memory, const stage_result& result, time_ns now) noexcept override {
    end(memory.take<concurrency_limiter::permit>(), result, now);
  }

 private:
  const std::shared_ptr<concurrency_limiter> limiter_;
};

class bulkhead_stage final : public pipeline_stage {
 public:
  explicit bulkhead_stage(std::shared_ptr<bulkhead> hold) : hold_(std::move(hold)) {}
  std::string_view name() const noexcept override { return "bulkhead"; }
  stage_answer enter(stage_memory& memory, stage_call& call, time_ns now) noexcept override {
    memory.emplace<bulkhead::place>(hold_->enter(call.until, {call.waker.wake, call.waker.context}, now));
    return again(memory, call, now);
  }
  stage_answer again(stage_memory& memory, stage_call& /*call*/, time_ns now) noexcept override {
    auto& place = memory.as<bulkhead::place>();
    switch (place.poll(now)) {
      case bulkhead::state::entered:
        return stage_answer::pass();
      case bulkhead::state::waiting:
        return stage_answer::wait_until(place.until_ns());
      case bulkhead::state::none:
      case bulkhead::state::full:
      case bulkhead::state::late:
        break;
    }
    std::destroy_at(&place);
    return stage_answer::refuse();
  }
  void leave(stage_memory& memory, const stage_result& result, time_ns now) noexcept override {
    end(memory.take<bulkhead::place>(), result, now);
  }

 private:
  const std::shared_ptr<bulkhead> hold_;
};

class breaker_stage final : public pipeline_stage {
 public:
  explicit breaker_stage(std::shared_ptr<circuit_breaker> breaker) : breaker_(std::move(breaker)) {}
  std::string_view name() const noexcept override { return "circuit_breaker"; }
  stage_answer enter(stage_memory& memory, stage_call& /*call*/, time_ns now) noexcept override {
    const auto ticket = breaker_->try_acquire(now);
    if (!ticket) {
      const auto opens = breaker_->next_deadline();
      return stage_answer::refuse(opens ? std::max<time_ns>(0, *opens - now) : 0);
    }
    memory.emplace<circuit_breaker::ticket>(*ticket);
    return stage_answer::pass();
  }
  void leave(stage_memory& memory, const stage_result& result, time_ns now) noexcept override {
    const auto ticket = memory.take<circuit_breaker::ticket>();
    if (result.made)
      breaker_->record(ticket, result.came_to, result.duration_ns, now);
    else
      breaker_->give_back(ticket);
  }

 private:
  const std::shared_ptr<circuit_breaker> breaker_;
};

class throttle_stage final : public pipeline_stage {
 public:
  explicit throttle_stage(std::shared_ptr<adaptive_throttle> throttle) : throttle_(std::move(throttle)) {}
  std::string_view name() const noexcept override { return "adaptive_throttle"; }
  stage_answer enter(stage_memory& /*memory*/, stage_call& call, time_ns now) noexcept override {
    return throttle_->try_acquire(now, uniform_of(splitmix64(*call.random))) ? stage_answer::pass()
                                                                             : stage_answer::refuse();
  }
  void leave(stage_memory& /*memory*/, const stage_result& result, time_ns now) noexcept override {
    if (!result.made || !result.overloaded) throttle_->accepted(now);
  }

 private:
  const std::shared_ptr<adaptive_throttle> throttle_;
};

class balancer_stage final : public pipeline_stage {
 public:
  explicit balancer_stage(std::shared_ptr<load_balancer> balancer) : balancer_(std::move(balancer)) {}
  std::string_view name() const noexcept override { return "load_balancer"; }
  stage_answer enter(stage_memory& memory, stage_call& call, time_ns now) noexcept override {
    load_balancer::lease lease =
        balancer_->pick({.key = call.key, .random = splitmix64(*call.random), .avoid = call.avoid}, now);
    if (!lease) return stage_answer::refuse();
    call.target_id = lease.target_id();
    memory.emplace<load_balancer::lease>(std::move(lease));
    return stage_answer::pass();
  }
  void leave(stage_memory& memory, const stage_result& result, time_ns now) noexcept override {
    auto lease = memory.take<load_balancer::lease>();
    if (result.made) lease.report(result.came_to, now);
  }

 private:
  const std::shared_ptr<load_balancer> balancer_;
};

template <typename Stage, typename Policy>
std::shared_ptr<pipeline_stage> stage_of(std::shared_ptr<Policy> policy) {
  if (policy == nullptr) throw std::invalid_argument("make_stage: the policy must not be null");
  return std::make_shared<Stage>(std::move(policy));
}

}  // namespace

std::shared_ptr<pipeline_stage> make_stage(std::shared_ptr<any_rate_limiter> limiter) {
  return stage_of<rate_limit_stage>(std::move(limiter));
}
std::shared_ptr<pipeline_stage> make_stage(std::shared_ptr<concurrency_limiter> limiter) {
  return stage_of<concurrency_stage>(std::move(limiter));
}
std::shared_ptr<pipeline_stage> make_stage(std::shared_ptr<bulkhead> hold) {
  return stage_of<bulkhead_stage>(std::move(hold));
}
std::shared_ptr<pipeline_stage> make_stage(std::shared_ptr<circuit_breaker> breaker) {
  return stage_of<breaker_stage>(std::move(breaker));
}
std::shared_ptr<pipeline_stage> make_stage(std::shared_ptr<adaptive_throttle> throttle) {
  return stage_of<throttle_stage>(std::move(throttle));
}
std::shared_ptr<pipeline_stage> make_stage(std::shared_ptr<load_balancer> balancer) {
  return stage_of<balancer_stage>(std::move(balancer));
}

}  // namespace seckill::inline v1
