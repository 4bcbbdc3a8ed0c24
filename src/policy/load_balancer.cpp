#include "policy/hash_ring.hpp"
#include "policy/target_list.hpp"
#include "policy/target_selection.hpp"
#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/load_balancer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace seckill::inline v1 {
namespace {

constexpr std::uint32_t targets_max_max = 4'096;
constexpr std::uint32_t no_slot = ~0U;

void require(bool holds, const char* text) {
  if (!holds) throw std::invalid_argument(std::string("load_balancer: ") + text);
}

const load_balancer_params& checked(const load_balancer_params& params) {
  require(params.targets_max >= 1 && params.targets_max <= targets_max_max, "targets_max must be 1 to 4096");
  require(params.panic_share >= 0.0 && params.panic_share <= 1.0, "panic_share must be between 0 and 1");
  require(params.slow_start_ns >= 0, "slow_start_ns must not be negative");
  require(params.slow_start_aggression > 0.0, "slow_start_aggression must be positive");
  require(params.slow_start_min > 0.0 && params.slow_start_min <= 1.0,
          "slow_start_min must be above 0 and at most 1");
  require(params.latency_decay_ns > 0, "latency_decay_ns must be positive");
  require(params.ring_points >= 1 && params.ring_points <= hash_ring::points_max,
          "ring_points must be 1 to 4096");
  require(params.load_factor == 0.0 || params.load_factor > 1.0, "load_factor must be 0 or above 1");
  require(params.sticky_keys_max >= 1 && params.sticky_keys_max <= sticky_table::keys_max_max,
          "sticky_keys_max must be 1 to 268435456");
  require(params.sticky_idle_ns > 0, "sticky_idle_ns must be positive");
  require(params.probe_rise >= 1 && params.probe_fall >= 1, "probe_rise and probe_fall must be positive");
  return params;
}

std::optional<error> fault_of(std::span<const target> targets, std::uint32_t targets_max) {
  if (targets.size() > targets_max)
    return make_error(errc::capacity_exceeded,
                      "load_balancer: more targets than targets_max, " + std::to_string(targets_max));
  std::vector<std::uint64_t> ids;
  for (const target& each : targets) ids.push_back(each.id);
  std::ranges::sort(ids);
  if (!ids.empty() && ids.front() == 0)
    return make_error(errc::invalid_argument, "load_balancer: a target's id is 0");
  if (const auto twice = std::ranges::adjacent_find(ids); twice != ids.end())
    return make_error(errc::invalid_argument,
                      "load_balancer: two targets have the id " + std::to_string(*twice));
  return std::nullopt;
}

}  // namespace

load_balancer::load_balancer(const load_balancer_params& params, std::span<const target> first, time_ns now)
    : fixed_(checked(params)), states_(std::make_unique<target_state[]>(params.targets_max)) {
  for (std::uint32_t slot = 0; slot < params.targets_max; ++slot) states_[slot].slot = slot;
  if (params.ejection)
    ejector_ = std::make_unique<outlier_ejector>(*params.ejection, params.targets_max,
                                                 ejection_listener{&load_balancer::on_ejection, this});
  auto empty = make_list(params, {}, {});
  current_ = empty.get();
  lists_ = std::make_unique<swap_cell<target_list>>(std::move(empty));
  if (const auto updated = update(first, now); !updated) throw std::invalid_argument(updated.error().text);
  for (const std::uint32_t slot : current_->slots)
    states_[slot].warm_from.store(target_state::always_warm, std::memory_order_relaxed);
}

load_balancer::~load_balancer() = default;

// ---- picking ----

load_balancer::lease load_balancer::pick(const request& call, time_ns now) noexcept {
  advance(now);
  return lists_->read([&](const target_list& list) -> lease {
    selection search(list, call, in_flight_.load(std::memory_order_relaxed), now);
    const std::uint32_t chosen = search.run();
    if (chosen == target_list::none) return {};
    const target_list::entry& to = list.entries[chosen];
    to.state->in_flight.fetch_add(1, std::memory_order_relaxed);
    if (list.bounds_loads) in_flight_.fetch_add(1, std::memory_order_relaxed);
    return {*this, *to.state, to.id, list.bounds_loads, now};
  });
}

