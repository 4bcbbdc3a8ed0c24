#pragma once

#include <seckill/policy/call_outcome.hpp>
#include <seckill/policy/deadline.hpp>
#include <seckill/policy/pipeline_stage.hpp>
#include <seckill/policy/time.hpp>

#include <cstdint>
#include <string_view>

namespace seckill::inline v1 {

/// A call that somebody wants to make through a pipeline.
struct call_request {
  std::uint64_t key = 0;     ///< for what goes by key: a hash of what is to stay together
  deadline until{};          ///< of the whole call
  std::uint64_t random = 0;  ///< 64 random bits, other ones for each call
  std::uint64_t tag = 0;     ///< told to observers
  bool may_repeat = true;    ///< a failed attempt may be followed by another
  bool may_overlap = true;   ///< two attempts may be in flight at once; without it nothing is hedged
  pipeline_waker waker{};    ///< for stages with a queue
};

/// What an attempt came to.
struct attempt_result {
  call_outcome came_to = call_outcome::success;
  bool retryable = true;       ///< of a failure: it may be tried again
  bool overloaded = false;     ///< of a failure: the callee had too much to do
  time_ns retry_after_ns = 0;  ///< the callee asks not to be tried again before
};

/// How a call has ended.
enum class call_end : std::uint8_t {
  answered,  ///< an attempt succeeded, or came to something that says nothing about the callee
  failed,    ///< the last attempt failed, and there is no other
  refused,   ///< by a policy, before any attempt
  late,      ///< the deadline has passed
};

struct call_result {
  call_end how = call_end::refused;
  std::uint32_t attempt = 0;      ///< answered: which one
  std::uint32_t attempts = 0;     ///< that were made
  std::string_view refused_by{};  ///< the stage that refused the call or its last attempt
  time_ns retry_after_ns = 0;     ///< refused: it may be let in then; 0: not known
};

/// What the driver of a call has to do next.
struct pipeline_action {
  enum class kind : std::uint8_t {
    start,   ///< make attempt `attempt` to `target_id`, to be over by `until`; then step again
    cancel,  ///< stop attempt `attempt` if that is possible; a result of it is of no use; then step again
    wait,    ///< nothing: step again at `until`, when an attempt was finished, or when the waker was called
    done,    ///< the call is over, see `result`
  };
  kind what = kind::done;
  std::uint32_t attempt = 0;
  std::uint64_t target_id = 0;
  deadline until{};
  call_result result{};
};

}  // namespace seckill::inline v1
