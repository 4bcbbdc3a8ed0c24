#pragma once

#include <seckill/policy/keyed_limiter.hpp>
#include <seckill/policy/pipeline_stage.hpp>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace seckill::inline v1 {

/// A limit for each key of the calls: each buyer, address or sku. One permit for each call (or attempt); what was not made
/// is given back. Rules that delay (a pacer's) refuse instead. Threads: as the limiter, any.
template <limiter_rule Rule>
class keyed_limit_stage final : public pipeline_stage {
 public:
  /// Throws std::invalid_argument if `limiter` is null.
  explicit keyed_limit_stage(std::shared_ptr<keyed_limiter<Rule>> limiter) : limiter_(std::move(limiter)) {
    if (limiter_ == nullptr) throw std::invalid_argument("keyed_limit_stage: limiter must not be null");
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "keyed_rate_limit"; }
  [[nodiscard]] stage_answer enter(stage_memory& memory, stage_call& call, time_ns now) noexcept override {
    const rate_decision answer = limiter_->try_acquire(call.key, 1, now);
    if (!answer.allowed) return stage_answer::refuse(answer.retry_after_ns);
    if (answer.delay_ns != 0) {
      limiter_->give_back(call.key, 1, now);
      return stage_answer::refuse(answer.delay_ns);
    }
    memory.emplace<std::uint64_t>(call.key);
    return stage_answer::pass();
  }
  void leave(stage_memory& memory, const stage_result& result, time_ns now) noexcept override {
    const auto key = memory.take<std::uint64_t>();
    if (!result.made) limiter_->give_back(key, 1, now);
  }

 private:
  const std::shared_ptr<keyed_limiter<Rule>> limiter_;
};

}  // namespace seckill::inline v1
