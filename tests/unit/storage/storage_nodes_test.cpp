// Several nodes on one shared cache, one source and one bus.

#include "storage_world.hpp"

namespace seckill::testing {
namespace {

class storage_nodes : public ::testing::Test {
 protected:
  storage_world world;
};

TEST_F(storage_nodes, one_node_loads_for_all_and_the_others_wait) {
  std::vector<storage_world::node> nodes;
  for (int i = 0; i < 5; ++i) nodes.push_back(world.make_node());
  ASSERT_TRUE(world.source->create("k", "v"));
  int right = 0;
  // While the first node is at the source, all others ask.
  world.script->before_each([&](storage_call call, std::uint64_t) {
    if (call != storage_call::load_records) return;
    for (std::size_t i = 1; i < nodes.size(); ++i)
      for (int n = 0; n < 100; ++n)
        nodes[i].records->read("k", world.work->now_ns(), storage::no_deadline,
                               [&](const auto& told) { right += told.value().record->value == "v" ? 1 : 0; });
    world.work->advance(50 * ns_per_ms);
    EXPECT_EQ(right, 0);
  });
  nodes[0].records->read("k", world.work->now_ns(), storage::no_deadline,
                         [&](const auto& told) { right += told.value().record->value == "v" ? 1 : 0; });
  world.work->advance(100 * ns_per_ms);
  EXPECT_EQ(right, 401);
  EXPECT_EQ(world.loads(), 1U);
  EXPECT_GT(nodes[1].records->stats().waits, 0U);
}

TEST_F(storage_nodes, when_the_loader_dies_another_loads_after_the_lease) {
  const auto node = world.make_node();
  ASSERT_TRUE(world.source->create("k", "v"));
  const std::string_view key = "k";
  const time_ns start = world.work->now_ns();
  ASSERT_TRUE(world.shared->get(std::span(&key, 1), start));  // a process that is gone has the lease
  EXPECT_EQ(world.value_of(*node.records, "k"), "v");
  EXPECT_GE(world.work->now_ns() - start, 3 * ns_per_s);
  EXPECT_LE(world.work->now_ns() - start, 4 * ns_per_s);
}

TEST_F(storage_nodes, nobody_waits_for_others_for_ever) {
  world.params.loads.wait_max_ns = 500 * ns_per_ms;
  const auto node = world.make_node();
  const std::string_view key = "k";
  ASSERT_TRUE(world.shared->get(std::span(&key, 1), world.work->now_ns()));
  EXPECT_EQ(world.read(*node.records, "k").error().code, errc::unavailable);
}

TEST_F(storage_nodes, when_a_load_fails_the_next_node_does_not_wait_for_the_lease) {
  const auto one = world.make_node();
  const auto two = world.make_node();
  ASSERT_TRUE(world.source->create("k", "v"));
  world.script->fail_next(storage_call::load_records, errc::read_failed);
  EXPECT_FALSE(world.read(*one.records, "k"));
  const time_ns before = world.work->now_ns();
  EXPECT_EQ(world.value_of(*two.records, "k"), "v");
  EXPECT_LT(world.work->now_ns() - before, 100 * ns_per_ms);
}

TEST_F(storage_nodes, a_write_is_seen_by_all_nodes) {
  const auto one = world.make_node();
  const auto two = world.make_node();
  ASSERT_TRUE(world.create(*one.records, "k", "old"));
  EXPECT_EQ(world.value_of(*two.records, "k"), "old");
  EXPECT_EQ(world.read(*two.records, "k").value().origin, record_origin::local);
  ASSERT_TRUE(world.update(*one.records, "k", "new"));
  EXPECT_EQ(world.value_of(*two.records, "k"), "new");
  ASSERT_TRUE(world.remove(*two.records, "k"));
  EXPECT_EQ(world.value_of(*one.records, "k"), std::nullopt);
}

TEST_F(storage_nodes, a_new_id_passes_every_nodes_filter_at_once) {
  storage_world filtered({.filter = true});
  const auto one = filtered.make_node();
  const auto two = filtered.make_node();
  EXPECT_EQ(filtered.read(*two.records, "k").value().origin, record_origin::filter);
  ASSERT_TRUE(filtered.create(*one.records, "k", "v"));
  EXPECT_EQ(filtered.value_of(*one.records, "k"), "v");
  EXPECT_EQ(filtered.value_of(*two.records, "k"), "v");
}

TEST_F(storage_nodes, a_load_from_before_a_write_is_not_kept_on_any_level) {
  const auto one = world.make_node();
  const auto two = world.make_node();
  ASSERT_TRUE(world.create(*one.records, "k", "old"));
  // Between the answer of the source and its way into the caches of `two`, `one` writes.
  bool once = true;
  world.script->before_each([&](storage_call call, std::uint64_t) {
    if (call != storage_call::fill_cached || !std::exchange(once, false)) return;
    EXPECT_TRUE(world.update(*one.records, "k", "new"));
  });
  EXPECT_EQ(world.value_of(*two.records, "k"), "old");  // it was asked before
  EXPECT_EQ(world.value_of(*two.records, "k"), "new");
  EXPECT_EQ(world.value_of(*one.records, "k"), "new");
}

TEST_F(storage_nodes, a_read_after_the_bus_has_told_of_a_write_does_not_join_a_load_from_before) {
  world = storage_world({.local = true, .shared = false});
  const auto one = world.make_node();
  const auto two = world.make_node();
  ASSERT_TRUE(world.create(*one.records, "k", "0"));
  // While `two` loads, the record is written elsewhere, and asked for again.
  int loading = 0;
  std::optional<std::string> seen;
  world.script->before_each([&](storage_call call, std::uint64_t) {
    if (call != storage_call::load_records || ++loading > 1) return;
    EXPECT_TRUE(world.update(*one.records, "k", "1"));
    seen = world.value_of(*two.records, "k");
  });
  two.records->read("k", world.work->now_ns(), storage::no_deadline, [](const auto&) {});
  world.work->run();
  EXPECT_EQ(seen, "1");
}

TEST_F(storage_nodes, all_loads_are_forgotten_with_a_flush) {
  world = storage_world({.local = true, .shared = false});
  const auto node = world.make_node();
  ASSERT_TRUE(world.source->create("k", "old"));
  std::optional<std::string> seen;
  bool once = true;
  world.script->before_each([&](storage_call call, std::uint64_t) {
    if (call != storage_call::load_records || !std::exchange(once, false)) return;
    EXPECT_TRUE(world.source->update("k", "new", std::nullopt));
    EXPECT_TRUE(world.bus->publish({.kind = bus_event_kind::flush}));
    seen = world.value_of(*node.records, "k");
  });
  node.records->read("k", world.work->now_ns(), storage::no_deadline, [](const auto&) {});
  world.work->run();
  EXPECT_EQ(seen, "new");
}

TEST_F(storage_nodes, a_lost_bus_flushes_and_the_local_cache_rests_until_it_is_back) {
  storage_world filtered({.filter = true});
  const auto one = filtered.make_node();
  const auto two = filtered.make_node();
  ASSERT_TRUE(filtered.create(*one.records, "k", "old"));
  EXPECT_EQ(filtered.value_of(*two.records, "k"), "old");
  EXPECT_EQ(filtered.read(*two.records, "k").value().origin, record_origin::local);
  filtered.bus->cut();
  ASSERT_TRUE(filtered.update(*one.records, "k", "new"));   // nobody hears of it
  ASSERT_TRUE(filtered.create(*one.records, "k2", "new"));  // nor of this
  EXPECT_FALSE(two.filter->trusted());
  for (int i = 0; i < 3; ++i) {
    const found_record found = filtered.read(*two.records, "k").value();
    EXPECT_EQ(found.record->value, "new");
    EXPECT_NE(found.origin, record_origin::local);
  }
  EXPECT_EQ(filtered.value_of(*two.records, "k2"), "new");
  filtered.bus->restore();
  EXPECT_EQ(filtered.value_of(*two.records, "k"), "new");
  EXPECT_EQ(filtered.read(*two.records, "k").value().origin, record_origin::local);
}

TEST_F(storage_nodes, what_could_not_be_published_becomes_a_flush) {
  const auto one = world.make_node();
  const auto two = world.make_node();
  ASSERT_TRUE(world.create(*one.records, "k", "old"));
  EXPECT_EQ(world.value_of(*two.records, "k"), "old");
  const std::uint64_t flushes = two.records->stats().local_flushes;
  world.script->fail_next(storage_call::publish, errc::unavailable, 3);
  ASSERT_TRUE(world.update(*one.records, "k", "new"));
  world.work->advance(world.params.publish_again_ns);
  world.work->advance(world.params.publish_again_ns);
  EXPECT_EQ(two.records->stats().local_flushes, flushes);
  world.work->advance(world.params.publish_again_ns);
  EXPECT_EQ(two.records->stats().local_flushes, flushes + 1);
  EXPECT_EQ(world.value_of(*two.records, "k"), "new");
  EXPECT_EQ(one.records->stats().bus_failures, 3U);
}

TEST_F(storage_nodes, a_bus_that_cannot_be_had_is_told_at_the_start) {
  world.script->fail_next(storage_call::subscribe, errc::unavailable);
  EXPECT_EQ(storage::open({.source = world.source, .work = world.work.get(), .bus = world.bus}).error().code,
            errc::unavailable);
}

}  // namespace
}  // namespace seckill::testing
