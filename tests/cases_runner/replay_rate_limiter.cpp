#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/fixed_window_limiter.hpp>
#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/keyed_limiter.hpp>
#include <seckill/policy/leaky_bucket_meter.hpp>
#include <seckill/policy/leaky_bucket_pacer.hpp>
#include <seckill/policy/sliding_counter_limiter.hpp>
#include <seckill/policy/sliding_log_limiter.hpp>
#include <seckill/policy/stepped_bucket_limiter.hpp>
#include <seckill/policy/warm_up_limiter.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seckill::cases {
namespace {

// Steps give their time in one of two units.
time_ns time_of(const json::object& step) {
  return step.contains("t_ns") ? integer_of(step, "t_ns") : integer_of(step, "t_ms") * ns_per_ms;
}
std::uint32_t quantity_of(const json::object& step) {
  return static_cast<std::uint32_t>(integer_or(step, "quantity", integer_or(step, "acquire", 1)));
}

// Plays every step of a case: `play(step)` answers with what came.
template <typename Play>
void play_steps(const json::object& each, report& to, const Play& play) {
  for (const json::value& item : each.at("steps").as_array()) {
    const json::object& step = item.as_object();
    to.step(without_expect(step), step.at("expect"), play(step));
  }
}

// ---- GCRA ----

void replay_gcra(const json::object& each, report& to) {
  const json::object& config = each.at("config").as_object();
  gcra_limiter limiter({.permits = 1,
                        .period_ns = integer_of(config, "emission_interval_ns"),
                        .burst = static_cast<std::uint64_t>(integer_of(config, "max_burst"))});
  play_steps(each, to, [&](const json::object& step) -> json::object {
    const rate_decision answer = limiter.try_acquire(quantity_of(step), time_of(step));
    const bool waits = !answer.allowed && answer.retry_after_ns != rate_decision::never;
    return {{"limited", !answer.allowed},
            {"limit", limiter.rule().size()},
            {"remaining", answer.remaining},
            {"reset_after_ns", answer.reset_after_ns},
            {"retry_after_ns", waits ? answer.retry_after_ns : -1}};
  });
}

// ---- leaky bucket ----

void replay_pacer(const json::object& each, report& to) {
  const json::object& config = each.at("config").as_object();
  leaky_bucket_pacer pacer({.permits = static_cast<std::uint64_t>(integer_of(config, "rate_per_s")),
                            .delay_max_ns = integer_of(config, "max_delay_ns")});
  play_steps(each, to, [&](const json::object& step) -> json::object {
    const rate_decision answer = pacer.try_acquire(quantity_of(step), time_of(step));
    return {{"admitted", answer.allowed}, {"delay_ns", answer.delay_ns}};
  });
}

void replay_meter(const json::object& each, report& to) {
  const json::object& config = each.at("config").as_object();
  leaky_bucket_meter meter({.leak = static_cast<std::uint64_t>(integer_of(config, "leak_per_s")),
                            .capacity = static_cast<std::uint64_t>(integer_of(config, "capacity"))});
  play_steps(each, to, [&](const json::object& step) -> json::object {
    const bool admitted = meter.try_acquire(quantity_of(step), time_of(step)).allowed;
    return {{"admitted", admitted}, {"level", meter.level(time_of(step))}};
  });
}

// ---- windows ----

window_params window_params_of(const json::object& each) {
  const json::object& config = each.at("config").as_object();
  return {.limit = static_cast<std::uint32_t>(integer_of(config, "limit")),
          .window_ns = integer_of(config, "window_ms") * ns_per_ms};
}

json::object window_answer(const rate_decision& answer) {
  const bool never = answer.retry_after_ns == rate_decision::never;
  return {{"allowed", answer.allowed},
          {"remaining", answer.remaining},
          {"retry_after_ms", never ? -1 : answer.retry_after_ns / ns_per_ms}};
}

void replay_sliding_log(const json::object& each, report& to) {
  sliding_log_limiter limiter(window_params_of(each));
  play_steps(each, to, [&](const json::object& step) {
    json::object actual = window_answer(limiter.try_acquire(quantity_of(step), time_of(step)));
    actual["in_window"] = limiter.in_window(time_of(step));
    return actual;
  });
}

void replay_sliding_counter(const json::object& each, report& to) {
  sliding_counter_limiter limiter(window_params_of(each));
  play_steps(each, to, [&](const json::object& step) {
    const double before = limiter.rule().estimate(limiter.snapshot(), time_of(step));
    json::object actual = window_answer(limiter.try_acquire(quantity_of(step), time_of(step)));
    actual["estimate_before"] = before;
    actual["estimate"] = limiter.rule().estimate(limiter.snapshot(), time_of(step));
    return actual;
  });
}

void replay_fixed_window(const json::object& each, report& to) {
  const window_params params = window_params_of(each);
  fixed_window_limiter limiter(params);
  play_steps(each, to, [&](const json::object& step) {
    const rate_decision answer = limiter.try_acquire(quantity_of(step), time_of(step));
    json::object actual = window_answer(answer);
    actual["count"] = actual["in_window"] = params.limit - answer.remaining;
    return actual;
  });
}

void replay_counter_formula(const json::object& each, report& to) {
  const json::object& inputs = each.at("inputs").as_object();
  const double estimate =
      sliding_counter_rule::estimate(static_cast<std::uint64_t>(integer_of(inputs, "previous")),
                                     static_cast<std::uint64_t>(integer_of(inputs, "current")),
                                     integer_of(inputs, "elapsed_in_current_ms") * ns_per_ms,
                                     integer_of(each.at("config").as_object(), "window_ms") * ns_per_ms);
  to.step(inputs, each.at("expect"), json::object{{"estimate", estimate}});
}

// ---- Sentinel ----

// Sentinel's clock: t = 0 of the recording.
constexpr time_ns epoch_ns = 1'600'000'000'000 * ns_per_ms;

warm_up_params warm_up_params_of(const json::object& config) {
  return {.permits_per_s = static_cast<std::uint32_t>(integer_of(config, "count")),
          .warm_up_s = static_cast<std::uint32_t>(integer_of(config, "warm_up_period_s")),
          .cold_factor = static_cast<std::uint32_t>(integer_of(config, "cold_factor"))};
}

void replay_warm_up(const json::object& each, report& to) {
  warm_up_bucket bucket(warm_up_params_of(each.at("config").as_object()));
  play_steps(each, to, [&](const json::object& step) -> json::object {
    bucket.sync(static_cast<std::uint64_t>(integer_of(step, "previous_second_pass_qps")),
                epoch_ns + time_of(step));
    const bool passed = number_of(step, "current_pass_qps") + quantity_of(step) <= bucket.rate();
    return {{"passed", passed}, {"stored_tokens", bucket.stored()}};
  });
}

void replay_throttle(const json::object& each, report& to) {
  const json::object& config = each.at("config").as_object();
  leaky_bucket_pacer pacer({.permits = static_cast<std::uint64_t>(integer_of(config, "count_per_s")),
                            .delay_max_ns = integer_of(config, "max_queueing_ms") * ns_per_ms});
  play_steps(each, to, [&](const json::object& step) -> json::object {
    const rate_decision answer = pacer.try_acquire(quantity_of(step), epoch_ns + time_of(step));
    return {{"passed", answer.allowed}, {"wait_ms", answer.delay_ns / ns_per_ms}};
  });
}

void replay_hot_parameter(const json::object& each, report& to) {
  const json::object& config = each.at("config").as_object();
  const stepped_bucket_params params{.permits = static_cast<std::uint32_t>(integer_of(config, "count")),
                                     .period_ns = integer_or(config, "duration_s", 1) * ns_per_s,
                                     .burst = static_cast<std::uint32_t>(integer_or(config, "burst", 0))};
  keyed_limiter<stepped_bucket_rule> limiter({.each = params});
  if (config.contains("per_key_overrides"))
    for (const auto& [key, count] : config.at("per_key_overrides").as_object()) {
      stepped_bucket_params own = params;
      own.permits = count.to_number<std::uint32_t>();
      limiter.set_override(limiter.key_of(key), own);
    }
  play_steps(each, to, [&](const json::object& step) -> json::object {
    const std::uint64_t key = limiter.key_of(text_of(step, "key"));
    return {{"passed", limiter.try_acquire(key, quantity_of(step), epoch_ns + time_of(step)).allowed}};
  });
}

// An even load of so many requests a second, but for the idle seconds; what passes in each.
void replay_warm_up_curve(const json::object& each, report& to) {
  warm_up_limiter limiter(warm_up_params_of(each.at("config").as_object()));
  const json::object& input = each.at("input").as_object();
  const std::int64_t offered = integer_of(input, "offered_per_second");
  const json::array& idle = input.at("idle_seconds").as_array();
  json::array passed;
  for (std::int64_t second = 0; second < integer_of(input, "seconds"); ++second) {
    std::int64_t count = 0;
    const bool rests = std::ranges::find(idle, json::value(second)) != idle.end();
    for (std::int64_t i = 0; i < offered && !rests; ++i)
      count += limiter.try_acquire(1, epoch_ns + second * ns_per_s + i * ns_per_s / offered).allowed ? 1 : 0;
    passed.emplace_back(static_cast<double>(count));
  }
  to.step(input, each.at("expect_passed_per_second"), passed, number_or(each, "tolerance_per_second", 0));
}

using case_function = void (*)(const json::object&, report&);

const std::map<std::string_view, case_function> kinds{
    {"leaky_bucket_as_queue", &replay_pacer},
    {"leaky_bucket_as_meter", &replay_meter},
    {"sliding_window_counter_formula", &replay_counter_formula},
    {"sliding_window_counter", &replay_sliding_counter},
    {"sliding_window_log", &replay_sliding_log},
    {"fixed_window", &replay_fixed_window},
    {"warm_up", &replay_warm_up},
    {"uniform_queue_throttle", &replay_throttle},
    {"hot_parameter_token_bucket", &replay_hot_parameter},
    {"integration_curve", &replay_warm_up_curve},
};

void replay(const json::object& document, report& to) {
  const std::string_view profile = text_of(document, "profile");
  for (const json::value& item : document.at("cases").as_array()) {
    const json::object& each = item.as_object();
    to.open_case(text_of(each, "name"));
    const std::string_view kind = text_or(each, "kind", profile);
    if (kind == "gcra") {
      replay_gcra(each, to);
      continue;
    }
    const auto found = kinds.find(kind);
    if (found == kinds.end()) throw std::runtime_error("unknown kind '" + std::string(kind) + "'");
    found->second(each, to);
  }
}

const registration rate_limiters{{"rate_limiter", "", &replay}};

}  // namespace
}  // namespace seckill::cases
