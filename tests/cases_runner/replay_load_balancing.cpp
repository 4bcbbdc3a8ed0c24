#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/jump_hash.hpp>
#include <seckill/policy/load_balancer.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace seckill::cases {
namespace {

// Targets are numbered from 1, the files count from 0.
json::object smooth_weighted(const json::object& each) {
  std::vector<target> targets;
  for (const json::value& weight : each.at("weights").as_array())
    targets.push_back({targets.size() + 1, weight.to_number<std::uint32_t>()});
  load_balancer balancer({.by = balancing::smooth_weighted}, targets, 0);
  json::array picks;
  for (std::size_t i = 0; i < each.at("expect").at("picks").as_array().size(); ++i) {
    load_balancer::lease picked = balancer.pick({}, 0);
    if (!picked) throw std::runtime_error("no target was picked");
    picks.emplace_back(picked.target_id() - 1);
  }
  return {{"picks", picks}};
}

json::object jump_consistent(const json::object& each) {
  const std::uint64_t key = std::stoull(std::string(text_of(each, "key")));
  return {{"bucket", jump_hash(key, static_cast<std::uint32_t>(integer_of(each, "buckets")))}};
}

void replay(const json::object& document, report& to) {
  for (const json::value& item : document.at("cases").as_array()) {
    const json::object& each = item.as_object();
    const std::string_view kind = text_of(each, "kind");
    to.open_case(kind);
    if (kind == "smooth_weighted_round_robin")
      to.step(without_expect(each), each.at("expect"), smooth_weighted(each));
    else if (kind == "jump_consistent_hash")
      to.step(without_expect(each), each.at("expect"), jump_consistent(each));
    else
      throw std::runtime_error("unknown kind " + std::string(kind));
  }
}

const registration balancers{{"load_balancing", "deterministic", &replay}};

}  // namespace
}  // namespace seckill::cases
