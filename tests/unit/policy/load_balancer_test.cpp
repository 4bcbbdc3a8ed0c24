#include <seckill/policy/jump_hash.hpp>
#include <seckill/policy/load_balancer.hpp>
#include <seckill/policy/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seckill {
namespace {

std::vector<target> targets_of(std::initializer_list<std::uint32_t> weights) {
  std::vector<target> all;
  for (const std::uint32_t weight : weights) all.push_back({all.size() + 1, weight});
  return all;
}
std::vector<target> equal_targets(std::size_t count) {
  std::vector<target> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({i + 1, 1});
  return all;
}

load_balancer_params by(balancing how) { return {.by = how}; }

// Calls that end at once: how often each target was picked.
std::map<std::uint64_t, int> picks(load_balancer& from, int calls, time_ns now = 0, std::uint64_t seed = 1) {
  std::map<std::uint64_t, int> count;
  for (int i = 0; i < calls; ++i) {
    const std::uint64_t key = splitmix64(seed);
    const load_balancer::lease picked = from.pick({.key = key, .random = splitmix64(seed)}, now);
    ++count[picked ? picked.target_id() : 0];
  }
  return count;
}

std::uint32_t in_flight_of(const load_balancer& balancer, std::uint64_t id) {
  std::array<target_view, 64> seen;
  const std::size_t count = balancer.view(seen, 0);
  for (std::size_t i = 0; i < count; ++i)
    if (seen[i].id == id) return seen[i].in_flight;
  return 0;
}

void make_unwell(load_balancer& balancer, std::uint64_t id, time_ns now = 0) {
  for (int i = 0; i < 3; ++i) balancer.report_probe(id, false, now);
}

// ---- shares ----

TEST(load_balancer, round_robin_goes_around_whatever_the_weights) {
  load_balancer balancer(by(balancing::round_robin), targets_of({5, 1, 1}), 0);
  std::vector<std::uint64_t> order;
  for (int i = 0; i < 6; ++i) order.push_back(balancer.pick({}, 0).target_id());
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2, 3, 1, 2, 3}));
}