// A sample that races with another may be lost.
void load_balancer::report(target_state& of, call_outcome came_to, time_ns duration_ns,
                           time_ns now) noexcept {
  if (came_to == call_outcome::ignored) return;
  const time_ns seen = of.latency_ns.load(std::memory_order_relaxed);
  time_ns sample = std::max<time_ns>(1, duration_ns);
  // Who fails quickly must not look quick: a failure counts as twice what is usual.
  if (came_to == call_outcome::failure)
    sample = std::max(sample, std::max(seen, std::min(detail::later(seen, seen), fixed_.latency_decay_ns)));
  time_ns next = sample;
  if (sample < seen) {
    const auto tau = static_cast<double>(fixed_.latency_decay_ns);
    const auto age =
        static_cast<double>(std::max<time_ns>(0, now - of.latency_from.load(std::memory_order_relaxed)));
    next = sample + static_cast<time_ns>(static_cast<double>(seen - sample) * tau / (tau + age));
  }
  of.latency_ns.store(next, std::memory_order_relaxed);
  of.latency_from.store(now, std::memory_order_relaxed);
  if (ejector_) ejector_->record(of.slot, came_to, now);
}

// The last access to a target that has left: its place may be reused at once.
void load_balancer::release(target_state& of, bool counted) noexcept {
  if (counted) in_flight_.fetch_sub(1, std::memory_order_relaxed);
  of.in_flight.fetch_sub(1, std::memory_order_release);
}

// ---- the set ----

std::unique_ptr<const load_balancer::target_list> load_balancer::make_list(
    const load_balancer_params& params, std::span<const target> targets,
    std::span<const std::uint32_t> slots) {
  auto list = std::make_unique<target_list>();
  list->params = params;
  list->members.assign(targets.begin(), targets.end());
  list->slots.assign(slots.begin(), slots.end());
  std::vector<target> weighted;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].weight == 0) continue;
    list->by_id.emplace_back(targets[i].id, static_cast<std::uint32_t>(weighted.size()));
    list->entries.push_back({&states_[slots[i]], targets[i].weight, targets[i].id});
    weighted.push_back(targets[i]);
  }
  std::ranges::sort(list->by_id);
  if (!weighted.empty()) list->order = make_picker(params, weighted, rotation_);
  list->well_min =
      static_cast<std::uint32_t>(std::ceil(params.panic_share * static_cast<double>(weighted.size())));
  list->bounds_loads = params.by == balancing::ring_hash && params.load_factor != 0.0;
  if (params.by != balancing::sticky) return list;
  const bool keeps = current_ != nullptr && current_->placed != nullptr &&
                     current_->params.sticky_keys_max == params.sticky_keys_max &&
                     current_->params.sticky_idle_ns == params.sticky_idle_ns;
  list->placed = keeps ? current_->placed
                       : std::make_shared<sticky_table>(params.sticky_keys_max, params.sticky_idle_ns);
  return list;
}

// False: too many of those that have left still have calls in flight.
bool load_balancer::find_slots(std::span<const target> targets, std::span<std::uint32_t> slots) const {
  std::vector<bool> taken(fixed_.targets_max);
  const auto known_as = [&](std::uint64_t id) {
    for (std::uint32_t slot = 0; slot < fixed_.targets_max; ++slot)
      if (states_[slot].id == id) return slot;
    return no_slot;
  };
  for (std::size_t i = 0; i < targets.size(); ++i) {
    slots[i] = known_as(targets[i].id);
    if (slots[i] != no_slot) taken[slots[i]] = true;
  }
  std::uint32_t free = 0;
  for (std::uint32_t& slot : slots) {
    if (slot != no_slot) continue;
    const auto in_use = [&](std::uint32_t at) {
      return taken[at] || states_[at].listed || states_[at].in_flight.load(std::memory_order_acquire) != 0;
    };
    while (free < fixed_.targets_max && in_use(free)) ++free;
    if (free == fixed_.targets_max) return false;
    slot = free++;
  }
  return true;
}

result<void> load_balancer::update(std::span<const target> next, time_ns now) {
  if (std::optional<error> fault = fault_of(next, fixed_.targets_max)) return *std::move(fault);
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> slots(next.size());
  if (!find_slots(next, slots))
    return make_error(errc::capacity_exceeded,
                      "load_balancer: targets that have left still have calls in flight; raise targets_max");
  auto list = make_list(current_->params, next, slots);
  const time_ns latency_ns = mean_latency(now);
  for (std::size_t i = 0; i < next.size(); ++i)
    if (!states_[slots[i]].listed) join(slots[i], next[i].id, latency_ns, now);
  replace(std::move(list));
  return {};
}

void load_balancer::reconfigure(const load_balancer_params& params) {
  load_balancer_params changed = checked(params);
  changed.targets_max = fixed_.targets_max;
  const std::lock_guard lock(mutex_);
  replace(make_list(changed, current_->members, current_->slots));
}

