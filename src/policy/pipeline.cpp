#include <seckill/policy/pipeline.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace seckill::inline v1 {
namespace {

using shared_plan = std::shared_ptr<const pipeline_plan>;

void require(bool holds, const char* text) {
  if (!holds) throw std::invalid_argument(std::string("pipeline: ") + text);
}

template <typename Shared>
bool none_is_null(const std::vector<Shared>& all) {
  return std::ranges::none_of(all, [](const Shared& each) { return each == nullptr; });
}

std::unique_ptr<const shared_plan> checked(pipeline_plan plan) {
  require(plan.around_call.size() <= pipeline_plan::stages_max, "around_call has more than 8 stages");
  require(plan.around_attempt.size() <= pipeline_plan::stages_max, "around_attempt has more than 8 stages");
  require(none_is_null(plan.around_call) && none_is_null(plan.around_attempt), "a stage is null");
  require(none_is_null(plan.observers), "an observer is null");
  require(plan.call_timeout_ns >= 0, "call_timeout_ns must not be negative");
  require(plan.attempt_timeout_ns >= 0, "attempt_timeout_ns must not be negative");
  require(plan.call_min_ns >= 0, "call_min_ns must not be negative");
  return std::make_unique<const shared_plan>(std::make_shared<const pipeline_plan>(std::move(plan)));
}

}  // namespace

pipeline::pipeline(pipeline_plan plan) : plans_(checked(std::move(plan))) {}

void pipeline::reconfigure(pipeline_plan plan) { plans_.set(checked(std::move(plan))); }

}  // namespace seckill::inline v1
