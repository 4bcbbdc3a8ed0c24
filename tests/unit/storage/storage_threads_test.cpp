// Several nodes on threads. What a reader sees never goes back behind a write that was answered before it asked.

#include "storage_world.hpp"
#include <seckill/worker_pool.hpp>

#include <atomic>
#include <latch>
#include <thread>

namespace seckill::testing {
namespace {

class storage_threads : public ::testing::Test {
 protected:
  storage_world world;
  worker_pool pool{worker_pool_params{.threads = 3}};
};

TEST_F(storage_threads, a_crowd_on_two_nodes_loads_once) {
  const auto one = world.make_node(&pool);
  const auto two = world.make_node(&pool);
  ASSERT_TRUE(one.records->create_blocking("k", "v"));
  constexpr int crowd = 500;
  std::latch done(2 * crowd);
  std::atomic<int> right{0};
  const auto ask = [&](storage& at) {
    for (int i = 0; i < crowd; ++i)
      at.read("k", pool.now_ns(), storage::no_deadline, [&](const result<found_record>& found) {
        right += found.value().record->value == "v" ? 1 : 0;
        done.count_down();
      });
  };
  std::thread first([&] { ask(*one.records); });
  std::thread second([&] { ask(*two.records); });
  first.join();
  second.join();
  done.wait();
  EXPECT_EQ(right.load(), 2 * crowd);
  EXPECT_EQ(world.loads(), 1U);
}

TEST_F(storage_threads, readers_on_every_node_see_what_was_written_before_they_asked) {
  constexpr int writes = 300;
  std::vector<storage_world::node> nodes;
  for (int i = 0; i < 2; ++i) nodes.push_back(world.make_node(&pool));
  ASSERT_TRUE(nodes[0].records->create_blocking("k", "0"));
  std::atomic<int> written{0};
  std::atomic<int> behind{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t)
    readers.emplace_back([&, t] {
      while (written.load() < writes) {
        const int at_least = written.load();
        const auto found = nodes[static_cast<std::size_t>(t)].records->read_blocking("k");
        if (std::stoi(found.value().record->value) < at_least) behind.fetch_add(1);
      }
    });
  for (int i = 1; i <= writes; ++i) {
    ASSERT_TRUE(nodes[static_cast<std::size_t>(i % 2)].records->update_blocking("k", std::to_string(i)));
    written.store(i);
  }
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(behind.load(), 0);
}

TEST_F(storage_threads, a_blocking_read_gives_up_at_its_deadline) {
  const auto node = world.make_node(&pool);
  std::latch asked(1);
  std::latch go(1);
  world.script->before_each([&](storage_call call, std::uint64_t) {
    if (call != storage_call::load_records) return;
    asked.count_down();
    go.wait();
  });
  EXPECT_EQ(node.records->read_blocking("k", pool.now_ns() + ns_per_ms).error().code, errc::timed_out);
  asked.wait();
  go.count_down();
  EXPECT_EQ(node.records->read_blocking("k").value().record, nullptr);
  EXPECT_EQ(world.loads(), 1U);
}

TEST_F(storage_threads, keys_come_and_go_on_two_nodes) {
  const auto one = world.make_node(&pool);
  const auto two = world.make_node(&pool);
  const auto churn = [&](storage& at, const std::string& mine) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(at.create_blocking(mine, "v").value().outcome, write_outcome::done);
      EXPECT_NE(at.read_blocking(mine).value().record, nullptr);
      EXPECT_EQ(at.remove_blocking(mine).value().outcome, write_outcome::done);
      EXPECT_EQ(at.read_blocking(mine).value().record, nullptr);
    }
  };
  std::thread first([&] { churn(*one.records, "a"); });
  std::thread second([&] { churn(*two.records, "b"); });
  first.join();
  second.join();
}

}  // namespace
}  // namespace seckill::testing
