#pragma once

#include "policy/picker.hpp"
#include "policy/sticky_table.hpp"
#include <seckill/policy/load_balancer.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace seckill::inline v1 {

/// What is known about a target, from the moment it joins until its last call has ended.
struct alignas(128) load_balancer::target_state {
  static constexpr std::uint8_t unwell = 1;
  static constexpr std::uint8_t ejected = 2;
  static constexpr time_ns always_warm = std::numeric_limits<time_ns>::min();

  std::atomic<std::uint32_t> in_flight{0};
  std::atomic<std::uint8_t> barred{0};
  std::atomic<time_ns> latency_ns{0};
  std::atomic<time_ns> latency_from{0};
  std::atomic<time_ns> warm_from{always_warm};

  std::uint32_t slot = 0;
  std::uint64_t id = 0;  // guarded by the balancer's mutex, as all below
  bool listed = false;
  std::uint32_t good_probes = 0;  // in a row
  std::uint32_t bad_probes = 0;
};

/// One set of targets and how to choose among them. Immutable but for the counts.
struct load_balancer::target_list {
  struct entry {
    target_state* state;
    std::uint32_t weight;
    std::uint64_t id;
  };
  static constexpr std::uint32_t none = ~0U;

  load_balancer_params params;
  std::vector<target> members;          // all
  std::vector<std::uint32_t> slots;     // of the members
  std::vector<entry> entries;           // those with a weight
  std::unique_ptr<const picker> order;  // null: no entries
  std::shared_ptr<sticky_table> placed;
  std::uint32_t well_min = 0;  // fewer are a panic
  bool bounds_loads = false;

  mutable std::atomic<std::uint32_t> well{0};         // of the entries
  mutable std::atomic<std::uint64_t> well_weight{0};  // together

  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_id;  // of the entries, sorted

  [[nodiscard]] std::uint32_t index_of(std::uint64_t id) const noexcept {
    const auto found = std::ranges::lower_bound(by_id, id, {}, [](const auto& each) { return each.first; });
    return found == by_id.end() || found->first != id ? none : found->second;
  }
};

}  // namespace seckill::inline v1
