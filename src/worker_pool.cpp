#include <seckill/policy/time.hpp>
#include <seckill/worker_pool.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace seckill::inline v1 {

class SECKILL_HIDDEN worker_pool::state {
 public:
  explicit state(const worker_pool_params& params) : params_(params) {
    for (std::size_t i = 0; i < params.threads; ++i) threads_.emplace_back([this] { work(); });
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& each : threads_) each.join();
  }

  bool post(task work) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || ready_.size() >= params_.tasks_max) return false;
    ready_.push_back(std::move(work));
    wake_.notify_one();
    return true;
  }

  bool post_at(time_ns when, task work) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || later_.size() >= params_.later_max) return false;
    const auto added = later_.emplace(when, std::move(work));
    if (added == later_.begin()) wake_.notify_one();  // whoever sleeps sleeps for too long
    return true;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      task next = take(lock);
      if (!next) return;
      lock.unlock();
      next();
      next = nullptr;  // what it owns is destroyed outside the lock
      lock.lock();
    }
  }

  // Sleeps until there is a task; none: the pool stops.
  task take(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      if (stopping_) return nullptr;
      bring_up_due();
      if (!ready_.empty()) {
        task next = std::move(ready_.front());
        ready_.pop_front();
        return next;
      }
      if (later_.empty()) {
        wake_.wait(lock);
        continue;
      }
      using std::chrono::nanoseconds;
      wake_.wait_until(lock, std::chrono::steady_clock::time_point(nanoseconds(later_.begin()->first)));
    }
  }

  void bring_up_due() {
    if (later_.empty()) return;
    const time_ns now = monotonic_now_ns();
    while (!later_.empty() && later_.begin()->first <= now)
      ready_.push_back(std::move(later_.extract(later_.begin()).mapped()));
    if (ready_.size() > 1)
      wake_.notify_one();  // one thread woke for the time, and there is more than it can do
  }

  const worker_pool_params params_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<task> ready_;
  std::multimap<time_ns, task> later_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

worker_pool::worker_pool(const worker_pool_params& params) {
  if (params.threads == 0) throw std::invalid_argument("worker_pool: threads must be at least 1");
  if (params.tasks_max == 0) throw std::invalid_argument("worker_pool: tasks_max must be at least 1");
  state_ = std::make_unique<state>(params);
}
worker_pool::~worker_pool() = default;

bool worker_pool::post(task work) { return state_->post(std::move(work)); }
bool worker_pool::post_at(time_ns when, task work) { return state_->post_at(when, std::move(work)); }
time_ns worker_pool::now_ns() const noexcept { return monotonic_now_ns(); }

}  // namespace seckill::inline v1
