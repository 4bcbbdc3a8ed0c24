#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/adaptive_throttle.hpp>

#include <stdexcept>
#include <string>

namespace seckill::cases {
namespace {

double number(const json::object& from, std::string_view key) { return from.at(key).to_number<double>(); }

json::object google_sre(const json::object& each) {
  const adaptive_throttle_params params{.multiplier = number(each, "K")};
  const double refused = adaptive_throttle::reject_probability(
      each.at("requests").to_number<std::uint64_t>(), each.at("accepts").to_number<std::uint64_t>(), params);
  return {{"reject_probability", refused}};
}

json::object envoy_admission_control(const json::object& each) {
  adaptive_throttle_params params = adaptive_throttle_params::admission_control(number(each, "threshold"));
  params.aggression = number(each, "aggression");
  params.probability_max = number(each, "max_reject_probability");
  const double refused = adaptive_throttle::reject_probability(
      each.at("total").to_number<std::uint64_t>(), each.at("success").to_number<std::uint64_t>(), params);
  return {{"reject_probability", refused}};
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
    else
      throw std::runtime_error("unknown kind " + std::string(kind));
  }
}

const registration adaptive_throttles{{"adaptive_throttle", "", &replay}};

}  // namespace
}  // namespace seckill::cases
