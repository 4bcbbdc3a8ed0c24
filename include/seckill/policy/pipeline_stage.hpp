#pragma once

#include <seckill/policy/call_outcome.hpp>
#include <seckill/policy/deadline.hpp>
#include <seckill/policy/stage_memory.hpp>
#include <seckill/policy/time.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace seckill::inline v1 {

/// Who is told that a call which waits may go on: posts or notifies, so that the call's driver steps it. May be called by
/// any thread, with locks of a policy held: must not call a policy, must not throw.
struct pipeline_waker {
  void (*wake)(void* context) noexcept = nullptr;
  void* context = nullptr;
};

/// What a stage sees of a call, or of one attempt of it.
struct stage_call {
  std::uint64_t key = 0;                   ///< of the call, for balancing and limiting by key
  deadline until{};                        ///< of the call or, in an attempt, of the attempt
  std::uint32_t attempt = 0;               ///< 0, 1, …; 0 for the call itself
  std::uint64_t target_id = 0;             ///< written by the stage that chooses one
  std::span<const std::uint64_t> avoid{};  ///< targets that failed attempts went to
  std::uint64_t* random = nullptr;         ///< a state of splitmix64
  pipeline_waker waker{};
};

/// What a stage answers to who wants to come in.
struct stage_answer {
  enum class kind : std::uint8_t {
    pass,
    refuse,  ///< nothing is held; leave() will not be called
    wait,    ///< asked again at the latest at `at_ns`, and when the waker was called
  };
  kind what = kind::pass;
  time_ns at_ns = 0;           ///< wait
  time_ns retry_after_ns = 0;  ///< refuse: the stage may pass then; 0: it does not know

  [[nodiscard]] static constexpr stage_answer pass() noexcept { return {}; }
  [[nodiscard]] static constexpr stage_answer refuse(time_ns retry_after_ns = 0) noexcept {
    return {kind::refuse, 0, retry_after_ns};
  }
  [[nodiscard]] static constexpr stage_answer wait_until(time_ns at_ns) noexcept {
    return {kind::wait, at_ns, 0};
  }
};

/// How what a stage has let in has ended.
struct stage_result {
  bool made = false;  ///< false: it never began, because a later stage refused, or it was cancelled before
  call_outcome came_to = call_outcome::ignored;
  bool overloaded = false;  ///< the callee refused for overload, or did not answer in time
  time_ns duration_ns = 0;
};

/// One policy in a pipeline, around a call or around each attempt of it. Implement it for policies of your own.
///
/// Each enter() that did not refuse is followed by exactly one leave() with the same memory; between them, after `wait`,
/// by again() until it passes or refuses. One call is used by one thread at a time, a stage by many calls at once.
class pipeline_stage {
 public:
  virtual ~pipeline_stage() = default;
  pipeline_stage() = default;
  pipeline_stage(const pipeline_stage&) = delete;
  pipeline_stage& operator=(const pipeline_stage&) = delete;

  /// For events and metrics; a literal.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual stage_answer enter(stage_memory& memory, stage_call& call, time_ns now) noexcept = 0;
  /// Asked by who waits. After a refusal nothing is held.
  [[nodiscard]] virtual stage_answer again(stage_memory& memory, stage_call& call, time_ns now) noexcept;
  virtual void leave(stage_memory& memory, const stage_result& result, time_ns now) noexcept = 0;
};

inline stage_answer pipeline_stage::again(stage_memory& /*memory*/, stage_call& /*call*/,
                                          time_ns /*now*/) noexcept {
  return stage_answer::pass();
}

}  // namespace seckill::inline v1
