#pragma once

#include "tests/cases_runner/report.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace seckill::cases {

/// Replays every case of one file, whose place is added to the document as `directory`. Throws std::exception
/// (a missing member, an unknown kind) when it cannot; the program then says so and fails.
using replay_function = void (*)(const json::object& document, report& to);

/// Counts the hits of one pass over a trace.
using trace_function = std::uint64_t (*)(std::span<const std::uint64_t> keys, std::size_t capacity);

struct replay_entry {
  std::string_view component;
  std::string_view profile;  ///< empty: every profile of the component
  replay_function run;
};

/// Each replay_*.cpp has one of these at namespace scope:
/// `const registration breakers{{"circuit_breaker", "sentinel", &replay_sentinel}};`
struct registration {
  explicit registration(replay_entry entry);
};

/// The one component that is measured with --trace.
struct trace_registration {
  explicit trace_registration(trace_function run);
};

[[nodiscard]] const std::vector<replay_entry>& all_replays();
/// Null: nothing serves it.
[[nodiscard]] replay_function find_replay(std::string_view component, std::string_view profile);
[[nodiscard]] trace_function find_trace();

}  // namespace seckill::cases
