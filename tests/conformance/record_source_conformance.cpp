#include "record_source_suite.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace seckill::testing {
namespace {

TEST_P(record_source_conformance, a_created_record_is_there) {
  const std::string value("\0value", 6);
  const write_answer made = source_->create("k", value).value();
  EXPECT_EQ(made.outcome, write_outcome::done);
  EXPECT_EQ(load("k"), (stored_record{made.version, value}));
  EXPECT_EQ(load("other"), std::nullopt);
}

TEST_P(record_source_conformance, a_record_is_created_once) {
  const write_answer made = source_->create("k", "one").value();
  const write_answer again = source_->create("k", "two").value();
  EXPECT_EQ(again.outcome, write_outcome::already_exists);
  EXPECT_EQ(again.version, made.version);
  EXPECT_EQ(load("k")->value, "one");
}

TEST_P(record_source_conformance, an_update_replaces_the_version_that_was_read) {
  const std::uint64_t one = source_->create("k", "one").value().version;
  const write_answer two = source_->update("k", "two", one).value();
  EXPECT_EQ(two.outcome, write_outcome::done);
  const write_answer late = source_->update("k", "late", one).value();
  EXPECT_EQ(late.outcome, write_outcome::version_mismatch);
  EXPECT_EQ(late.version, two.version);
  EXPECT_EQ(load("k"), (stored_record{two.version, "two"}));
  EXPECT_EQ(source_->update("k", "three", std::nullopt).value().outcome, write_outcome::done);
  EXPECT_EQ(source_->update("nothing", "x", std::nullopt).value().outcome, write_outcome::not_found);
}

TEST_P(record_source_conformance, a_removed_record_is_gone) {
  const std::uint64_t one = source_->create("k", "one").value().version;
  EXPECT_EQ(source_->remove("k", one + 1).value().outcome, write_outcome::version_mismatch);
  EXPECT_EQ(source_->remove("k", one).value().outcome, write_outcome::done);
  EXPECT_EQ(load("k"), std::nullopt);
  EXPECT_EQ(source_->remove("k", std::nullopt).value().outcome, write_outcome::not_found);
}

TEST_P(record_source_conformance, versions_increase_across_removal) {
  const std::uint64_t one = source_->create("k", "one").value().version;
  const std::uint64_t two = source_->update("k", "two", std::nullopt).value().version;
  ASSERT_TRUE(source_->remove("k", std::nullopt));
  const std::uint64_t three = source_->create("k", "three").value().version;
  EXPECT_GT(one, 0U);
  EXPECT_GT(two, one);
  EXPECT_GT(three, two);
}

TEST_P(record_source_conformance, many_records_are_loaded_in_the_order_of_the_keys) {
  ASSERT_TRUE(source_->create("a", "A"));
  ASSERT_TRUE(source_->create("b", "B"));
  const std::array<std::string_view, 4> keys{"b", "none", "a", "b"};
  const auto found = source_->load(keys).value();
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0]->value, "B");
  EXPECT_EQ(found[1], std::nullopt);
  EXPECT_EQ(found[2]->value, "A");
  EXPECT_EQ(found[3]->value, "B");
  EXPECT_TRUE(source_->load({}).value().empty());
}

TEST_P(record_source_conformance, of_writers_that_expect_one_version_one_writes) {
  std::uint64_t version = source_->create("k", "0").value().version;
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> written{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        written += source_->update("k", "x", version).value().outcome == write_outcome::done ? 1 : 0;
      });
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(written.load(), 1);
    version = load("k")->version;
  }
}

}  // namespace
}  // namespace seckill::testing
