#include <seckill/testing/manual_executor.hpp>

#include <utility>

namespace seckill::inline v1 {

bool manual_executor::post(task work) {
  const std::lock_guard lock(mutex_);
  if (ready_.size() + later_.size() >= tasks_max_) return false;
  ready_.push_back(std::move(work));
  return true;
}

bool manual_executor::post_at(time_ns when, task work) {
  const std::lock_guard lock(mutex_);
  if (ready_.size() + later_.size() >= tasks_max_) return false;
  later_.emplace(when, std::move(work));
  return true;
}

time_ns manual_executor::now_ns() const noexcept {
  const std::lock_guard lock(mutex_);
  return now_;
}

bool manual_executor::run_one() {
  task next;
  {
    const std::lock_guard lock(mutex_);
    if (!later_.empty() && later_.begin()->first <= now_)
      ready_.push_back(std::move(later_.extract(later_.begin()).mapped()));
    if (ready_.empty()) return false;
    next = std::move(ready_.front());
    ready_.pop_front();
  }
  next();
  return true;
}

void manual_executor::run() {
  while (run_one()) continue;
}

void manual_executor::advance(time_ns by) {
  const time_ns until = now_ns() + by;
  for (run(); now_ns() < until; run()) {
    const std::lock_guard lock(mutex_);
    now_ = later_.empty() || later_.begin()->first > until ? until : later_.begin()->first;
  }
}

std::size_t manual_executor::waiting() const {
  const std::lock_guard lock(mutex_);
  return ready_.size() + later_.size();
}

}  // namespace seckill::inline v1
