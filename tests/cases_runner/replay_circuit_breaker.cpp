#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/circuit_breaker.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seckill::cases {
namespace {

using event_kind = circuit_breaker_event::kind;

[[noreturn]] void unknown(std::string_view what, std::string_view value) {
  throw std::runtime_error("unknown " + std::string(what) + " '" + std::string(value) + "'");
}

std::string_view upper_name(breaker_state state) {
  constexpr std::array<std::string_view, 6> names{"CLOSED",   "OPEN",         "HALF_OPEN",
                                                  "DISABLED", "METRICS_ONLY", "FORCED_OPEN"};
  return names[static_cast<std::size_t>(state)];
}

std::string_view lower_name(breaker_state state) {
  constexpr std::array<std::string_view, 6> names{"closed",   "open",         "half-open",
                                                  "disabled", "metrics-only", "forced-open"};
  return names[static_cast<std::size_t>(state)];
}

breaker_state state_named(std::string_view name) {
  for (const breaker_state each :
       {breaker_state::closed, breaker_state::open, breaker_state::half_open, breaker_state::disabled,
        breaker_state::metrics_only, breaker_state::forced_open})
    if (name == upper_name(each)) return each;
  unknown("state", name);
}

// A recorded rate is a single precision percentage; -1: too few results.
json::value percentage(double share, const circuit_breaker_counts& counts) {
  if (counts.results() == 0 || counts.results() < counts.calls_min) return -1;
  return share * 100.0;
}

std::string shortest(double share) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), static_cast<float>(share * 100.0)).ptr;
  return {text.data(), end};
}

struct event_log {
  json::array events;
  std::string (*describe)(const circuit_breaker_event&) = nullptr;

  static void append(void* context, const circuit_breaker_event& event) noexcept {
    auto& log = *static_cast<event_log*>(context);
    const std::string text = log.describe(event);
    if (!text.empty()) log.events.emplace_back(text);
  }
  circuit_breaker_listener listener() { return {&append, this}; }
  json::array take() { return std::exchange(events, {}); }
};

// ---- resilience4j ----

circuit_breaker_params resilience4j_params(const json::object& config) {
  circuit_breaker_params params = circuit_breaker_params::resilience4j();
  params.failure_rate->value = number_of(config, "failure_rate_threshold_pct") / 100.0;
  params.slow_rate->value = number_of(config, "slow_call_rate_threshold_pct") / 100.0;
  params.slow_call_ns = integer_of(config, "slow_call_duration_ms") * ns_per_ms;
  params.window.how =
      text_of(config, "window_type") == "TIME" ? breaker_window::kind::rolling : breaker_window::kind::calls;
  params.window.size = static_cast<std::uint32_t>(integer_of(config, "window_size"));
  params.calls_min = static_cast<std::uint32_t>(integer_of(config, "minimum_calls"));
  params.half_open.permits = static_cast<std::uint32_t>(integer_of(config, "permitted_calls_half_open"));
  params.open_wait.initial_ns = integer_of(config, "wait_open_ms") * ns_per_ms;
  params.open_wait.multiplier = number_or(config, "wait_open_backoff_multiplier", 1.0);
  params.open_wait.max_ns = 1'000'000 * ns_per_s;
  params.automatic_half_open = flag_or(config, "automatic_half_open", false);
  params.wait_inclusive = params.automatic_half_open;  // a timer fires at the very end
  params.half_open.wait_max_ns = integer_or(config, "max_wait_half_open_ms", 0) * ns_per_ms;
  params.half_open.after_wait = state_named(text_or(config, "after_max_wait", "OPEN"));
  return params;
}

std::string resilience4j_event(const circuit_breaker_event& event) {
  switch (event.what) {
    case event_kind::success:
      return "SUCCESS";
    case event_kind::failure:
      return "ERROR";
    case event_kind::ignored:
      return "IGNORED_ERROR";
    case event_kind::not_permitted:
      return "NOT_PERMITTED";
    case event_kind::failure_rate_exceeded:
      return "FAILURE_RATE_EXCEEDED:" + shortest(event.rate);
    case event_kind::slow_rate_exceeded:
      return "SLOW_RATE_EXCEEDED:" + shortest(event.rate);
    case event_kind::transition:
      return "STATE:" + std::string(upper_name(event.from)) + ">" + std::string(upper_name(event.to));
    case event_kind::reset:
      return "RESET";
  }
  return {};
}

