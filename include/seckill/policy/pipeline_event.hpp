#pragma once

#include <seckill/policy/call_outcome.hpp>
#include <seckill/policy/time.hpp>

#include <cstdint>
#include <string_view>

namespace seckill::inline v1 {

/// What happens to a call in a pipeline, for traces, logs and metrics.
struct pipeline_event {
  enum class kind : std::uint8_t {
    call_began,
    refused,            ///< by `stage`: the call, or one attempt of it
    attempt_began,      ///< `attempt`, `target_id`
    attempt_ended,      ///< and `came_to`, `duration_ns`
    attempt_timed_out,  ///< and `duration_ns`
    attempt_cancelled,  ///< another one has answered, or the call has ended otherwise
    retry_scheduled,    ///< `duration_ns`: the delay
    call_ended,         ///< `came_to`, `duration_ns`
  };
  kind what{};
  std::uint64_t tag = 0;  ///< of the call, as its caller has set it: a trace id, for example
  std::uint32_t attempt = 0;
  std::uint64_t target_id = 0;
  time_ns at_ns = 0;
  time_ns duration_ns = 0;
  call_outcome came_to = call_outcome::ignored;
  std::string_view stage{};
};

/// Middleware that watches calls. Called on the thread that steps the call, with no lock held, by many calls at once. It
/// lives as long as a call that began under a plan with it.
class pipeline_observer {
 public:
  virtual ~pipeline_observer() = default;
  pipeline_observer() = default;
  pipeline_observer(const pipeline_observer&) = delete;
  pipeline_observer& operator=(const pipeline_observer&) = delete;

  virtual void on_event(const pipeline_event& event) noexcept = 0;
};

}  // namespace seckill::inline v1
