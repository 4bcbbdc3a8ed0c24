#include <seckill/testing/fault_script.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr std::array<std::string_view, storage_call_count> names = {
    "append",          "sync",           "read",          "cut",         "trim",          "write_snapshot",
    "commit_snapshot", "read_snapshot",  "read_cursor",   "save_cursor", "commit",        "find",
    "take_permits",    "return_permits", "acquire_lease", "renew_lease", "release_lease", "get_cached",
    "fill_cached",     "cancel_fill",    "erase_cached",  "begin_write", "end_write",     "load_records",
    "write_record",    "publish",        "subscribe"};

constexpr std::size_t at(storage_call call) noexcept { return static_cast<std::size_t>(call); }

bool applies(const fault& what, storage_call call, std::uint64_t nth) noexcept {
  return what.call == call && nth >= what.nth && nth - what.nth < what.times;
}

}  // namespace

void fault_script::plan(const fault& what) {
  const std::lock_guard lock(mutex_);
  planned_.push_back(what);
}

void fault_script::fail_next(storage_call call, errc code, std::uint64_t times) {
  const std::lock_guard lock(mutex_);
  planned_.push_back({.call = call, .nth = counts_[at(call)] + 1, .times = times, .code = code});
}

void fault_script::clear() {
  const std::lock_guard lock(mutex_);
  planned_.clear();
}

void fault_script::before_each(hook run) {
  const std::lock_guard lock(mutex_);
  before_each_ = std::move(run);
}

std::uint64_t fault_script::count(storage_call call) const {
  const std::lock_guard lock(mutex_);
  return counts_[at(call)];
}

std::optional<fault> fault_script::enter(storage_call call) {
  hook run;
  std::uint64_t nth = 0;
  {
    const std::lock_guard lock(mutex_);
    nth = ++counts_[at(call)];
    run = before_each_;
  }
  if (run) run(call, nth);
  const std::lock_guard lock(mutex_);
  for (const fault& each : planned_)
    if (applies(each, call, nth)) return each;
  return std::nullopt;
}

error fault_script::told(const fault& what) {
  return make_error(what.code, "injected: " + std::string(names[at(what.call)]) + " fails from call " +
                                   std::to_string(what.nth) + " on, " + std::to_string(what.times) +
                                   " times");
}

}  // namespace seckill::inline v1