// Does what a step says; the members that only this operation produces.
json::object do_resilience4j(circuit_breaker& breaker, const json::object& step, time_ns now) {
  const std::string_view op = text_of(step, "op");
  const time_ns duration_ns = integer_or(step, "duration_ms", 0) * ns_per_ms;
  // resilience4j permits and results know nothing of each other: results are those of the present state.
  if (op == "try_acquire") return {{"permitted", breaker.try_acquire(now).has_value()}};
  if (op == "transition") return {{"legal", breaker.transition(state_named(text_of(step, "to")), now)}};
  if (op == "on_success")
    breaker.observe(call_outcome::success, duration_ns, now);
  else if (op == "on_error")
    breaker.observe(call_outcome::failure, duration_ns, now);
  else if (op == "on_ignored_error")
    breaker.observe(call_outcome::ignored, duration_ns, now);
  else if (op == "release_permission")
    breaker.give_back(breaker.current_ticket());
  else if (op == "reset")
    breaker.reset(now);
  else if (op != "advance_to")
    unknown("operation", op);
  return {};
}

void replay_resilience4j_case(const json::object& each, report& to) {
  event_log log;
  log.describe = &resilience4j_event;
  circuit_breaker breaker(resilience4j_params(each.at("config").as_object()), 0, log.listener());
  for (const json::value& item : each.at("steps").as_array()) {
    const json::object& step = item.as_object();
    const time_ns now = integer_of(step, "t_ms") * ns_per_ms;
    breaker.advance(now);
    json::object actual = do_resilience4j(breaker, step, now);
    const circuit_breaker_counts counts = breaker.counts(now);
    actual["state"] = upper_name(breaker.state());
    actual["failure_rate"] = percentage(counts.failure_rate(), counts);
    actual["slow_rate"] = percentage(counts.slow_rate(), counts);
    actual["buffered"] = counts.results();
    actual["failed"] = counts.failures;
    actual["succeeded"] = counts.successes;
    actual["slow"] = counts.slow;
    actual["not_permitted"] = counts.not_permitted;
    actual["events"] = log.take();
    to.step(without_expect(step), step.at("expect"), actual);
  }
}

// ---- gobreaker ----

// "consecutive_failures>5" or "ratio>=0.6,min3".
void read_trip(std::string_view trip, circuit_breaker_params& params) {
  constexpr std::string_view consecutive = "consecutive_failures>";
  constexpr std::string_view ratio = "ratio>=";
  if (trip.starts_with(consecutive)) {
    params.consecutive_failures =
        static_cast<std::uint32_t>(std::stoul(std::string(trip.substr(consecutive.size())))) + 1;
  } else if (trip.starts_with(ratio)) {
    const std::size_t min = trip.find(",min");
    params.consecutive_failures = 0;
    params.failure_rate =
        breaker_threshold{std::stod(std::string(trip.substr(ratio.size(), min - ratio.size())))};
    params.calls_min =
        min == trip.npos ? 1 : static_cast<std::uint32_t>(std::stoul(std::string(trip.substr(min + 4))));
  } else {
    unknown("trip", trip);
  }
}

void read_gobreaker_window(const json::object& config, circuit_breaker_params& params) {
  const time_ns interval_ns = integer_or(config, "interval_ns", 0);
  const time_ns bucket_ns = integer_or(config, "bucket_period_ns", 0);
  if (interval_ns == 0) return;
  const time_ns buckets = bucket_ns == 0 ? 1 : (interval_ns + bucket_ns - 1) / bucket_ns;
  if (buckets == 1)
    params.window = {breaker_window::kind::tumbling, 1, bucket_ns == 0 ? interval_ns : bucket_ns,
                     breaker_window::origin::first_call};
  else
    params.window = {breaker_window::kind::rolling, static_cast<std::uint32_t>(buckets), bucket_ns,
                     breaker_window::origin::closing};
}

circuit_breaker_params gobreaker_params(const json::object& config) {
  circuit_breaker_params params = circuit_breaker_params::gobreaker();
  read_gobreaker_window(config, params);
  read_trip(text_of(config, "trip"), params);
  const std::int64_t permits = integer_or(config, "max_requests_half_open", 0);
  if (permits != 0)
    params.half_open.permits = params.half_open.successes = static_cast<std::uint32_t>(permits);
  const time_ns timeout_ns = integer_or(config, "open_timeout_ns", 0);
  if (timeout_ns != 0) params.open_wait = backoff_params::constant(timeout_ns);
  return params;
}

std::string gobreaker_event(const circuit_breaker_event& event) {
  if (event.what != event_kind::transition) return {};
  return std::string(lower_name(event.from)) + ">" + std::string(lower_name(event.to));
}

call_outcome outcome_named(std::string_view name) {
  if (name == "success") return call_outcome::success;
  if (name == "failure") return call_outcome::failure;
  if (name == "excluded" || name == "ignored") return call_outcome::ignored;
  unknown("outcome", name);
}

struct gobreaker_player {
  circuit_breaker& breaker;
  std::map<std::string, circuit_breaker::ticket, std::less<>> begun{};

