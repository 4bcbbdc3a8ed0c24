#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/pipeline.hpp>
#include <seckill/policy/pipeline_action.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

namespace seckill::inline v1 {

/// One call through a pipeline: a state machine without I/O, time or threads. Its driver does what step() says:
///
///   for (action = call.step(now); action.what != done; action = call.step(now))
///     start: send, and when the answer is there call.finish(attempt, result, now) and step
///     cancel: forget that attempt       wait: set a timer, and return to the event loop
///
/// Guarantees: each permit that a policy has given comes back exactly once, with the result of what it was for, at the
/// latest when this is destroyed; at most 1 + hedges attempts are in flight; it ends at its deadline. Allocates nothing.
///
/// Threads: one at a time; the waker of the request may be called by others. The pipeline may go before the call.
class SECKILL_EXPORT pipeline_call {
 public:
  pipeline_call(const pipeline& through, const call_request& request, time_ns now) noexcept;
  pipeline_call(const pipeline_call&) = delete;
  pipeline_call& operator=(const pipeline_call&) = delete;
  /// What is in flight is taken as cancelled.
  ~pipeline_call();

  [[nodiscard]] pipeline_action step(time_ns now) noexcept;
  /// An attempt has ended. Of one that was cancelled or is over: nothing happens.
  void finish(std::uint32_t attempt, const attempt_result& result, time_ns now) noexcept;

 private:
  static constexpr std::size_t at_once_max = 4;
  static constexpr std::size_t attempts_max = 20;  // retries and hedges
  static constexpr time_ns never = std::numeric_limits<time_ns>::max();
  using stages = std::span<const std::shared_ptr<pipeline_stage>>;

  enum class phase : std::uint8_t {
    entering,
    attempting,
    settling,
    done,
  };
  // What the stages around a call or an attempt hold.
  struct layer {
    layer() noexcept {}  // what is not used is not written
    std::array<stage_memory, pipeline_plan::stages_max> memory;
    union {
      stage_call seen;  // set before the first stage is entered
    };
    std::uint8_t entered = 0;
    bool waits = false;  // at the stage after the entered ones
    time_ns wait_until_ns = 0;
  };
  struct attempt {
    enum class state : std::uint8_t {
      none,
      entering,
      running,
    };
    state now = state::none;
    std::uint32_t number = 0;
    deadline until;
    time_ns began_ns = 0;
    layer held;
  };

  [[nodiscard]] stage_answer enter(layer& into, stages all, time_ns now) noexcept;
  void leave(layer& from, stages all, const stage_result& result, time_ns now) noexcept;

  // True: there is something for the driver to do. False: something has changed, step again.
  [[nodiscard]] bool enter_call(time_ns now, pipeline_action& action) noexcept;
  [[nodiscard]] bool step_attempts(time_ns now, pipeline_action& action) noexcept;
  [[nodiscard]] bool step_attempt(attempt& of, time_ns now, pipeline_action& action) noexcept;
  [[nodiscard]] bool settle(time_ns now, pipeline_action& action) noexcept;
  [[nodiscard]] bool begin_what_is_due(time_ns now) noexcept;
  [[nodiscard]] time_ns next_time() const noexcept;

  void open_attempt() noexcept;
  void start(attempt& of, time_ns now, pipeline_action& action) noexcept;
  void close(attempt& of, const stage_result& result, time_ns now) noexcept;
  void failed(const attempt_result& how, time_ns now) noexcept;
  void refused() noexcept;
  void end(call_end how) noexcept;
  [[nodiscard]] bool any_attempt() const noexcept;
  [[nodiscard]] bool any_running() const noexcept;
  void tell(pipeline_event event, time_ns now) const noexcept;

  const std::shared_ptr<const pipeline_plan> plan_;
  const call_request request_;
  const time_ns began_ns_;
  deadline until_;
  std::uint64_t random_;
  phase phase_ = phase::entering;
  call_result result_;
  call_outcome came_to_ = call_outcome::ignored;
  bool overloaded_ = false;

  std::uint32_t opened_ = 0;
  std::uint32_t hedges_ = 0;
  retry_history history_;
  time_ns retry_at_ns_ = never;
  time_ns hedge_at_ns_ = never;
  time_ns latest_ns_;  // for the destructor, which is not told the time
  std::array<std::uint64_t, attempts_max> tried_;
  std::size_t tried_count_ = 0;

  layer call_;
  std::array<attempt, at_once_max> attempts_;
};

}  // namespace seckill::inline v1
