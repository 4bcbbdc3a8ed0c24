#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/memory/memory_cache_store.hpp>
#include <seckill/memory/memory_invalidation_bus.hpp>
#include <seckill/memory/memory_record_source.hpp>
#include <seckill/policy/key_hash.hpp>
#include <seckill/policy/single_flight.hpp>
#include <seckill/storage.hpp>
#include <seckill/testing/faulty_invalidation_bus.hpp>
#include <seckill/testing/faulty_record_source.hpp>
#include <seckill/testing/manual_executor.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace seckill::cases {
namespace {

using flights_of_int = single_flight<std::string, int>;

// One caller of single flight: counts a load when it leads, and remembers what it was told.
struct caller : flights_of_int::waiter {
  caller() : waiter(&hear) {}
  static void hear(waiter& me, const result<int>& value, bool shared) noexcept {
    auto& self = static_cast<caller&>(me);
    self.value = value;
    self.shared = shared;
  }
  // True: it leads, and its function would run.
  bool ask(flights_of_int& flights) {
    lead = flights.join("k", *this).lead;
    return static_cast<bool>(lead);
  }
  flights_of_int::leader lead;
  std::optional<result<int>> value;
  bool shared = false;
};

constexpr std::size_t crowd_size = 10;

// All ask before the one who leads has finished with `outcome`.
std::deque<caller> crowd(flights_of_int& flights, std::int64_t& calls, const result<int>& outcome) {
  std::deque<caller> callers(crowd_size);
  for (caller& each : callers) calls += each.ask(flights) ? 1 : 0;
  for (caller& each : callers)
    if (each.lead) each.lead.finish(outcome);
  return callers;
}

json::object duplicate_suppression() {
  flights_of_int flights;
  std::int64_t calls = 0;
  bool same = true;
  bool shared = true;
  for (const caller& each : crowd(flights, calls, 7)) {
    same = same && each.value.value().value() == 7;
    shared = shared && each.shared;
  }
  return {{"fn_calls", calls}, {"all_get_same_value", same}, {"shared_flag_for_waiters", shared}};
}

json::object error_is_shared_and_not_cached() {
  flights_of_int flights;
  std::int64_t calls = 0;
  std::int64_t errors = 0;
  for (const caller& each : crowd(flights, calls, make_error(errc::read_failed, "")))
    errors += each.value.value().has_error() ? 1 : 0;
  caller later;
  const bool runs = later.ask(flights);
  if (runs) later.lead.finish(1);
  return {{"first_round_fn_calls", calls}, {"first_round_errors", errors}, {"later_call_runs_fn", runs}};
}

json::object forget_lets_a_second_flight_start() {
  flights_of_int flights;
  caller a;
  caller b;
  caller c;
  const bool first = a.ask(flights);
  flights.forget("k");
  const bool second = b.ask(flights);
  a.lead.finish(1);
  const bool third = c.ask(flights);
  if (third) c.lead.finish(3);
  b.lead.finish(2);
  return {{"fn1_calls", first ? 1 : 0},
          {"fn2_calls", second ? 1 : 0},
          {"fn3_calls", third ? 1 : 0},
          {"B", b.value.value().value()},
          {"C", c.value.value().value()}};
}

// The caller's timer is its own: at 10 ms it gives up, and at 100 ms the flight ends.
json::object waiter_deadline_does_not_kill_flight() {
  flights_of_int flights;
  caller one;
  caller two;
  const int calls = (one.ask(flights) ? 1 : 0) + (two.ask(flights) ? 1 : 0);
  const bool gave_up = flights.abandon(two);
  one.lead.finish(7);
  return {{"caller2", gave_up && !two.value ? "timeout" : "value"},
          {"caller1", one.value && one.value->has_value() ? "value" : "error"},
          {"fn_calls", calls}};
}

// A node over a source whose loads are counted.
struct node {
  explicit node(const storage_params& params, const near_cache_params& local_params = {})
      : local(std::make_shared<local_records>(local_params)),
        records(storage::open({.source = source, .work = &work, .local = local, .bus = bus, .filter = filter},
                              params)
                    .value()) {}

  found_record read(std::string_view key) {
    std::optional<result<found_record>> answer;
    records->read(key, work.now_ns(), storage::no_deadline, [&](const auto& told) { answer = told; });
    work.run();
    return answer.value().value();
  }

