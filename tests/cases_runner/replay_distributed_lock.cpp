#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/memory/memory_lease_store.hpp>
#include <seckill/policy/fencing_gate.hpp>
#include <seckill/policy/lease_keeper.hpp>
#include <seckill/policy/lease_validity.hpp>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace seckill::cases {
namespace {

// Names the file's symbolic tokens: only the order of those that are bound is checked.
class token_names {
 public:
  // `pattern` is "T1", or "T2 > T1". What agrees is answered as it was expected.
  json::value bind(std::string_view pattern, std::uint64_t token) {
    const std::size_t above = pattern.find(" > ");
    const std::string name(pattern.substr(0, above));
    tokens_[name] = token;
    if (above != std::string_view::npos && token <= of(pattern.substr(above + 3)))
      return json::string(name + " = " + std::to_string(token) + ", which is not higher");
    return json::string(pattern);
  }
  [[nodiscard]] std::uint64_t of(std::string_view name) const { return tokens_.at(std::string(name)); }

 private:
  std::map<std::string, std::uint64_t> tokens_;
};

class lock_case {
 public:
  explicit lock_case(const json::object& of) {
    if (!of.contains("config")) return;
    const json::object& config = of.at("config").as_object();
    renewed_ttl_ms_ = integer_of(config, "lease_ms");
    renew_every_ms_ = integer_of(config, "renew_every_ms");
  }

  json::object run(const json::object& step) {
    const time_ns now = integer_of(step, "t_ms") * ns_per_ms;
    const std::string_view op = text_of(step, "op");
    if (op == "acquire") return acquire(step, now);
    if (op == "release") return {{"released", leases_->release("lock", token_of(step), now).value()}};
    if (op == "write") return write(step);
    if (op == "renew_tick") return renew(now);
    if (op == "crash") {
      keepers_.erase(std::string(text_of(step, "client")));
      return {};
    }
    throw std::runtime_error("unknown op " + std::string(op));
  }

 private:
  std::uint64_t token_of(const json::object& step) const { return tokens_.of(text_of(step, "token")); }

  lease_keeper& keeper_of(const json::object& step) {
    const std::string client(text_of(step, "client"));
    lease_keeper_params params{.name = "lock", .owner = ++owners_};
    if (step.contains("ttl_ms"))
      params.explicit_ttl_ns = integer_of(step, "ttl_ms") * ns_per_ms;
    else
      params.renewed_ttl_ns = renewed_ttl_ms_ * ns_per_ms;
    auto& keeper = keepers_[client];
    keeper = std::make_unique<lease_keeper>(params);
    return *keeper;
  }

  json::object acquire(const json::object& step, time_ns now) {
    lease_keeper& keeper = keeper_of(step);
    json::object actual{{"granted", keeper.acquire_from(*leases_, now).value()}};
    const json::object& expected = step.at("expect").as_object();
    if (const json::value* pattern = expected.if_contains("token"))
      actual["token"] = tokens_.bind(std::string_view(pattern->as_string()), keeper.token());
    if (expected.contains("expires_at_ms")) actual["expires_at_ms"] = expiry_ms(keeper, now);
    return actual;
  }

  json::object write(const json::object& step) {
    const bool accepted = resource_.admit(token_of(step));
    json::object actual{{"accepted", accepted}};
    if (!accepted) actual["reason"] = "stale_token";
    if (const json::value* note = step.at("expect").as_object().if_contains("note")) actual["note"] = *note;
    return actual;
  }

  // The keeper must want its renewal at this tick, and not a moment before.
  json::object renew(time_ns now) {
    lease_keeper& keeper = *keepers_.begin()->second;
    if (keeper.next_deadline() != last_renewal_ + renew_every_ms_ * ns_per_ms)
      return {{"renews_at_ms", keeper.next_deadline().value_or(0) / ns_per_ms}};
    keeper.renew_at(*leases_, now).value();
    last_renewal_ = now;
    return {{"expires_at_ms", expiry_ms(keeper, now)}};
  }

  // What the owner relies on, and the drift that it leaves out.
  static std::int64_t expiry_ms(const lease_keeper& keeper, time_ns now) {
    return (now + keeper.valid_for(now) + lease_drift_ns(keeper.ttl_ns())) / ns_per_ms;
  }

  std::int64_t renewed_ttl_ms_ = 30'000;
  std::int64_t renew_every_ms_ = 10'000;
  std::unique_ptr<lease_store> leases_ = make_memory_lease_store();
  fencing_gate resource_;
  std::map<std::string, std::unique_ptr<lease_keeper>> keepers_;
  token_names tokens_;
  std::uint64_t owners_ = 0;
  time_ns last_renewal_ = 0;
};

void replay_validity(const json::object& document, report& to) {
  to.open_case("redlock_validity");
  for (const json::value& value : document.at("redlock_validity").as_array()) {
    const json::object& each = value.as_object();
    const time_ns valid_ns =
        lease_validity_ns(integer_of(each, "ttl_ms") * ns_per_ms, integer_of(each, "elapsed_ms") * ns_per_ms);
    const bool held = quorum_lease_held(static_cast<std::size_t>(integer_of(each, "instances_locked")),
                                        static_cast<std::size_t>(integer_of(each, "instances")), valid_ns);
    to.step(without_expect(each), each.at("expect"),
            json::object{{"validity_ms", static_cast<double>(valid_ns) / static_cast<double>(ns_per_ms)},
                         {"acquired", held}});
  }
}

void replay(const json::object& document, report& to) {
  for (const json::value& value : document.at("cases").as_array()) {
    const json::object& of = value.as_object();
    to.open_case(text_of(of, "name"));
    lock_case one(of);
    for (const json::value& step : of.at("steps").as_array())
      to.step(without_expect(step.as_object()), step.at("expect"), one.run(step.as_object()));
  }
  replay_validity(document, to);
}

const registration distributed_locks{{"distributed_lock", "lease+fencing", &replay}};

}  // namespace
}  // namespace seckill::cases
