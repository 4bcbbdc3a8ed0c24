#include <seckill/policy/bulkhead.hpp>

#include <algorithm>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

constexpr std::uint32_t queue_max_max = 65'536;

const bulkhead_params& checked(const bulkhead_params& params) {
  if (params.queue_max > queue_max_max)
    throw std::invalid_argument("bulkhead: queue_max must be at most 65536");
  if (params.wait_max_ns < 0) throw std::invalid_argument("bulkhead: wait_max_ns must not be negative");
  return params;
}

}  // namespace

bulkhead::bulkhead(concurrency_limiter::any_limit limit, const bulkhead_params& params)
    : limiter_(std::move(limit)),
      params_(checked(params)),
      seats_(std::make_unique<seat[]>(params.queue_max)) {
  for (std::uint32_t at = params.queue_max; at != 0; --at) release(at - 1);
}

bulkhead::place bulkhead::enter(deadline until, bulkhead_waker waker, time_ns now) noexcept {
  const time_ns until_ns = until.within(params_.wait_max_ns, now).at_ns();
  place mine(*this, state::late, none, until_ns);
  if (until.passed(now)) return mine;
  if (waiting() == 0) {
    mine.permit_ = limiter_.acquire(now);
    if (mine.permit_) {
      mine.state_ = state::entered;
      return mine;
    }
  }
  return wait(until_ns, waker, now);
}

bulkhead::place bulkhead::wait(time_ns until_ns, bulkhead_waker waker, time_ns now) noexcept {
  place mine(*this, state::full, none, until_ns);
  const std::lock_guard lock(mutex_);
  latest_ns_ = std::max(latest_ns_, now);
  if (free_ == none) return mine;
  mine.at_ = free_;
  seat& taken = seats_[mine.at_];
  free_ = taken.next;
  taken.now = state::waiting;
  taken.until_ns = until_ns;
  taken.waker = {};
  append(mine.at_);
  // A permit that came back since it was asked for was brought by somebody who may not have seen this seat.
  serve_locked();
  mine.state_ = taken.now;
  if (taken.now == state::waiting) {
    taken.waker = waker;
    return mine;
  }
  mine.permit_ = std::move(taken.permit);
  release(mine.at_);
  return mine;
}

bulkhead::state bulkhead::poll(std::uint32_t at, concurrency_limiter::permit& permit, time_ns now) noexcept {
  const std::lock_guard lock(mutex_);
  latest_ns_ = std::max(latest_ns_, now);
  seat& mine = seats_[at];
  if (mine.now == state::waiting && now >= mine.until_ns) {
    unlink(at);
    mine.now = state::late;
  }
  const state seen = mine.now;
  if (seen == state::waiting) return seen;
  permit = std::move(mine.permit);
  release(at);
  return seen;
}

void bulkhead::give_up(std::uint32_t at) noexcept {
  const std::lock_guard lock(mutex_);
  seat& mine = seats_[at];
  if (mine.now == state::waiting) unlink(at);
  mine.permit.ignore();
  release(at);
  serve_locked();
}

// ---- the queue ----

// Whoever brings a permit back looks at the counter after it, whoever waits asks for a permit after changing it: one of
// them sees the other, because both are read-modify-write operations of one word.
void bulkhead::serve(time_ns now) noexcept {
  if (waiting_.fetch_add(0, std::memory_order_acq_rel) == 0) return;
  const std::lock_guard lock(mutex_);
  latest_ns_ = std::max(latest_ns_, now);
  serve_locked();
}

void bulkhead::serve_locked() noexcept {
  while (first_ != none) {
    seat& next = seats_[first_];
    if (latest_ns_ >= next.until_ns) {
      next.now = state::late;
    } else {
      next.permit = limiter_.acquire(latest_ns_);
      if (!next.permit) return;
      next.now = state::entered;
    }
    unlink(first_);
    if (next.waker.wake != nullptr) next.waker.wake(next.waker.context);
  }
}

void bulkhead::append(std::uint32_t at) noexcept {
  seats_[at].previous = last_;
  seats_[at].next = none;
  (last_ == none ? first_ : seats_[last_].next) = at;
  last_ = at;
  waiting_.fetch_add(1, std::memory_order_acq_rel);
}

void bulkhead::unlink(std::uint32_t at) noexcept {
  const seat& leaving = seats_[at];
  (leaving.previous == none ? first_ : seats_[leaving.previous].next) = leaving.next;
  (leaving.next == none ? last_ : seats_[leaving.next].previous) = leaving.previous;
  waiting_.fetch_sub(1, std::memory_order_acq_rel);
}

void bulkhead::release(std::uint32_t at) noexcept {
  seats_[at].now = state::none;
  seats_[at].next = free_;
  free_ = at;
}

}  // namespace seckill::inline v1