  manual_executor work{0};
  std::shared_ptr<fault_script> script = std::make_shared<fault_script>();
  std::shared_ptr<record_source> source = make_faulty_record_source(make_memory_record_source(), script);
  std::shared_ptr<faulty_invalidation_bus> bus =
      std::make_shared<faulty_invalidation_bus>(make_memory_invalidation_bus(), script);
  std::shared_ptr<membership_filter> filter = std::make_shared<membership_filter>(membership_filter_params{});
  std::shared_ptr<local_records> local;
  std::unique_ptr<storage> records;
};

json::object near_cache_connection_lost() {
  node on({});
  on.source->create("k", "old").value();
  on.read("k");
  const bool was_local = on.read("k").origin == record_origin::local;
  on.bus->cut();
  on.source->update("k", "new", std::nullopt).value();
  bool flushed = was_local;
  bool served_from_local = false;
  for (int i = 0; i < 3; ++i) {
    const found_record found = on.read("k");
    flushed = flushed && found.record->value == "new";
    served_from_local = served_from_local || found.origin == record_origin::local;
  }
  on.bus->restore();
  on.read("k");
  flushed = flushed && on.read("k").origin == record_origin::local;  // and it serves again
  return {{"l1_flushed", flushed}, {"served_from_l1_until_resubscribed", served_from_local}};
}

void replay_leases(const json::object& of, report& to) {
  const auto cache = make_memory_cache_store(
      {.lease_interval_ns = integer_of(of.at("config").as_object(), "lease_interval_ms") * ns_per_ms});
  std::map<std::string, std::uint64_t, std::less<>> leases;
  for (const json::value& value : of.at("steps").as_array()) {
    const json::object& step = value.as_object();
    const time_ns now = integer_of(step, "t_ms") * ns_per_ms;
    const std::string_view op = text_of(step, "op");
    const std::string_view key = text_of(step, "key");
    json::object actual;
    if (op == "get") {
      const cache_lookup found = cache->get(std::span(&key, 1), now).value().at(0);
      actual["hit"] = found.state == cache_state::value;
      actual["value"] = found.record.value;
      const std::string_view name = text_or(step.at("expect").as_object(), "lease", "");
      actual["lease"] = found.state == cache_state::load ? json::string(name) : json::string("none");
      if (found.state == cache_state::load) leases.emplace(name, found.lease);
    } else if (op == "set") {
      const stored_record record{1, std::string(text_of(step, "value"))};
      actual["stored"] =
          cache->fill(key, leases.find(text_of(step, "lease"))->second, record, ns_per_s, now).value();
    } else if (op == "delete") {
      cache->erase(key, now).value();
    } else {
      throw std::runtime_error("unknown op " + std::string(op));
    }
    to.step(without_expect(step), step.at("expect"), actual);
  }
}

json::object load_through(node& on, const json::object& step) {
  const std::string_view key = text_of(step, "key");
  on.work.advance(integer_of(step, "t_ms") * ns_per_ms - on.work.now_ns());
  if (flag_or(step, "filter_contains", false)) on.filter->insert(key_hash(key));
  if (flag_or(step, "db_has", false)) on.source->create(key, "value").value();
  const std::uint64_t before = on.script->count(storage_call::load_records);
  const found_record found = on.read(key);
  json::object actual{{"db_calls", on.script->count(storage_call::load_records) - before},
                      {"result", found.record == nullptr ? "absent" : "value"}};
  if (found.origin == record_origin::filter) actual["reason"] = "filter";
  if (found.origin == record_origin::local && found.record == nullptr) actual["reason"] = "null_cache";
  const std::optional<found_record> kept = on.records->find_local(key, on.work.now_ns());
  if (kept && kept->record == nullptr) actual["cached"] = "null";
  return actual;
}

void replay_absence(const json::object& of, report& to) {
  const json::object& config = of.at("config").as_object();
  node on({}, {.ttl_ns = integer_of(config, "value_ttl_ms") * ns_per_ms,
               .absent_ttl_ns = integer_of(config, "null_ttl_ms") * ns_per_ms,
               .ttl_jitter = 0});
  on.filter->begin_rebuild();
  on.filter->finish_rebuild({}).value();
  for (const json::value& value : of.at("steps").as_array()) {
    const json::object& step = value.as_object();
    if (text_of(step, "op") != "load_through") throw std::runtime_error("unknown op");
    to.step(without_expect(step), step.at("expect"), load_through(on, step));
  }
}

// Cases whose steps are told in words.
const std::map<std::string_view, json::object (*)()> told_in_words{
    {"duplicate_suppression", &duplicate_suppression},
    {"error_is_shared_and_not_cached", &error_is_shared_and_not_cached},
    {"forget_lets_a_second_flight_start", &forget_lets_a_second_flight_start},
    {"waiter_deadline_does_not_kill_flight", &waiter_deadline_does_not_kill_flight},
    {"near_cache_connection_lost", &near_cache_connection_lost},
};

void replay(const json::object& document, report& to) {
  for (const json::value& value : document.at("cases").as_array()) {
    const json::object& of = value.as_object();
    const std::string_view name = text_of(of, "name");
    to.open_case(name);
    const auto told = told_in_words.find(name);
    if (told != told_in_words.end())
      to.step(without_expect(of), of.at("expect"), told->second());
    else if (name == "delete_invalidates_lease_no_stale_set")
      replay_leases(of, to);
    else if (name == "cached_null_and_idless_prefilter")
      replay_absence(of, to);
    else
      throw std::runtime_error("unknown case " + std::string(name));
  }
}

const registration cache_protections{{"cache_protection", "singleflight+lease", &replay}};

}  // namespace
}  // namespace seckill::cases