TEST(load_balancer, weights_are_honoured_and_zero_gets_nothing) {
  for (const balancing how : {balancing::smooth_weighted, balancing::random, balancing::two_choices}) {
    load_balancer balancer(by(how), targets_of({6, 3, 0, 1}), 0);
    const auto count = picks(balancer, 100'000);
    EXPECT_EQ(count.count(3), 0U);
    if (how == balancing::two_choices) continue;  // prefers the heavy ones while all are idle
    EXPECT_NEAR(count.at(1), 60'000, 600);
    EXPECT_NEAR(count.at(2), 30'000, 600);
    EXPECT_NEAR(count.at(4), 10'000, 600);
  }
}

TEST(load_balancer, two_choices_hold_calls_in_flight_in_proportion_to_weights) {
  load_balancer balancer(by(balancing::two_choices), targets_of({4, 2, 1, 1}), 0);
  std::vector<load_balancer::lease> held;
  std::uint64_t seed = 7;
  for (int i = 0; i < 800; ++i) held.push_back(balancer.pick({.random = splitmix64(seed)}, 0));
  EXPECT_NEAR(in_flight_of(balancer, 1), 400, 40);
  EXPECT_NEAR(in_flight_of(balancer, 2), 200, 30);
  EXPECT_NEAR(in_flight_of(balancer, 3), 100, 25);
}

// The classical result: ln n / ln ln n against ln ln n. With 64 targets and 6,400 calls, random has an excess of dozens.
TEST(load_balancer, two_choices_are_far_more_even_than_one) {
  const auto excess = [](balancing how) {
    load_balancer balancer(by(how), equal_targets(64), 0);
    std::vector<load_balancer::lease> held;
    std::uint64_t seed = 3;
    for (int i = 0; i < 6'400; ++i) held.push_back(balancer.pick({.random = splitmix64(seed)}, 0));
    std::uint32_t most = 0;
    for (std::uint64_t id = 1; id <= 64; ++id) most = std::max(most, in_flight_of(balancer, id));
    return most - 100;
  };
  EXPECT_LE(excess(balancing::two_choices), 5U);
  EXPECT_GE(excess(balancing::random), 12U);
}

TEST(load_balancer, two_choices_prefer_the_quick_and_try_the_slow_again) {
  load_balancer balancer(by(balancing::two_choices), equal_targets(2), 0);
  std::uint64_t seed = 5;
  std::map<std::uint64_t, int> early;
  time_ns now = 0;
  for (int i = 0; i < 1'000; ++i) {
    load_balancer::lease call = balancer.pick({.random = splitmix64(seed)}, now);
    ++early[call.target_id()];
    call.report(call_outcome::success, now + (call.target_id() == 1 ? 1 : 50) * ns_per_ms);
    now += ns_per_ms;
  }
  EXPECT_LT(early[2], 10);
  // Without results its average decays: to a fiftieth, that of the quick one, after eight minutes.
  int late = 0;
  for (const time_ns end = now + 600 * ns_per_s; now < end; now += 100 * ns_per_ms) {
    load_balancer::lease call = balancer.pick({.random = splitmix64(seed)}, now);
    late += call.target_id() == 2 ? 1 : 0;
    call.report(call_outcome::success, now + (call.target_id() == 1 ? 1 : 50) * ns_per_ms);
  }
  EXPECT_GT(late, 0);
  EXPECT_LT(late, 10);
}

TEST(load_balancer, quick_failures_do_not_attract_calls) {
  load_balancer balancer(by(balancing::two_choices), equal_targets(2), 0);
  std::uint64_t seed = 5;
  int failed = 0;
  for (time_ns now = 0; now < 2'000 * ns_per_ms; now += ns_per_ms) {
    load_balancer::lease call = balancer.pick({.random = splitmix64(seed)}, now);
    const bool broken = call.target_id() == 1 && now > 100 * ns_per_ms;
    failed += broken ? 1 : 0;
    call.report(broken ? call_outcome::failure : call_outcome::success,
                now + (broken ? 1'000 : 10 * ns_per_ms));
  }
  EXPECT_LT(failed, 100);
}

// ---- by key ----

TEST(jump_hash, moves_one_key_in_n_and_only_to_the_new_bucket) {
  for (const std::uint32_t buckets : {1U, 5U, 10U, 100U}) {
    int moved = 0;
    constexpr int keys = 20'000;
    std::uint64_t seed = 9;
    for (int i = 0; i < keys; ++i) {
      const std::uint64_t key = splitmix64(seed);
      const std::uint32_t before = jump_hash(key, buckets);
      const std::uint32_t after = jump_hash(key, buckets + 1);
      if (before == after) continue;
      ++moved;
      EXPECT_EQ(after, buckets);
    }
    const double share = 1.0 / (buckets + 1);
    EXPECT_NEAR(moved, keys * share, 5 * std::sqrt(keys * share)) << buckets;
  }
}

std::map<std::uint64_t, std::uint64_t> placements(load_balancer& balancer, int keys) {
  std::map<std::uint64_t, std::uint64_t> placed;
  std::uint64_t seed = 11;
  for (int i = 0; i < keys; ++i) {
    const std::uint64_t key = splitmix64(seed);
    placed[key] = balancer.pick({.key = key, .random = splitmix64(seed)}, 0).target_id();
  }
  return placed;
}

TEST(load_balancer, a_ring_moves_only_the_keys_of_who_leaves) {
  load_balancer balancer(by(balancing::ring_hash), equal_targets(10), 0);
  const auto before = placements(balancer, 10'000);
  std::vector<target> fewer = equal_targets(10);
  fewer.erase(fewer.begin() + 3);
  ASSERT_TRUE(balancer.update(fewer, 0));
  const auto after = placements(balancer, 10'000);
  int moved = 0;
  for (const auto& [key, id] : before) {
    if (id == 4) {
      ++moved;
      EXPECT_NE(after.at(key), 4U);
    } else {
      EXPECT_EQ(after.at(key), id);
    }
  }
  EXPECT_NEAR(moved, 1'000, 300);
}

TEST(load_balancer, a_ring_gives_shares_by_weight) {
  load_balancer balancer(by(balancing::ring_hash), targets_of({3, 1, 1, 1}), 0);
  const auto count = picks(balancer, 30'000);
  EXPECT_NEAR(count.at(1), 15'000, 2'500);
  for (const std::uint64_t id : {2, 3, 4}) EXPECT_NEAR(count.at(id), 5'000, 1'500);
}

TEST(load_balancer, a_hot_key_never_exceeds_the_bound_of_the_ring) {
  load_balancer balancer(by(balancing::ring_hash), equal_targets(8), 0);
  std::vector<load_balancer::lease> held;
  for (int i = 1; i <= 400; ++i) {
    held.push_back(balancer.pick({.key = 42}, 0));
    const auto bound = static_cast<std::uint32_t>(std::ceil(1.25 * i / 8.0));
    for (std::uint64_t id = 1; id <= 8; ++id) ASSERT_LE(in_flight_of(balancer, id), bound) << i;
  }
}

TEST(load_balancer, a_ring_without_a_bound_lets_a_hot_key_pile_up) {
  load_balancer balancer({.by = balancing::ring_hash, .load_factor = 0.0}, equal_targets(8), 0);
  std::vector<load_balancer::lease> held;
  for (int i = 0; i < 100; ++i) held.push_back(balancer.pick({.key = 42}, 0));
  EXPECT_EQ(in_flight_of(balancer, held.front().target_id()), 100U);
}

TEST(load_balancer, keys_of_a_target_that_is_out_spread_over_the_others) {
  for (const balancing how : {balancing::jump_hash, balancing::ring_hash}) {
    load_balancer balancer({.by = how, .load_factor = 0.0}, equal_targets(5), 0);
    const auto before = placements(balancer, 5'000);
    make_unwell(balancer, 2);
    const auto after = placements(balancer, 5'000);
    std::map<std::uint64_t, int> heirs;
    for (const auto& [key, id] : before) {
      if (id == 2)
        ++heirs[after.at(key)];
      else
        EXPECT_EQ(after.at(key), id);
    }
    EXPECT_EQ(heirs.size(), 4U);
    EXPECT_EQ(heirs.count(2), 0U);
  }
}

TEST(load_balancer, a_sticky_key_stays_when_targets_join_and_moves_when_its_own_is_out) {
  load_balancer balancer(by(balancing::sticky), equal_targets(3), 0);
  const auto before = placements(balancer, 3'000);
  ASSERT_TRUE(balancer.update(equal_targets(6), 0));
  EXPECT_EQ(placements(balancer, 3'000), before);
  make_unwell(balancer, 1);
  const auto after = placements(balancer, 3'000);
  for (const auto& [key, id] : before) {
    if (id == 1)
      EXPECT_NE(after.at(key), 1U);
    else
      EXPECT_EQ(after.at(key), id);
  }
}

TEST(load_balancer, a_sticky_key_is_forgotten_when_idle) {
  load_balancer balancer({.by = balancing::sticky, .sticky_idle_ns = ns_per_s}, equal_targets(8), 0);
  const std::uint64_t first = balancer.pick({.key = 5, .random = 1}, 0).target_id();
  EXPECT_EQ(balancer.pick({.key = 5, .random = 99}, ns_per_s).target_id(), first);
  bool moved = false;
  for (std::uint64_t random = 2; random < 40 && !moved; ++random)
    moved = balancer.pick({.key = 5, .random = random}, static_cast<time_ns>(random) * 3 * ns_per_s)
                .target_id() != first;
  EXPECT_TRUE(moved);
}

// ---- health ----

TEST(load_balancer, active_checks_take_a_target_out_and_bring_it_back) {
  load_balancer balancer(by(balancing::round_robin), equal_targets(4), 0);
  balancer.report_probe(2, false, 0);
  balancer.report_probe(2, false, 0);
  balancer.report_probe(2, true, 0);
  balancer.report_probe(2, false, 0);
  EXPECT_EQ(picks(balancer, 400).at(2), 100);
  balancer.report_probe(2, false, 0);
  balancer.report_probe(2, false, 0);
  const auto without = picks(balancer, 300);
  EXPECT_EQ(without.count(2), 0U);
  for (const std::uint64_t id : {1, 3, 4}) EXPECT_EQ(without.at(id), 100) << "the others share alike";
  balancer.report_probe(2, true, 0);
  EXPECT_EQ(picks(balancer, 300).count(2), 0U);
  balancer.report_probe(2, true, 0);
  EXPECT_EQ(picks(balancer, 400).at(2), 100);
}

TEST(load_balancer, a_panic_ignores_health) {
  load_balancer balancer(by(balancing::round_robin), equal_targets(4), 0);
  make_unwell(balancer, 1);
  make_unwell(balancer, 2);
  EXPECT_EQ(picks(balancer, 100).size(), 2U) << "half of them is no panic";
  make_unwell(balancer, 3);
  EXPECT_EQ(picks(balancer, 100).size(), 4U);
}

TEST(load_balancer, without_a_panic_nobody_well_means_no_target) {
  load_balancer balancer({.by = balancing::round_robin, .panic_share = 0.0}, equal_targets(2), 0);
  make_unwell(balancer, 1);
  EXPECT_EQ(picks(balancer, 10).at(2), 10);
  make_unwell(balancer, 2);
  EXPECT_FALSE(balancer.pick({}, 0));
  load_balancer empty(by(balancing::two_choices), {}, 0);
  EXPECT_FALSE(empty.pick({}, 0));
}

TEST(load_balancer, avoids_what_the_call_has_failed_at_while_there_are_others) {
  for (const balancing how : {balancing::round_robin, balancing::random, balancing::two_choices,
                              balancing::jump_hash, balancing::ring_hash, balancing::sticky}) {
    load_balancer balancer(by(how), equal_targets(3), 0);
    const std::array<std::uint64_t, 2> tried{1, 3};
    std::uint64_t seed = 1;
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t key = splitmix64(seed);
      EXPECT_EQ(balancer.pick({.key = key, .random = splitmix64(seed), .avoid = tried}, 0).target_id(), 2U);
    }
    const std::array<std::uint64_t, 3> all{1, 2, 3};
    EXPECT_TRUE(balancer.pick({.avoid = all}, 0));
  }
}

TEST(load_balancer, failing_calls_eject_and_time_brings_back) {
  load_balancer balancer(
      {.by = balancing::round_robin,
       .ejection = outlier_ejector_params{.consecutive_failures = 3, .ejected_share_max = 0.5}},
      equal_targets(4), 0);
  for (int i = 0; i < 12; ++i) {
    load_balancer::lease call = balancer.pick({}, 1);
    call.report(call.target_id() == 3 ? call_outcome::failure : call_outcome::success, 2);
  }
  EXPECT_EQ(balancer.health().well, 3U);
  EXPECT_EQ(picks(balancer, 30, 3).count(3), 0U);
  EXPECT_EQ(picks(balancer, 40, 31 * ns_per_s).at(3), 10);
  EXPECT_EQ(balancer.health().well, 4U);
}

TEST(load_balancer, slow_start_ramps) {
  load_balancer balancer({.by = balancing::random, .slow_start_ns = 100 * ns_per_s, .slow_start_min = 0.05},
                         equal_targets(3), 0);
  EXPECT_NEAR(picks(balancer, 30'000).at(1), 10'000, 500) << "the first targets are warm";
  ASSERT_TRUE(balancer.update(equal_targets(4), 0));
  // Its share against that of a warm one.
  const auto share = [&](time_ns now) {
    const auto count = picks(balancer, 40'000, now);
    return static_cast<double>(count.count(4) != 0 ? count.at(4) : 0) / count.at(1);
  };
  EXPECT_NEAR(share(0), 0.05, 0.02);
  EXPECT_NEAR(share(25 * ns_per_s), 0.25, 0.05);
  EXPECT_NEAR(share(75 * ns_per_s), 0.75, 0.07);
  EXPECT_NEAR(share(100 * ns_per_s), 1.0, 0.08);
  make_unwell(balancer, 2, 100 * ns_per_s);
  balancer.report_probe(2, true, 200 * ns_per_s);
  balancer.report_probe(2, true, 200 * ns_per_s);
  const auto back = picks(balancer, 40'000, 210 * ns_per_s);
  EXPECT_NEAR(static_cast<double>(back.at(2)) / back.at(1), 0.1, 0.04) << "who comes back ramps, too";
}

// ---- changing the set ----

TEST(load_balancer, calls_in_flight_survive_an_update_and_a_return) {
  load_balancer balancer(by(balancing::round_robin), equal_targets(3), 0);
  std::vector<load_balancer::lease> held;
  for (int i = 0; i < 6; ++i) held.push_back(balancer.pick({}, 0));
  const std::vector<target> two{{1, 9}, {2, 1}};
  ASSERT_TRUE(balancer.update(two, 0));
  EXPECT_EQ(in_flight_of(balancer, 1), 2U);
  EXPECT_EQ(picks(balancer, 10).count(3), 0U);
  ASSERT_TRUE(balancer.update(equal_targets(3), 0));
  EXPECT_EQ(in_flight_of(balancer, 3), 2U) << "it came back while its calls were in flight";
  held.clear();
  EXPECT_EQ(in_flight_of(balancer, 3), 0U);
}

TEST(load_balancer, places_of_the_gone_are_reused_only_when_their_calls_are_over) {
  load_balancer balancer({.by = balancing::round_robin, .targets_max = 2}, equal_targets(2), 0);
  load_balancer::lease old = balancer.pick({}, 0);
  const std::vector<target> others{{8, 1}, {9, 1}};
  ASSERT_TRUE(balancer.update({}, 0));
  const auto refused = balancer.update(others, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, make_error_code(errc::capacity_exceeded));
  EXPECT_FALSE(balancer.pick({}, 0));
  old.report(call_outcome::success, 1);
  ASSERT_TRUE(balancer.update(others, 0));
  EXPECT_EQ(picks(balancer, 10).size(), 2U);
}

TEST(load_balancer, another_balancing_keeps_counts_and_health) {
  load_balancer balancer(by(balancing::round_robin), equal_targets(4), 0);
  make_unwell(balancer, 1);
  const load_balancer::lease held = balancer.pick({}, 0);
  balancer.reconfigure(by(balancing::ring_hash));
  EXPECT_EQ(in_flight_of(balancer, held.target_id()), 1U);
  EXPECT_EQ(picks(balancer, 1'000).count(1), 0U);
  const std::uint64_t first = balancer.pick({.key = 3}, 0).target_id();
  EXPECT_EQ(balancer.pick({.key = 3}, 0).target_id(), first);
}

TEST(load_balancer, refuses_bad_sets_and_parameters) {
  load_balancer balancer({.by = balancing::random, .targets_max = 2}, equal_targets(2), 0);
  const std::vector<target> twice{{1, 1}, {1, 2}};
  const std::vector<target> zero{{0, 1}};
  EXPECT_EQ(balancer.update(twice, 0).error().code, make_error_code(errc::invalid_argument));
  EXPECT_EQ(balancer.update(zero, 0).error().code, make_error_code(errc::invalid_argument));
  EXPECT_EQ(balancer.update(equal_targets(3), 0).error().code, make_error_code(errc::capacity_exceeded));
  EXPECT_EQ(picks(balancer, 100).size(), 2U) << "nothing has changed";
  EXPECT_THROW(load_balancer({.panic_share = 1.5}, {}, 0), std::invalid_argument);
  EXPECT_THROW(load_balancer({.load_factor = 1.0}, {}, 0), std::invalid_argument);
  EXPECT_THROW(load_balancer({.targets_max = 0}, {}, 0), std::invalid_argument);
  EXPECT_THROW(load_balancer({}, twice, 0), std::invalid_argument);
}

TEST(load_balancer, leases_move_and_end_once) {
  load_balancer balancer(by(balancing::round_robin), equal_targets(1), 0);
  load_balancer::lease one = balancer.pick({}, 0);
  load_balancer::lease two = std::move(one);
  EXPECT_EQ(in_flight_of(balancer, 1), 1U);
  two = balancer.pick({}, 0);
  EXPECT_EQ(in_flight_of(balancer, 1), 1U);
  two.release();
  two.release();
  EXPECT_EQ(in_flight_of(balancer, 1), 0U);
}

// ---- threads ----

TEST(load_balancer_threads, sets_change_while_calls_are_in_flight) {
  load_balancer balancer({.by = balancing::two_choices,
                          .slow_start_ns = 50,
                          .ejection = outlier_ejector_params{.consecutive_failures = 2,
                                                             .base_ejection_ns = 100,
                                                             .ejection_max_ns = 1'000}},
                         equal_targets(6), 0);
  std::atomic<bool> stop{false};
  std::atomic<time_ns> clock{0};
  std::vector<std::thread> callers;
  for (std::uint64_t seed : {1, 2, 3})
    callers.emplace_back([&, seed]() mutable {
      while (!stop.load(std::memory_order_relaxed)) {
        const time_ns now = clock.fetch_add(1, std::memory_order_relaxed);
        load_balancer::lease call = balancer.pick({.key = splitmix64(seed), .random = splitmix64(seed)}, now);
        if (!call) continue;
        const bool fails = call.target_id() == 2;
        call.report(fails ? call_outcome::failure : call_outcome::success, now + 5);
      }
    });
  constexpr std::array all{balancing::round_robin, balancing::smooth_weighted, balancing::two_choices,
                           balancing::ring_hash,   balancing::sticky,          balancing::jump_hash};
  for (std::size_t round = 0; round < 120; ++round) {
    ASSERT_TRUE(balancer.update(equal_targets(2 + round % 6), clock.load()));
    balancer.reconfigure(by(all[round % all.size()]));
    balancer.report_probe(3, round % 3 == 0, clock.load());
  }
  stop = true;
  for (std::thread& each : callers) each.join();
  ASSERT_TRUE(balancer.update(equal_targets(8), clock.load()));
  for (std::uint64_t id = 1; id <= 8; ++id) EXPECT_EQ(in_flight_of(balancer, id), 0U) << id;
}

}  // namespace
}  // namespace seckill
