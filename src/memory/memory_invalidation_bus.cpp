#include <seckill/memory/memory_invalidation_bus.hpp>

#include <mutex>
#include <utility>
#include <vector>

namespace seckill::inline v1 {
namespace {

// Calls one at a time, and none after it was closed.
class told_listener {
 public:
  explicit told_listener(invalidation_bus::listener told) : told_(std::move(told)) {}
  void tell(const bus_event& what) {
    const std::lock_guard lock(mutex_);
    if (told_) told_(what);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    told_ = nullptr;
  }

 private:
  std::mutex mutex_;
  invalidation_bus::listener told_;
};

struct listeners {
  std::mutex mutex;
  std::vector<std::shared_ptr<told_listener>> all;
};

class memory_subscription final : public invalidation_bus::subscription {
 public:
  memory_subscription(std::shared_ptr<listeners> of, std::shared_ptr<told_listener> mine)
      : of_(std::move(of)), mine_(std::move(mine)) {}
  memory_subscription(const memory_subscription&) = delete;
  memory_subscription& operator=(const memory_subscription&) = delete;
  ~memory_subscription() override {
    {
      const std::lock_guard lock(of_->mutex);
      std::erase(of_->all, mine_);
    }
    mine_->close();
  }

 private:
  std::shared_ptr<listeners> of_;
  std::shared_ptr<told_listener> mine_;
};

class memory_invalidation_bus final : public invalidation_bus {
 public:
  result<void> publish(const bus_event& what) override {
    std::vector<std::shared_ptr<told_listener>> all;
    {
      const std::lock_guard lock(listeners_->mutex);
      all = listeners_->all;
    }
    for (const auto& each : all) each->tell(what);
    return {};
  }

  result<std::unique_ptr<subscription>> subscribe(listener told) override {
    auto added = std::make_shared<told_listener>(std::move(told));
    const std::lock_guard lock(listeners_->mutex);
    listeners_->all.push_back(added);
    return std::make_unique<memory_subscription>(listeners_, std::move(added));
  }

 private:
  std::shared_ptr<listeners> listeners_ = std::make_shared<listeners>();
};

}  // namespace

std::unique_ptr<invalidation_bus> make_memory_invalidation_bus() {
  return std::make_unique<memory_invalidation_bus>();
}

}  // namespace seckill::inline v1
