#pragma once

#include <seckill/testing/fault_script.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace seckill::testing {

/// Holds the journal's syncs back, and with them every answer, while it is shut.
class sync_gate {
 public:
  /// REQUIRES: this outlives whatever runs the script.
  void watch(fault_script& script) {
    script.before_each([this](storage_call call, std::uint64_t) {
      if (call == storage_call::sync) pass();
    });
  }
  void shut() {
    const std::lock_guard lock(mutex_);
    shut_ = true;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    shut_ = false;
    changed_.notify_all();
  }
  /// Until a sync is being held back.
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [this] { return held_ > 0; }));
  }

 private:
  void pass() {
    std::unique_lock lock(mutex_);
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !shut_; });
    --held_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  int held_ = 0;
};

}  // namespace seckill::testing
