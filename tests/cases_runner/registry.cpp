#include "tests/cases_runner/registry.hpp"

namespace seckill::cases {
namespace {

// Function-local, because registrations of other files run before this one's globals.
std::vector<replay_entry>& replays() {
  static std::vector<replay_entry> entries;
  return entries;
}

trace_function& trace() {
  static trace_function run = nullptr;
  return run;
}

}  // namespace

registration::registration(replay_entry entry) { replays().push_back(entry); }
trace_registration::trace_registration(trace_function run) { trace() = run; }

const std::vector<replay_entry>& all_replays() { return replays(); }

replay_function find_replay(std::string_view component, std::string_view profile) {
  for (const replay_entry& each : replays())
    if (each.component == component && (each.profile.empty() || each.profile == profile)) return each.run;
  return nullptr;
}

trace_function find_trace() { return trace(); }

}  // namespace seckill::cases
