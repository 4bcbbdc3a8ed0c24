// The same behaviour on every combination of levels.

#include "storage_world.hpp"

#include <array>

namespace seckill::testing {
namespace {

class storage_on : public ::testing::TestWithParam<world_levels> {
 protected:
  storage_world world{GetParam()};
  storage_world::node node = world.make_node();
  storage& records = *node.records;
};

INSTANTIATE_TEST_SUITE_P(source_alone, storage_on,
                         ::testing::Values(world_levels{false, false, false, false}));
INSTANTIATE_TEST_SUITE_P(local, storage_on, ::testing::Values(world_levels{true, false, false, false}));
INSTANTIATE_TEST_SUITE_P(shared, storage_on, ::testing::Values(world_levels{false, true, false, false}));
INSTANTIATE_TEST_SUITE_P(local_shared, storage_on, ::testing::Values(world_levels{true, true, false, false}));
INSTANTIATE_TEST_SUITE_P(local_bus, storage_on, ::testing::Values(world_levels{true, false, true, false}));
INSTANTIATE_TEST_SUITE_P(shared_filter, storage_on,
                         ::testing::Values(world_levels{false, true, false, true}));
INSTANTIATE_TEST_SUITE_P(all, storage_on, ::testing::Values(world_levels{true, true, true, true}));

TEST_P(storage_on, creates_reads_updates_and_removes) {
  EXPECT_EQ(world.value_of(records, "k"), std::nullopt);
  const write_answer created = world.create(records, "k", "one").value();
  EXPECT_EQ(created.outcome, write_outcome::done);
  const found_record found = world.read(records, "k").value();
  ASSERT_NE(found.record, nullptr);
  EXPECT_EQ(*found.record, (stored_record{created.version, "one"}));
  const write_answer updated = world.update(records, "k", "two", created.version).value();
  EXPECT_EQ(updated.outcome, write_outcome::done);
  EXPECT_EQ(world.value_of(records, "k"), "two");
  EXPECT_EQ(world.update(records, "k", "late", created.version).value().outcome,
            write_outcome::version_mismatch);
  EXPECT_EQ(world.value_of(records, "k"), "two");
  EXPECT_EQ(world.remove(records, "k", updated.version).value().outcome, write_outcome::done);
  EXPECT_EQ(world.value_of(records, "k"), std::nullopt);
}

TEST_P(storage_on, refusals_are_answers) {
  ASSERT_TRUE(world.create(records, "k", "one"));
  EXPECT_EQ(world.create(records, "k", "two").value().outcome, write_outcome::already_exists);
  EXPECT_EQ(world.update(records, "none", "x").value().outcome, write_outcome::not_found);
  EXPECT_EQ(world.remove(records, "none").value().outcome, write_outcome::not_found);
  EXPECT_EQ(world.value_of(records, "k"), "one");
}

TEST_P(storage_on, a_thousand_misses_at_once_are_one_load_and_all_get_the_value) {
  ASSERT_TRUE(world.create(records, "k", "one"));
  const std::uint64_t before = world.loads();
  int right = 0;
  for (int i = 0; i < 1'000; ++i)
    records.read("k", world.work->now_ns(), storage::no_deadline, [&](const result<found_record>& found) {
      right += found && found->record != nullptr && found->record->value == "one" ? 1 : 0;
    });
  EXPECT_EQ(right, 0);  // nothing blocks, and nothing is done on the caller's thread
  world.work->run();
  EXPECT_EQ(right, 1'000);
  EXPECT_EQ(world.loads() - before, 1U);
}

TEST_P(storage_on, a_failed_load_is_shared_and_not_kept) {
  ASSERT_TRUE(world.create(records, "k", "one"));
  world.script->fail_next(storage_call::load_records, errc::read_failed);
  int failed = 0;
  for (int i = 0; i < 10; ++i)
    records.read("k", world.work->now_ns(), storage::no_deadline, [&](const result<found_record>& found) {
      failed += !found && found.error().code == errc::read_failed ? 1 : 0;
    });
  world.work->run();
  EXPECT_EQ(failed, 10);
  EXPECT_EQ(world.value_of(records, "k"), "one");
}

TEST_P(storage_on, many_keys_cost_one_round_trip) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("k" + std::to_string(i));
  for (const std::string& each : names) ASSERT_TRUE(world.create(records, each, each));
  std::vector<std::string_view> keys(names.begin(), names.end());
  keys.emplace_back("none");
  keys.emplace_back(names[7]);  // asked for twice
  const std::uint64_t before = world.loads();
  std::vector<result<found_record>> found;
  records.read_many(keys, world.work->now_ns(), storage::no_deadline,
                    [&](const auto& told) { found = told; });
  world.work->run();
  ASSERT_EQ(found.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == "none")
      EXPECT_EQ(found[i].value().record, nullptr);
    else
      EXPECT_EQ(found[i].value().record->value, keys[i]);
  }
  EXPECT_EQ(world.loads() - before, 1U);
}

TEST_P(storage_on, what_cannot_be_a_key_is_absent_and_never_asked_for) {
  const std::string too_long(cache_key_size_max + 1, 'k');
  EXPECT_EQ(world.read(records, too_long).value().origin, record_origin::id_check);
  EXPECT_EQ(world.read(records, "").value().record, nullptr);
  EXPECT_EQ(world.create(records, "", "x").error().code, errc::invalid_argument);
  EXPECT_EQ(world.loads(), 0U);
  EXPECT_EQ(records.stats().refused_ids, 2U);
}

TEST_P(storage_on, a_deadline_ends_a_read_and_not_the_load) {
  ASSERT_TRUE(world.create(records, "k", "one"));
  std::optional<result<found_record>> patient;
  std::optional<result<found_record>> hasty;
  const time_ns now = world.work->now_ns();
  world.script->before_each([&](storage_call call, std::uint64_t) {
    if (call == storage_call::load_records) world.work->advance(100 * ns_per_ms);  // a slow source
  });
  records.read("k", now, storage::no_deadline, [&](const auto& told) { patient = told; });
  records.read("k", now, now + 10 * ns_per_ms, [&](const auto& told) { hasty = told; });
  records.read("k", now, now, [&](const auto& told) {
    EXPECT_EQ(told.error().code, errc::timed_out);  // it had passed
  });
  world.work->run();
  EXPECT_EQ(hasty.value().error().code, errc::timed_out);
  EXPECT_EQ(patient.value().value().record->value, "one");
  EXPECT_EQ(records.stats().timed_out, 1U);
}

TEST_P(storage_on, a_read_that_begins_after_a_write_does_not_join_a_load_from_before) {
  ASSERT_TRUE(world.create(records, "k", "old"));
  std::optional<std::string> first;
  std::optional<std::string> second;
  // While the first load has its answer and has not told it yet, the record is written and asked for again.
  bool once = true;
  world.script->before_each([&](storage_call call, std::uint64_t) {
    if (call != storage_call::load_records || !std::exchange(once, false)) return;
    EXPECT_EQ(world.update(records, "k", "new").value().outcome, write_outcome::done);
    second = world.value_of(records, "k");
  });
  records.read("k", world.work->now_ns(), storage::no_deadline,
               [&](const auto& told) { first = told.value().record->value; });
  world.work->run();
  EXPECT_TRUE(first.has_value());
  EXPECT_EQ(second, "new");
  EXPECT_EQ(world.value_of(records, "k"), "new");
}

TEST_P(storage_on, what_the_executor_does_not_take_is_refused) {
  manual_executor full(1, 0);
  const auto elsewhere = world.make_node(&full);
  if (elsewhere.filter != nullptr) elsewhere.filter->insert(key_hash(std::string_view("k")));
  elsewhere.records->read("k", 1, storage::no_deadline,
                          [](const auto& told) { EXPECT_EQ(told.error().code, errc::unavailable); });
  elsewhere.records->read("k", 1, 100,
                          [](const auto& told) { EXPECT_EQ(told.error().code, errc::unavailable); });
  EXPECT_EQ(world.create(*elsewhere.records, "k", "x").error().code, errc::unavailable);
  EXPECT_EQ(world.value_of(records, "k"), std::nullopt);
}

}  // namespace
}  // namespace seckill::testing
