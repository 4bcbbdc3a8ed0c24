#pragma once

#include "policy/target_list.hpp"

#include <cstdint>

namespace seckill::inline v1 {

/// One search for a target in one list.
class SECKILL_HIDDEN load_balancer::selection {
 public:
  selection(const target_list& list, const request& call, std::uint32_t in_flight, time_ns now) noexcept;

  /// An index of list.entries, or none.
  [[nodiscard]] std::uint32_t run() noexcept;

  /// The moving average, as it has decayed since the last result: who was slow once is tried again.
  [[nodiscard]] static time_ns latency_at(const target_state& of, time_ns now, time_ns decay_ns) noexcept;

 private:
  // What is asked of a target, from everything to nothing: what cannot be had is given up in this order.
  enum class demand : std::uint8_t {
    everything,
    any_warmth,
    any_load,
    even_avoided,
  };

  [[nodiscard]] bool acceptable(std::uint32_t index, demand asked) noexcept;
  [[nodiscard]] bool is_warm(const target_state& of) noexcept;
  [[nodiscard]] bool within_load(const target_list::entry& of) const noexcept;
  [[nodiscard]] bool avoided(std::uint64_t id) const noexcept;
  [[nodiscard]] std::uint32_t propose(std::uint32_t other_than) noexcept;
  [[nodiscard]] std::uint32_t first() noexcept;
  [[nodiscard]] std::uint32_t better_of_two() noexcept;
  [[nodiscard]] std::uint32_t stuck() noexcept;
  [[nodiscard]] bool is_better(std::uint32_t one, std::uint32_t other) const noexcept;

  const target_list& list_;
  const request& call_;
  const std::uint32_t in_flight_;
  const time_ns now_;
  const bool panics_;
  pick_walk walk_;
};

}  // namespace seckill::inline v1
