#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/pipeline_call.hpp>
#include <seckill/policy/random.hpp>

#include <algorithm>
#include <cassert>

namespace seckill::inline v1 {

using event_kind = pipeline_event::kind;

pipeline_call::pipeline_call(const pipeline& through, const call_request& request, time_ns now) noexcept
    : plan_(through.plan()),
      request_(request),
      began_ns_(now),
      until_(request.until),
      random_(request.random),
      latest_ns_(now) {
  if (plan_->call_timeout_ns != 0) until_ = until_.within(plan_->call_timeout_ns, now);
  call_.seen = {.key = request.key, .until = until_, .random = &random_, .waker = request.waker};
  if (plan_->retry) plan_->retry->on_call();
  if (plan_->hedge) plan_->hedge->on_call();
  tell({.what = event_kind::call_began}, now);
  if (!until_.allows(plan_->call_min_ns, now)) end(call_end::late);
}

pipeline_call::~pipeline_call() {
  if (phase_ == phase::done) return;
  phase_ = phase::settling;
  pipeline_action nobody_asks;
  while (settle(latest_ns_, nobody_asks)) continue;
}

void pipeline_call::tell(pipeline_event event, time_ns now) const noexcept {
  if (plan_->observers.empty()) return;
  event.tag = request_.tag;
  event.at_ns = now;
  for (const auto& each : plan_->observers) each->on_event(event);
}

// ---- stages ----

stage_answer pipeline_call::enter(layer& into, stages all, time_ns now) noexcept {
  while (into.entered < all.size()) {
    pipeline_stage& stage = *all[into.entered];
    stage_memory& memory = into.memory[into.entered];
    const stage_answer answer =
        into.waits ? stage.again(memory, into.seen, now) : stage.enter(memory, into.seen, now);
    into.waits = answer.what == stage_answer::kind::wait;
    into.wait_until_ns = answer.at_ns;
    if (answer.what == stage_answer::kind::refuse) {
      result_.refused_by = stage.name();
      result_.retry_after_ns = answer.retry_after_ns;
      tell({.what = event_kind::refused, .target_id = into.seen.target_id, .stage = stage.name()}, now);
    }
    if (answer.what != stage_answer::kind::pass) return answer;
    ++into.entered;
  }
  return stage_answer::pass();
}

void pipeline_call::leave(layer& from, stages all, const stage_result& result, time_ns now) noexcept {
  if (from.waits) all[from.entered]->leave(from.memory[from.entered], {}, now);
  from.waits = false;
  for (; from.entered != 0; --from.entered)
    all[from.entered - 1u]->leave(from.memory[from.entered - 1u], result, now);
}

// ---- attempts ----

void pipeline_call::open_attempt() noexcept {
  const auto free = std::ranges::find(attempts_, attempt::state::none, &attempt::now);
  assert(free != attempts_.end() && opened_ < attempts_max);
  free->now = attempt::state::entering;
  free->number = opened_++;
  free->held.seen = {.key = request_.key,
                     .until = until_,
                     .attempt = free->number,
                     .avoid = std::span(tried_).first(tried_count_),
                     .random = &random_,
                     .waker = request_.waker};
}

void pipeline_call::start(attempt& of, time_ns now, pipeline_action& action) noexcept {
  of.now = attempt::state::running;
  of.began_ns = now;
  of.until = plan_->attempt_timeout_ns == 0 ? until_ : until_.within(plan_->attempt_timeout_ns, now);
  const std::uint64_t target_id = of.held.seen.target_id;
  if (target_id != 0) tried_[tried_count_++] = target_id;
  ++result_.attempts;
  if (plan_->hedge && request_.may_overlap && hedges_ < plan_->hedge->params().hedges_max)
    hedge_at_ns_ = deadline::after(plan_->hedge->delay_ns(), now).at_ns();
  tell({.what = event_kind::attempt_began, .attempt = of.number, .target_id = target_id}, now);
  action.what = pipeline_action::kind::start;
  action.attempt = of.number;
  action.target_id = target_id;
  action.until = of.until;
}

void pipeline_call::close(attempt& of, const stage_result& result, time_ns now) noexcept {
  leave(of.held, plan_->around_attempt, result, now);
  of.now = attempt::state::none;
  if (!any_running()) hedge_at_ns_ = never;
}

bool pipeline_call::any_attempt() const noexcept {
  return std::ranges::any_of(attempts_, [](const attempt& each) { return each.now != attempt::state::none; });
}
bool pipeline_call::any_running() const noexcept {
  return std::ranges::any_of(attempts_,
                             [](const attempt& each) { return each.now == attempt::state::running; });
}

// ---- what ends an attempt or the call ----

void pipeline_call::end(call_end how) noexcept {
  result_.how = how;
  if (how == call_end::failed || (how == call_end::late && result_.attempts != 0)) {
    came_to_ = call_outcome::failure;
    overloaded_ = overloaded_ || how == call_end::late;
  }
  phase_ = phase::settling;
}

void pipeline_call::failed(const attempt_result& how, time_ns now) noexcept {
  ++history_.failures;
  history_.callee_asks_ns = how.retry_after_ns;
  overloaded_ = how.overloaded;
  if (plan_->retry) plan_->retry->on_result(false);
  if (any_attempt()) return;
  if (!plan_->retry || !how.retryable || !request_.may_repeat) return end(call_end::failed);
  const auto delay = plan_->retry->next_delay(history_, until_, uniform_of(splitmix64(random_)), now);
  if (!delay) return end(call_end::failed);
  history_.previous_delay_ns = *delay;
  retry_at_ns_ = detail::later(now, *delay);
  tell({.what = event_kind::retry_scheduled, .duration_ns = *delay}, now);
}

// An attempt was refused. The others go on; without others what came before it is the answer.
void pipeline_call::refused() noexcept {
  if (any_attempt()) return;
  end(result_.attempts == 0 ? call_end::refused : call_end::failed);
}

void pipeline_call::finish(std::uint32_t number, const attempt_result& result, time_ns now) noexcept {
  latest_ns_ = std::max(latest_ns_, now);
  const auto found = std::ranges::find_if(attempts_, [&](const attempt& each) {
    return each.now == attempt::state::running && each.number == number;
  });
  if (found == attempts_.end() || phase_ != phase::attempting) return;
  const time_ns took = std::max<time_ns>(0, now - found->began_ns);
  tell({.what = event_kind::attempt_ended,
        .attempt = number,
        .target_id = found->held.seen.target_id,
        .duration_ns = took,
        .came_to = result.came_to},
       now);
  close(*found, {true, result.came_to, result.overloaded, took}, now);
  if (result.came_to == call_outcome::failure) return failed(result, now);
  if (result.came_to == call_outcome::success) {
    if (plan_->retry) plan_->retry->on_result(true);
    if (plan_->hedge) plan_->hedge->record(took, now);
  }
  came_to_ = result.came_to;
  overloaded_ = false;
  result_.refused_by = {};
  result_.retry_after_ns = 0;
  result_.attempt = number;
  end(call_end::answered);
}

// ---- stepping ----

pipeline_action pipeline_call::step(time_ns now) noexcept {
  latest_ns_ = std::max(latest_ns_, now);
  pipeline_action action;
  for (;;) {
    switch (phase_) {
      case phase::entering:
        if (enter_call(now, action)) return action;
        break;
      case phase::attempting:
        if (step_attempts(now, action)) return action;
        break;
      case phase::settling:
        if (settle(now, action)) return action;
        break;
      case phase::done:
        action.what = pipeline_action::kind::done;
        action.result = result_;
        return action;
    }
  }
}

bool pipeline_call::enter_call(time_ns now, pipeline_action& action) noexcept {
  if (until_.passed(now)) {
    end(call_end::late);
    return false;
  }
  const stage_answer answer = enter(call_, plan_->around_call, now);
  switch (answer.what) {
    case stage_answer::kind::pass:
      phase_ = phase::attempting;
      open_attempt();
      return false;
    case stage_answer::kind::refuse:
      end(call_end::refused);
      return false;
    case stage_answer::kind::wait:
      break;
  }
  action.what = pipeline_action::kind::wait;
  action.until = std::min(until_, deadline::at(answer.at_ns));
  return true;
}

bool pipeline_call::step_attempts(time_ns now, pipeline_action& action) noexcept {
  if (until_.passed(now)) {
    end(call_end::late);
    return false;
  }
  for (attempt& each : attempts_)
    if (each.now != attempt::state::none && step_attempt(each, now, action)) return true;
  if (phase_ != phase::attempting || begin_what_is_due(now)) return false;
  action.what = pipeline_action::kind::wait;
  action.until = deadline::at(next_time());
  return true;
}

bool pipeline_call::step_attempt(attempt& of, time_ns now, pipeline_action& action) noexcept {
  if (of.now == attempt::state::running) {
    if (!of.until.passed(now)) return false;
    const time_ns took = now - of.began_ns;
    tell({.what = event_kind::attempt_timed_out,
          .attempt = of.number,
          .target_id = of.held.seen.target_id,
          .duration_ns = took},
         now);
    close(of, {true, call_outcome::failure, true, took}, now);
    failed({.came_to = call_outcome::failure, .overloaded = true}, now);
    action.what = pipeline_action::kind::cancel;
    action.attempt = of.number;
    return true;
  }
  const stage_answer answer = enter(of.held, plan_->around_attempt, now);
  if (answer.what == stage_answer::kind::pass) {
    start(of, now, action);
    return true;
  }
  if (answer.what == stage_answer::kind::refuse) {
    close(of, {}, now);
    refused();
  }
  return false;
}

bool pipeline_call::begin_what_is_due(time_ns now) noexcept {
  if (now >= retry_at_ns_) {
    retry_at_ns_ = never;
    open_attempt();
    return true;
  }
  if (now < hedge_at_ns_) return false;
  hedge_at_ns_ = never;
  if (!plan_->hedge->try_hedge(hedges_, now)) return false;
  ++hedges_;
  open_attempt();
  return true;
}

time_ns pipeline_call::next_time() const noexcept {
  time_ns next = std::min({until_.at_ns(), retry_at_ns_, hedge_at_ns_});
  for (const attempt& each : attempts_) {
    if (each.now == attempt::state::running) next = std::min(next, each.until.at_ns());
    if (each.now == attempt::state::entering) next = std::min(next, each.held.wait_until_ns);
  }
  return next;
}

// The losers first, then the call.
bool pipeline_call::settle(time_ns now, pipeline_action& action) noexcept {
  for (attempt& each : attempts_) {
    if (each.now == attempt::state::entering) close(each, {}, now);
    if (each.now != attempt::state::running) continue;
    tell({.what = event_kind::attempt_cancelled,
          .attempt = each.number,
          .target_id = each.held.seen.target_id},
         now);
    // At the deadline the callee has not answered in time; a loser of a race says nothing.
    const bool too_slow = result_.how == call_end::late;
    close(each,
          {true, too_slow ? call_outcome::failure : call_outcome::ignored, too_slow, now - each.began_ns},
          now);
    action.what = pipeline_action::kind::cancel;
    action.attempt = each.number;
    return true;
  }
  const time_ns took = std::max<time_ns>(0, now - began_ns_);
  leave(call_, plan_->around_call, {result_.attempts != 0, came_to_, overloaded_, took}, now);
  tell({.what = event_kind::call_ended, .duration_ns = took, .came_to = came_to_}, now);
  phase_ = phase::done;
  return false;
}

}  // namespace seckill::inline v1
