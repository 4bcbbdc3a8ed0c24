#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/time.hpp>
#include <seckill/policy/timing_wheel.hpp>

#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace seckill::cases {
namespace {

class wheel_case {
 public:
  explicit wheel_case(time_ns tick_ms) : wheel_({.tick_ns = tick_ms * ns_per_ms, .pending_max = 100}) {}

  json::object run(const json::object& step) {
    const std::string_view op = step.at("op").as_string();
    const time_ns now = step.at("t_ms").to_number<time_ns>() * ns_per_ms;
    json::object actual;
    if (op == "advance_to")
      actual = advance(now);
    else if (op == "cancel")
      actual["cancelled"] = wheel_.cancel(handles_.at(id_of(step)));
    else if (op == "schedule" || op == "reschedule")
      actual = schedule(step, now, op == "reschedule");
    else
      throw std::runtime_error("unknown op " + std::string(op));
    actual["pending"] = wheel_.size();
    return actual;
  }

 private:
  static std::string id_of(const json::object& step) { return std::string(step.at("id").as_string()); }

  json::object schedule(const json::object& step, time_ns now, bool again) {
    const time_ns deadline = now + step.at("delay_ms").to_number<time_ns>() * ns_per_ms;
    const std::string id = id_of(step);
    if (again) return {{"was_pending", wheel_.reschedule(handles_.at(id), deadline)}};
    names_.push_back(id);
    handles_[id] = wheel_.schedule(deadline, names_.size() - 1);
    return {};
  }

  json::object advance(time_ns now) {
    json::array fired;
    json::array ticks;
    wheel_.advance(now, std::numeric_limits<std::size_t>::max(), [&](std::uint64_t name, time_ns due) {
      fired.emplace_back(names_.at(name));
      ticks.emplace_back(due / ns_per_ms);
    });
    return {{"fired", fired}, {"fired_tick_ms", ticks}};
  }

  timing_wheel wheel_;
  std::vector<std::string> names_;
  std::map<std::string, timer_handle> handles_;
};

void replay(const json::object& document, report& to) {
  for (const json::value& item : document.at("cases").as_array()) {
    const json::object& each = item.as_object();
    to.open_case(each.at("name").as_string());
    wheel_case timers(each.at("config").at("tick_ms").to_number<time_ns>());
    for (const json::value& step : each.at("steps").as_array())
      to.step(without_expect(step.as_object()), step.at("expect"), timers.run(step.as_object()));
  }
}

const registration timing_wheels{{"timing_wheel", "hierarchical", &replay}};

}  // namespace
}  // namespace seckill::cases
