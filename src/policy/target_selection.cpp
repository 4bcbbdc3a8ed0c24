#include "policy/target_selection.hpp"

#include <seckill/policy/random.hpp>

#include <algorithm>
#include <cmath>

namespace seckill::inline v1 {

load_balancer::selection::selection(const target_list& list, const request& call, std::uint32_t in_flight,
                                    time_ns now) noexcept
    : list_(list),
      call_(call),
      in_flight_(in_flight),
      now_(now),
      panics_(list.well.load(std::memory_order_relaxed) < list.well_min),
      walk_{.key = call.key, .random = call.random} {}

std::uint32_t load_balancer::selection::run() noexcept {
  if (list_.entries.empty()) return target_list::none;
  switch (list_.params.by) {
    case balancing::two_choices:
      return better_of_two();
    case balancing::sticky:
      return stuck();
    case balancing::round_robin:
    case balancing::smooth_weighted:
    case balancing::random:
    case balancing::jump_hash:
    case balancing::ring_hash:
      return first();
  }
  return target_list::none;
}

// ---- what is asked of a target ----

bool load_balancer::selection::avoided(std::uint64_t id) const noexcept {
  return std::ranges::find(call_.avoid, id) != call_.avoid.end();
}

bool load_balancer::selection::is_warm(const target_state& of) noexcept {
  const load_balancer_params& params = list_.params;
  const time_ns from = of.warm_from.load(std::memory_order_relaxed);
  if (params.slow_start_ns == 0 || from == target_state::always_warm || now_ - from >= params.slow_start_ns)
    return true;
  const double elapsed =
      static_cast<double>(std::max<time_ns>(0, now_ - from)) / static_cast<double>(params.slow_start_ns);
  const double share = std::max(params.slow_start_min, std::pow(elapsed, 1.0 / params.slow_start_aggression));
  return uniform_of(splitmix64(walk_.random)) < share;
}

bool load_balancer::selection::within_load(const target_list::entry& of) const noexcept {
  const std::uint32_t in_flight = of.state->in_flight.load(std::memory_order_relaxed);
  const std::uint64_t weights = list_.well_weight.load(std::memory_order_relaxed);
  if (in_flight == 0 || weights == 0) return true;
  const double share = static_cast<double>(of.weight) / static_cast<double>(weights);
  const double bound = std::ceil(list_.params.load_factor * share * (static_cast<double>(in_flight_) + 1.0));
  return static_cast<double>(in_flight) + 1.0 <= bound;
}

bool load_balancer::selection::acceptable(std::uint32_t index, demand asked) noexcept {
  const target_list::entry& of = list_.entries[index];
  if (!panics_ && of.state->barred.load(std::memory_order_relaxed) != 0) return false;
  if (asked == demand::even_avoided) return true;
  if (!call_.avoid.empty() && avoided(of.id)) return false;
  if (asked == demand::any_load) return true;
  if (list_.bounds_loads && !within_load(of)) return false;
  const bool by_key = list_.params.by == balancing::jump_hash || list_.params.by == balancing::ring_hash;
  return by_key || asked == demand::any_warmth || is_warm(*of.state);
}

// ---- searching ----

// The next proposal that is all that could be asked for, or none within reason.
std::uint32_t load_balancer::selection::propose(std::uint32_t other_than) noexcept {
  for (std::uint32_t turns = list_.order->turns_max(); turns != 0; --turns) {
    const std::uint32_t index = list_.order->propose(walk_);
    if (index != other_than && acceptable(index, demand::everything)) return index;
  }
  return target_list::none;
}

std::uint32_t load_balancer::selection::first() noexcept {
  const std::uint32_t found = propose(target_list::none);
  if (found != target_list::none) return found;
  const auto size = static_cast<std::uint32_t>(list_.entries.size());
  const auto start = static_cast<std::uint32_t>(splitmix64(walk_.random) % size);
  for (const demand asked : {demand::everything, demand::any_warmth, demand::any_load, demand::even_avoided})
    for (std::uint32_t i = 0; i < size; ++i)
      if (acceptable((start + i) % size, asked)) return (start + i) % size;
  return target_list::none;
}

time_ns load_balancer::selection::latency_at(const target_state& of, time_ns now, time_ns decay_ns) noexcept {
  const time_ns seen = of.latency_ns.load(std::memory_order_relaxed);
  const time_ns age = now - of.latency_from.load(std::memory_order_relaxed);
  if (age <= 0) return seen;
  const auto tau = static_cast<double>(decay_ns);
  return static_cast<time_ns>(static_cast<double>(seen) * tau / (tau + static_cast<double>(age)));
}

bool load_balancer::selection::is_better(std::uint32_t one, std::uint32_t other) const noexcept {
  const auto work = [&](const target_list::entry& of) {
    return (of.state->in_flight.load(std::memory_order_relaxed) + 1.0) / of.weight;
  };
  const target_list::entry& left = list_.entries[one];
  const target_list::entry& right = list_.entries[other];
  const auto latency = [&](const target_list::entry& of) {
    return static_cast<double>(latency_at(*of.state, now_, list_.params.latency_decay_ns));
  };
  const double left_ns = latency(left);
  const double right_ns = latency(right);
  // Of one that has not answered yet only its load is known.
  if (left_ns == 0.0 || right_ns == 0.0) return work(left) <= work(right);
  return work(left) * left_ns <= work(right) * right_ns;
}

std::uint32_t load_balancer::selection::better_of_two() noexcept {
  const std::uint32_t one = first();
  if (one == target_list::none || list_.entries.size() == 1) return one;
  const std::uint32_t other = propose(one);
  return other == target_list::none || is_better(one, other) ? one : other;
}

std::uint32_t load_balancer::selection::stuck() noexcept {
  const std::uint64_t id = list_.placed->find(call_.key, now_);
  if (id != 0) {
    const std::uint32_t known = list_.index_of(id);
    if (known != target_list::none && acceptable(known, demand::any_warmth)) return known;
  }
  const std::uint32_t chosen = better_of_two();
  if (chosen != target_list::none) list_.placed->put(call_.key, list_.entries[chosen].id, now_);
  return chosen;
}

}  // namespace seckill::inline v1