  json::object play(const json::object& step, time_ns now) {
    const std::string_view op = text_of(step, "op");
    if (op == "call" || op == "begin") {
      const std::optional<circuit_breaker::ticket> granted = breaker.try_acquire(now);
      if (!granted)
        return {{"result", breaker.state() == breaker_state::open ? "rejected_open" : "rejected_too_many"}};
      if (op == "call")
        breaker.record(*granted, outcome_named(text_of(step, "outcome")), 0, now);
      else
        begun[std::string(text_of(step, "token"))] = *granted;
      return {{"result", "executed"}};
    }
    if (op == "end")
      breaker.record(begun.at(std::string(text_of(step, "token"))), outcome_named(text_of(step, "outcome")),
                     0, now);
    else if (op != "advance_to")
      unknown("operation", op);
    return {};
  }
};

void replay_gobreaker_case(const json::object& each, report& to) {
  event_log log;
  log.describe = &gobreaker_event;
  circuit_breaker breaker(gobreaker_params(each.at("config").as_object()), 0, log.listener());
  gobreaker_player player{breaker};
  for (const json::value& item : each.at("steps").as_array()) {
    const json::object& step = item.as_object();
    const time_ns now = integer_of(step, "t_ns");
    breaker.advance(now);
    json::object actual = player.play(step, now);
    const circuit_breaker_counts counts = breaker.counts(now);
    actual["state"] = lower_name(breaker.state());
    actual["requests"] = counts.admitted;
    actual["successes"] = counts.successes;
    actual["failures"] = counts.failures;
    actual["exclusions"] = counts.ignored;
    actual["consecutive_successes"] = counts.consecutive_successes;
    actual["consecutive_failures"] = counts.consecutive_failures;
    actual["events"] = log.take();
    to.step(without_expect(step), step.at("expect"), actual);
  }
}

// ---- Sentinel ----

circuit_breaker_params sentinel_params(const json::object& config) {
  const std::string_view strategy = text_of(config, "strategy");
  const double threshold = number_of(config, "threshold");
  const auto requests_min = static_cast<std::uint32_t>(integer_of(config, "min_requests"));
  const time_ns interval_ns = integer_of(config, "stat_interval_ms") * ns_per_ms;
  const time_ns wait_ns = integer_of(config, "open_wait_ms") * ns_per_ms;
  if (strategy == "ERROR_RATIO")
    return circuit_breaker_params::sentinel_error_ratio(threshold, requests_min, interval_ns, wait_ns);
  if (strategy == "ERROR_COUNT")
    return circuit_breaker_params::sentinel_error_count(threshold, requests_min, interval_ns, wait_ns);
  if (strategy == "SLOW_RATIO")
    return circuit_breaker_params::sentinel_slow_ratio(threshold, integer_of(config, "max_rt_ms") * ns_per_ms,
                                                       requests_min, interval_ns, wait_ns);
  unknown("strategy", strategy);
}

void replay_sentinel_case(const json::object& each, report& to) {
  // Buckets begin at multiples of the interval since the epoch.
  constexpr std::int64_t epoch_ms = 1'600'000'000'000;
  circuit_breaker breaker(sentinel_params(each.at("config").as_object()), epoch_ms * ns_per_ms);
  for (const json::value& item : each.at("steps").as_array()) {
    const json::object& step = item.as_object();
    std::int64_t now_ms = integer_of(step, "t_ms");
    json::object actual;
    if (text_of(step, "op") == "call") {
      const auto granted = breaker.try_acquire((epoch_ms + now_ms) * ns_per_ms);
      actual["passed"] = granted.has_value();
      if (granted) {
        const std::int64_t took_ms = integer_of(step, "rt_ms");
        now_ms += took_ms;
        breaker.record(*granted, outcome_named(text_of(step, "outcome")), took_ms * ns_per_ms,
                       (epoch_ms + now_ms) * ns_per_ms);
      }
    } else if (text_of(step, "op") != "advance_to") {
      unknown("operation", text_of(step, "op"));
    }
    actual["t_ms_after"] = now_ms;
    actual["state"] = upper_name(breaker.state());
    to.step(without_expect(step), step.at("expect"), actual);
  }
}

template <void (*ReplayCase)(const json::object&, report&)>
void replay_all(const json::object& document, report& to) {
  for (const json::value& item : document.at("cases").as_array()) {
    to.open_case(text_of(item.as_object(), "name"));
    ReplayCase(item.as_object(), to);
  }
}

const registration resilience4j{{"circuit_breaker", "resilience4j", &replay_all<&replay_resilience4j_case>}};
const registration gobreaker{{"circuit_breaker", "gobreaker", &replay_all<&replay_gobreaker_case>}};
const registration sentinel{{"circuit_breaker", "sentinel", &replay_all<&replay_sentinel_case>}};

}  // namespace
}  // namespace seckill::cases
