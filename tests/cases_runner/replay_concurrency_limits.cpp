#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/aimd_limit.hpp>
#include <seckill/policy/gradient2_limit.hpp>
#include <seckill/policy/vegas_limit.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seckill::cases {
namespace {

template <concurrency_limit Limit>
void play(Limit limit, const json::object& each, report& to) {
  for (const json::value& item : each.at("steps").as_array()) {
    const json::object& step = item.as_object();
    limit.on_sample({static_cast<time_ns>(number_of(step, "rtt_ms") * static_cast<double>(ns_per_ms)),
                     static_cast<std::uint32_t>(integer_of(step, "inflight")),
                     flag_or(step, "dropped", false)});
    to.step(without_expect(step), step.at("expect"), json::object{{"limit", limit.limit()}});
  }
}

std::uint32_t count_or(const json::object& config, std::string_view key, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(integer_or(config, key, otherwise));
}

// The recorder switched the probes for the time without load off.
vegas_limit_params vegas_params_of(const json::object& config) {
  vegas_limit_params params;
  params.initial = count_or(config, "initial", params.initial);
  params.max = count_or(config, "max", params.max);
  params.alpha = count_or(config, "alpha", 0);
  params.beta = count_or(config, "beta", 0);
  params.smoothing = number_or(config, "smoothing", params.smoothing);
  params.probe_multiplier = 0;
  return params;
}

gradient2_limit_params gradient2_params_of(const json::object& config) {
  gradient2_limit_params params;
  params.initial = count_or(config, "initial", params.initial);
  params.min = count_or(config, "min", params.min);
  params.max = count_or(config, "max", params.max);
  params.smoothing = number_or(config, "smoothing", params.smoothing);
  params.queue_size = count_or(config, "queue_size", params.queue_size);
  params.long_window = count_or(config, "long_window", params.long_window);
  params.rtt_tolerance = number_or(config, "rtt_tolerance", params.rtt_tolerance);
  return params;
}

aimd_limit_params aimd_params_of(const json::object& config) {
  aimd_limit_params params;
  params.initial = count_or(config, "initial", params.initial);
  params.min = count_or(config, "min", params.min);
  params.max = count_or(config, "max", params.max);
  params.backoff_ratio =
      number_or(config, "backoff_ratio", number_or(config, "backoff", params.backoff_ratio));
  params.timeout_ns = integer_or(config, "timeout_ms", params.timeout_ns / ns_per_ms) * ns_per_ms;
  return params;
}

void replay(const json::object& document, report& to) {
  for (const json::value& item : document.at("cases").as_array()) {
    const json::object& each = item.as_object();
    const json::object& config = each.at("config").as_object();
    const std::string_view algorithm = text_of(each, "algorithm");
    to.open_case(text_of(each, "name"));
    if (algorithm == "vegas")
      play(vegas_limit(vegas_params_of(config)), each, to);
    else if (algorithm == "gradient2")
      play(gradient2_limit(gradient2_params_of(config)), each, to);
    else if (algorithm == "aimd")
      play(aimd_limit(aimd_params_of(config)), each, to);
    else
      throw std::runtime_error("unknown algorithm '" + std::string(algorithm) + "'");
  }
}

const registration concurrency_limits{{"adaptive_concurrency", "", &replay}};

}  // namespace
}  // namespace seckill::cases
