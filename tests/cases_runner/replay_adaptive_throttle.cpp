#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/adaptive_throttle.hpp>
#include <seckill/policy/gradient_limit.hpp>

#include <stdexcept>
#include <string>

namespace seckill::cases {
namespace {

json::object google_sre(const json::object& each) {
  const adaptive_throttle_params params{.multiplier = number_of(each, "K")};
  const double refused = adaptive_throttle::reject_probability(
      each.at("requests").to_number<std::uint64_t>(), each.at("accepts").to_number<std::uint64_t>(), params);
  return {{"reject_probability", refused}};
}

json::object envoy_admission_control(const json::object& each) {
  adaptive_throttle_params params = adaptive_throttle_params::admission_control(number_of(each, "threshold"));
  params.aggression = number_of(each, "aggression");
  params.probability_max = number_of(each, "max_reject_probability");
  const double refused = adaptive_throttle::reject_probability(
      each.at("total").to_number<std::uint64_t>(), each.at("success").to_number<std::uint64_t>(), params);
  return {{"reject_probability", refused}};
}

json::object envoy_gradient(const json::object& each) {
  const double gradient = gradient_limit::gradient(
      number_of(each, "min_rtt_ms"), number_of(each, "sample_rtt_ms"), number_of(each, "buffer_pct"));
  const std::uint32_t limit =
      gradient_limit::next(static_cast<std::uint32_t>(integer_of(each, "limit")), gradient,
                           static_cast<std::uint32_t>(integer_of(each, "min")),
                           static_cast<std::uint32_t>(integer_of(each, "max")));
  return {{"gradient", gradient}, {"new_limit", limit}};
}

void replay(const json::object& document, report& to) {
  for (const json::value& item : document.at("cases").as_array()) {
    const json::object& each = item.as_object();
    const std::string_view kind = each.at("kind").as_string();
    to.open_case(kind);
    if (kind == "google_sre")
      to.step(without_expect(each), each.at("expect"), google_sre(each));
    else if (kind == "envoy_admission_control")
      to.step(without_expect(each), each.at("expect"), envoy_admission_control(each));
    else if (kind == "envoy_gradient")
      to.step(without_expect(each), each.at("expect"), envoy_gradient(each));
    else
      throw std::runtime_error("unknown kind " + std::string(kind));
  }
}

const registration adaptive_throttles{{"adaptive_throttle", "", &replay}};

}  // namespace
}  // namespace seckill::cases