// Who comes back while calls of its last stay are in flight is remembered; its health is not.
void load_balancer::join(std::uint32_t slot, std::uint64_t id, time_ns latency_ns,
                         time_ns warm_from) noexcept {
  target_state& added = states_[slot];
  if (added.id != id) {
    added.id = id;
    added.latency_ns.store(latency_ns, std::memory_order_relaxed);
    added.latency_from.store(warm_from, std::memory_order_relaxed);
  }
  added.good_probes = added.bad_probes = 0;
  added.barred.store(0, std::memory_order_relaxed);
  added.warm_from.store(warm_from, std::memory_order_relaxed);
  added.listed = true;
  if (ejector_) ejector_->add(slot);
}

void load_balancer::replace(std::unique_ptr<const target_list> next) noexcept {
  const std::vector<std::uint32_t> before = current_->slots;
  current_ = next.get();
  count_well(*next);
  lists_->set(std::move(next));
  for (const std::uint32_t slot : before) states_[slot].listed = false;
  for (const std::uint32_t slot : current_->slots) states_[slot].listed = true;
  for (const std::uint32_t slot : before)
    if (!states_[slot].listed && ejector_) ejector_->remove(slot);
}

time_ns load_balancer::mean_latency(time_ns now) const noexcept {
  time_ns sum = 0;
  time_ns known = 0;
  for (const target_list::entry& each : current_->entries) {
    const time_ns latency = latency_at(*each.state, now);
    sum += latency / static_cast<time_ns>(current_->entries.size());
    known += latency != 0 ? 1 : 0;
  }
  return known == 0 ? 0 : sum / known * static_cast<time_ns>(current_->entries.size());
}

time_ns load_balancer::latency_at(const target_state& of, time_ns now) const noexcept {
  return selection::latency_at(of, now, fixed_.latency_decay_ns);
}

// ---- health ----

void load_balancer::count_well(const target_list& list) const noexcept {
  std::uint32_t well = 0;
  std::uint64_t weight = 0;
  for (const target_list::entry& each : list.entries)
    if (each.state->barred.load(std::memory_order_relaxed) == 0) {
      ++well;
      weight += each.weight;
    }
  list.well.store(well, std::memory_order_relaxed);
  list.well_weight.store(weight, std::memory_order_relaxed);
}

void load_balancer::bar(target_state& of, std::uint8_t why, bool barred, time_ns now) noexcept {
  const std::uint8_t before = of.barred.load(std::memory_order_relaxed);
  const auto after = static_cast<std::uint8_t>(barred ? before | why : before & ~why);
  if (before != 0 && after == 0) of.warm_from.store(now, std::memory_order_relaxed);
  of.barred.store(after, std::memory_order_relaxed);
  count_well(*current_);
}

void load_balancer::on_ejection(void* context, std::uint32_t slot, time_ns now) noexcept {
  auto& self = *static_cast<load_balancer*>(context);
  const std::lock_guard lock(self.mutex_);
  // Changes may be told in the wrong order: what counts is how it is now.
  if (self.states_[slot].listed)
    self.bar(self.states_[slot], target_state::ejected, self.ejector_->ejected(slot), now);
}

void load_balancer::report_probe(std::uint64_t id, bool good, time_ns now) noexcept {
  const std::lock_guard lock(mutex_);
  for (const std::uint32_t slot : current_->slots) {
    target_state& of = states_[slot];
    if (of.id != id) continue;
    of.good_probes = good ? of.good_probes + 1 : 0;
    of.bad_probes = good ? 0 : of.bad_probes + 1;
    const bool is_unwell = (of.barred.load(std::memory_order_relaxed) & target_state::unwell) != 0;
    if (is_unwell && of.good_probes >= fixed_.probe_rise) bar(of, target_state::unwell, false, now);
    if (!is_unwell && of.bad_probes >= fixed_.probe_fall) bar(of, target_state::unwell, true, now);
  }
}

std::size_t load_balancer::view(std::span<target_view> into, time_ns now) const noexcept {
  const std::lock_guard lock(mutex_);
  const target_list& list = *current_;
  for (std::size_t i = 0; i < std::min(into.size(), list.members.size()); ++i) {
    const target_state& of = states_[list.slots[i]];
    const std::uint8_t barred = of.barred.load(std::memory_order_relaxed);
    into[i] = {.id = list.members[i].id,
               .weight = list.members[i].weight,
               .in_flight = of.in_flight.load(std::memory_order_relaxed),
               .latency_ns = latency_at(of, now),
               .healthy = (barred & target_state::unwell) == 0,
               .ejected = (barred & target_state::ejected) != 0};
  }
  return list.members.size();
}

load_balancer::health_counts load_balancer::health() const noexcept {
  const std::lock_guard lock(mutex_);
  return {current_->well.load(std::memory_order_relaxed),
          static_cast<std::uint32_t>(current_->entries.size())};
}

}  // namespace seckill::inline v1
