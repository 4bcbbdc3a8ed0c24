#include "storage_world.hpp"

#include <set>

namespace seckill::testing {
namespace {

class storage_alone : public ::testing::Test {
 protected:
  storage_world world;
};

TEST_F(storage_alone, a_second_read_is_answered_by_the_nearest_level) {
  const auto one = world.make_node();
  const auto two = world.make_node();
  ASSERT_TRUE(world.create(*one.records, "k", "v"));
  EXPECT_EQ(world.read(*one.records, "k").value().origin, record_origin::source);
  EXPECT_EQ(world.read(*one.records, "k").value().origin, record_origin::local);
  EXPECT_EQ(world.read(*two.records, "k").value().origin, record_origin::shared);
  EXPECT_EQ(one.records->find_local("k", world.work->now_ns())->origin, record_origin::local);
  EXPECT_EQ(one.records->find_local("other", world.work->now_ns()), std::nullopt);
  EXPECT_EQ(world.loads(), 1U);
}

TEST_F(storage_alone, absence_is_cached_at_each_level_and_ends_with_the_creation) {
  const auto one = world.make_node();
  const auto two = world.make_node();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(world.value_of(*one.records, "k"), std::nullopt);
    EXPECT_EQ(world.value_of(*two.records, "k"), std::nullopt);
  }
  EXPECT_EQ(world.loads(), 1U);
  ASSERT_TRUE(world.create(*one.records, "k", "v"));
  EXPECT_EQ(world.value_of(*one.records, "k"), "v");
  EXPECT_EQ(world.value_of(*two.records, "k"), "v");
}

TEST_F(storage_alone, an_old_value_is_served_when_the_source_fails) {
  world.local_params.ttl_ns = ns_per_s;
  world.local_params.stale_ns = 60 * ns_per_s;
  world.params.shared_ttl_ns = ns_per_s;
  const auto node = world.make_node();
  ASSERT_TRUE(world.create(*node.records, "k", "old"));
  EXPECT_EQ(world.value_of(*node.records, "k"), "old");
  world.work->advance(10 * ns_per_s);
  world.script->fail_next(storage_call::load_records, errc::read_failed, 2);
  const found_record stale = world.read(*node.records, "k").value();
  EXPECT_EQ(stale.origin, record_origin::stale);
  EXPECT_EQ(stale.record->value, "old");
  EXPECT_EQ(node.records->stats().stale_served, 1U);
  ASSERT_TRUE(world.update(*node.records, "k", "new"));
  EXPECT_FALSE(world.read(*node.records, "k"));  // what was invalidated is never served
  EXPECT_EQ(world.value_of(*node.records, "k"), "new");
}

TEST_F(storage_alone, a_value_is_refreshed_while_the_old_one_is_served) {
  world.local_params.refresh_after_ns = ns_per_s;
  world.local_params.ttl_ns = 100 * ns_per_s;
  world.params.shared_ttl_ns = ns_per_s;
  const auto node = world.make_node();
  ASSERT_TRUE(world.create(*node.records, "k", "v"));
  EXPECT_EQ(world.value_of(*node.records, "k"), "v");
  world.work->advance(2 * ns_per_s);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(node.records->find_local("k", world.work->now_ns())->record->value, "v");
  EXPECT_EQ(world.loads(), 1U);
  world.work->run();
  EXPECT_EQ(world.loads(), 2U);
  EXPECT_EQ(node.records->stats().refreshes, 1U);
}

TEST_F(storage_alone, a_write_that_cannot_be_announced_is_not_made) {
  const auto node = world.make_node();
  ASSERT_TRUE(world.create(*node.records, "k", "old"));
  world.script->fail_next(storage_call::begin_write, errc::unavailable);
  EXPECT_EQ(world.update(*node.records, "k", "new").error().code, failure::retryable);
  EXPECT_EQ(world.value_of(*node.records, "k"), "old");
}

TEST_F(storage_alone, a_writer_that_dies_in_the_middle_leaves_nothing_stale) {
  const auto one = world.make_node();
  const auto two = world.make_node();
  ASSERT_TRUE(world.create(*one.records, "k", "old"));
  EXPECT_EQ(world.value_of(*one.records, "k"), "old");
  // Another process announces its write, makes it, and is gone.
  ASSERT_TRUE(world.shared->begin_write("k", 5 * ns_per_s, world.work->now_ns()));
  ASSERT_TRUE(world.source->update("k", "new", std::nullopt));
  EXPECT_EQ(world.value_of(*two.records, "k"), "new");
  world.work->advance(6 * ns_per_s);
  world.local_params.ttl_ns = 1;
  const auto three = world.make_node();
  EXPECT_EQ(world.value_of(*three.records, "k"), "new");
}

TEST_F(storage_alone, a_write_whose_fate_is_unknown_is_told_as_if_it_had_happened) {
  const auto node = world.make_node();
  ASSERT_TRUE(world.create(*node.records, "k", "old"));
  EXPECT_EQ(world.value_of(*node.records, "k"), "old");
  world.script->plan(
      {.call = storage_call::write_record, .nth = 2, .code = errc::storage_failed, .done_before = 1});
  EXPECT_EQ(world.update(*node.records, "k", "new").error().code, failure::outcome_unknown);
  EXPECT_EQ(world.value_of(*node.records, "k"), "new");
}

TEST_F(storage_alone, a_shared_cache_that_fails_costs_loads_and_nothing_else) {
  const auto node = world.make_node();
  ASSERT_TRUE(world.create(*node.records, "k", "v"));
  world.script->fail_next(storage_call::get_cached, errc::unavailable);
  EXPECT_EQ(world.read(*node.records, "k").value().origin, record_origin::source);
  ASSERT_TRUE(world.update(*node.records, "k", "v2"));
  world.script->fail_next(storage_call::fill_cached, errc::unavailable);
  EXPECT_EQ(world.value_of(*node.records, "k"), "v2");
  world.script->fail_next(storage_call::end_write, errc::unavailable);
  ASSERT_TRUE(world.update(*node.records, "k", "v3"));
  EXPECT_EQ(world.value_of(*node.records, "k"), "v3");
  EXPECT_EQ(node.records->stats().shared_failures, 3U);
}

TEST_F(storage_alone, expiries_in_the_shared_cache_spread) {
  world.params.shared_ttl_ns = 100 * ns_per_s;
  world.local_params.ttl_ns = 1;
  const auto node = world.make_node();
  const int keys = 200;
  for (int i = 0; i < keys; ++i) {
    ASSERT_TRUE(world.create(*node.records, std::to_string(i), "v"));
    EXPECT_EQ(world.value_of(*node.records, std::to_string(i)), "v");
  }
  // Of a ttl of 100 s varied by a tenth, a twentieth ends in each second from 90 to 110.
  world.work->advance(89 * ns_per_s);
  std::multiset<int> ended_at;
  std::set<int> left;
  for (int i = 0; i < keys; ++i) left.insert(i);
  for (int second = 89; second <= 111; ++second, world.work->advance(ns_per_s))
    std::erase_if(left, [&](int key) {
      const bool ended =
          world.read(*node.records, std::to_string(key)).value().origin == record_origin::source;
      if (ended) ended_at.insert(second);
      return ended;
    });
  EXPECT_TRUE(left.empty());
  EXPECT_EQ(ended_at.count(89), 0U);
  for (int second = 90; second <= 111; ++second) EXPECT_LT(ended_at.count(second), keys / 8U);
}

TEST_F(storage_alone, absence_in_the_shared_cache_has_a_time_of_its_own) {
  world.params.shared_absent_ttl_ns = 10 * ns_per_s;
  world.params.shared_ttl_jitter = 0;
  world.local_params.absent_ttl_ns = 1;
  const auto node = world.make_node();
  EXPECT_EQ(world.value_of(*node.records, "k"), std::nullopt);
  ASSERT_TRUE(world.source->create("k", "v"));  // behind the back of the caches
  world.work->advance(9 * ns_per_s);
  EXPECT_EQ(world.value_of(*node.records, "k"), std::nullopt);
  world.work->advance(2 * ns_per_s);
  EXPECT_EQ(world.value_of(*node.records, "k"), "v");
}

TEST_F(storage_alone, a_load_looks_again_before_it_asks_anybody) {
  const auto node = world.make_node();
  std::optional<result<found_record>> answer;
  node.records->read("k", world.work->now_ns(), storage::no_deadline,
                     [&](const auto& told) { answer = told; });
  node.local->put("k", std::make_shared<const stored_record>(stored_record{1, "v"}), world.work->now_ns());
  world.work->run();
  EXPECT_EQ(answer.value().value().origin, record_origin::local);
  EXPECT_EQ(world.loads(), 0U);
}

TEST_F(storage_alone, a_long_list_is_cut_into_batches) {
  world.params.batch_max = 10;
  const auto node = world.make_node();
  std::vector<std::string> names;
  for (int i = 0; i < 25; ++i) names.push_back(std::to_string(i));
  std::size_t answered = 0;
  node.records->read_many(std::vector<std::string_view>(names.begin(), names.end()), world.work->now_ns(),
                          storage::no_deadline, [&](const auto& told) { answered = told.size(); });
  world.work->run();
  EXPECT_EQ(answered, 25U);
  EXPECT_EQ(world.loads(), 3U);
  EXPECT_EQ(node.records->stats().source_loads, 25U);
}

TEST_F(storage_alone, a_deadline_that_cannot_be_kept_is_refused) {
  struct without_timers final : executor {
    explicit without_timers(executor& of) : inner(of) {}
    bool post(task work) override { return inner.post(std::move(work)); }
    bool post_at(time_ns, task) override { return false; }
    time_ns now_ns() const noexcept override { return inner.now_ns(); }
    executor& inner;
  };
  without_timers work(*world.work);
  const auto node = world.make_node(&work);
  int refused = 0;
  node.records->read("k", work.now_ns(), work.now_ns() + ns_per_s, [&](const result<found_record>& told) {
    refused += !told && told.error().code == errc::unavailable ? 1 : 0;
  });
  EXPECT_EQ(refused, 1);
  world.work->run();
  EXPECT_EQ(refused, 1);
}

TEST_F(storage_alone, random_bad_ids_ask_the_source_for_nothing) {
  storage_world filtered({.filter = true});
  const auto node = filtered.make_node();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(filtered.create(*node.records, "sku:" + std::to_string(i), "v"));
  for (int i = 0; i < 20'000; ++i)
    EXPECT_EQ(filtered.value_of(*node.records, "bad:" + std::to_string(i)), std::nullopt);
  EXPECT_LE(filtered.loads(), 200U);  // 1 in 1,000 by the fresh part, 1 in 256 by the frozen one
  for (int i = 0; i < 200; ++i) EXPECT_EQ(filtered.value_of(*node.records, "sku:" + std::to_string(i)), "v");
}

TEST_F(storage_alone, answers_what_was_asked_before_it_was_destroyed) {
  auto node = world.make_node();
  ASSERT_TRUE(world.create(*node.records, "k", "v"));
  std::optional<result<found_record>> answer;
  node.records->read("k", world.work->now_ns(), storage::no_deadline,
                     [&](const auto& told) { answer = told; });
  node.records.reset();
  world.work->run();
  EXPECT_EQ(answer.value().value().record->value, "v");
}

TEST_F(storage_alone, names_the_parameter_that_is_wrong) {
  EXPECT_EQ(storage::open({}).error().code, errc::invalid_argument);
  const storage_levels levels{.source = world.source, .work = world.work.get()};
  EXPECT_TRUE(storage::open(levels));
  EXPECT_EQ(storage::open(levels, {.shared_ttl_jitter = 0.6}).error().code, errc::invalid_argument);
  EXPECT_EQ(storage::open(levels, {.batch_max = 0}).error().code, errc::invalid_argument);
  EXPECT_EQ(storage::open(levels, {.flights = {.flights_max = 0}}).error().code, errc::invalid_argument);
}

}  // namespace
}  // namespace seckill::testing
