#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include "tests/cases_runner/splitmix64.hpp"
#include <seckill/policy/early_refresh.hpp>
#include <seckill/policy/random.hpp>

#include <cmath>

namespace seckill::cases {
namespace {

time_ns ns_of(const json::object& from, std::string_view key_ms) {
  return integer_of(from, key_ms) * ns_per_ms;
}

void replay_cases(const json::object& document, report& to) {
  to.open_case("formula");
  for (const json::value& item : document.at("cases").as_array()) {
    const json::object& each = item.as_object();
    const bool due =
        early_refresh_due(ns_of(each, "now_ms"), ns_of(each, "expiry_ms"), ns_of(each, "delta_ms"),
                          number_of(each, "beta"), number_of(each, "u"));
    to.step(without_expect(each), each.at("expect"), json::object{{"recompute", due}});
  }
}

// Within five standard deviations of so many draws.
void replay_probabilities(const json::object& document, report& to) {
  to.open_case("probabilities");
  constexpr int draws = 1'000'000;
  constexpr time_ns compute_ns = ns_per_s;
  splitmix64 random(1);
  for (const json::value& item : document.at("probabilities").as_array()) {
    const json::object& each = item.as_object();
    const auto gap = static_cast<time_ns>(number_of(each, "gap_over_beta_delta") * compute_ns);
    int due = 0;
    for (int i = 0; i < draws; ++i)
      due += early_refresh_due(0, gap, compute_ns, 1.0, 1.0 - uniform_of(random())) ? 1 : 0;
    const double wanted = number_of(each, "probability");
    const double error = 5.0 * std::sqrt(wanted * (1.0 - wanted) / draws) + 1e-9;
    to.step({{"gap_over_beta_delta", each.at("gap_over_beta_delta")}}, wanted,
            static_cast<double>(due) / draws, error);
  }
}

void replay(const json::object& document, report& to) {
  replay_cases(document, to);
  replay_probabilities(document, to);
}

const registration early_refreshes{{"cache_early_refresh", "xfetch", &replay}};

}  // namespace
}  // namespace seckill::cases
