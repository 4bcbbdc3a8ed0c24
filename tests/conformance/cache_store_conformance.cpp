#include "cache_store_suite.hpp"

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace seckill::testing {
namespace {

constexpr time_ns ms = 1'000'000;
constexpr time_ns s = 1'000 * ms;
const stored_record first{1, "first"};
const stored_record second{2, std::string("\0second", 7)};

TEST_P(cache_store_conformance, a_miss_is_one_askers_to_load) {
  const cache_lookup mine = get("k");
  EXPECT_EQ(mine.state, cache_state::load);
  EXPECT_NE(mine.lease, 0U);
  EXPECT_EQ(state_of("k"), cache_state::being_loaded);
  EXPECT_TRUE(fill("k", mine.lease, second));
  EXPECT_EQ(state_of("k"), cache_state::value);
  EXPECT_EQ(get("k").record, second);
  EXPECT_FALSE(fill("k", mine.lease, first));  // it was used
}

TEST_P(cache_store_conformance, absence_is_cached_too) {
  EXPECT_TRUE(fill("k", get("k").lease, std::nullopt));
  EXPECT_EQ(state_of("k"), cache_state::absent);
}

TEST_P(cache_store_conformance, entries_end_after_their_time) {
  EXPECT_TRUE(fill("k", get("k").lease, first, 1 * s));
  EXPECT_TRUE(fill("absent", get("absent").lease, std::nullopt, 1 * s));
  elapse(900 * ms);
  EXPECT_EQ(state_of("k"), cache_state::value);
  EXPECT_EQ(state_of("absent"), cache_state::absent);
  elapse(101 * ms);
  EXPECT_EQ(state_of("k"), cache_state::load);
  EXPECT_EQ(state_of("absent"), cache_state::load);
}

TEST_P(cache_store_conformance, a_lease_that_is_not_used_goes_to_the_next_asker) {
  const std::uint64_t old = get("k").lease;
  elapse(2'900 * ms);
  EXPECT_EQ(state_of("k"), cache_state::being_loaded);
  elapse(101 * ms);
  const cache_lookup next = get("k");
  ASSERT_EQ(next.state, cache_state::load);
  EXPECT_FALSE(fill("k", old, first));
  EXPECT_TRUE(fill("k", next.lease, second));
  EXPECT_EQ(get("k").record, second);
}

TEST_P(cache_store_conformance, a_cancelled_load_is_the_next_askers) {
  const std::uint64_t old = get("k").lease;
  ASSERT_TRUE(cache_->cancel("k", old, now()));
  const cache_lookup next = get("k");
  ASSERT_EQ(next.state, cache_state::load);
  ASSERT_TRUE(cache_->cancel("k", old, now()));  // ignored
  EXPECT_EQ(state_of("k"), cache_state::being_loaded);
  EXPECT_FALSE(fill("k", old, first));
}

TEST_P(cache_store_conformance, what_was_loaded_before_an_erase_is_not_stored) {
  const std::uint64_t stale = get("k").lease;
  ASSERT_TRUE(cache_->erase("k", now()));
  EXPECT_FALSE(fill("k", stale, first));
  const std::uint64_t fresh = get("k").lease;
  EXPECT_TRUE(fill("k", fresh, second));
  ASSERT_TRUE(cache_->erase("k", now()));
  EXPECT_EQ(state_of("k"), cache_state::load);
}

TEST_P(cache_store_conformance, nothing_is_cached_while_a_writer_holds_the_key) {
  const std::uint64_t stale = get("k").lease;
  const std::uint64_t write = cache_->begin_write("k", 5 * s, now()).value();
  EXPECT_FALSE(fill("k", stale, first));
  EXPECT_EQ(state_of("k"), cache_state::being_written);
  ASSERT_TRUE(cache_->erase("k", now()));
  EXPECT_EQ(state_of("k"), cache_state::being_written);
  ASSERT_TRUE(cache_->end_write("k", write, now()));
  const cache_lookup next = get("k");
  EXPECT_EQ(next.state, cache_state::load);
  EXPECT_FALSE(fill("k", stale, first));
  EXPECT_TRUE(fill("k", next.lease, second));
}

TEST_P(cache_store_conformance, a_write_erases_what_was_cached_before_it) {
  EXPECT_TRUE(fill("k", get("k").lease, first));
  const std::uint64_t write = cache_->begin_write("k", 5 * s, now()).value();
  EXPECT_EQ(state_of("k"), cache_state::being_written);
  ASSERT_TRUE(cache_->end_write("k", write, now()));
  EXPECT_EQ(state_of("k"), cache_state::load);
}

TEST_P(cache_store_conformance, a_writer_that_dies_holds_for_a_time_and_leaves_nothing_stale) {
  EXPECT_TRUE(fill("k", get("k").lease, first));
  ASSERT_TRUE(cache_->begin_write("k", 1 * s, now()));
  elapse(900 * ms);
  EXPECT_EQ(state_of("k"), cache_state::being_written);
  elapse(101 * ms);
  EXPECT_EQ(state_of("k"), cache_state::load);
}

TEST_P(cache_store_conformance, a_write_that_took_longer_than_its_hold_still_erases) {
  const std::uint64_t write = cache_->begin_write("k", 1 * s, now()).value();
  elapse(1'001 * ms);
  EXPECT_TRUE(fill("k", get("k").lease, first));
  ASSERT_TRUE(cache_->end_write("k", write, now()));
  EXPECT_EQ(state_of("k"), cache_state::load);
}

TEST_P(cache_store_conformance, of_writes_that_overlap_the_last_to_begin_ends_the_hold) {
  const std::uint64_t one = cache_->begin_write("k", 5 * s, now()).value();
  const std::uint64_t two = cache_->begin_write("k", 1 * s, now()).value();
  ASSERT_TRUE(cache_->end_write("k", one, now()));
  EXPECT_EQ(state_of("k"), cache_state::being_written);
  elapse(2 * s);
  EXPECT_EQ(state_of("k"), cache_state::being_written);  // the longer of both holds
  ASSERT_TRUE(cache_->end_write("k", two, now()));
  EXPECT_EQ(state_of("k"), cache_state::load);
}

TEST_P(cache_store_conformance, many_keys_are_answered_in_their_order) {
  EXPECT_TRUE(fill("a", get("a").lease, first));
  EXPECT_TRUE(fill("b", get("b").lease, std::nullopt));
  const std::array<std::string_view, 4> keys{"c", "b", "a", "c"};
  const std::vector<cache_lookup> found = cache_->get(keys, now()).value();
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].state, cache_state::load);
  EXPECT_EQ(found[1].state, cache_state::absent);
  EXPECT_EQ(found[2].record, first);
  EXPECT_EQ(found[3].state, cache_state::being_loaded);
  EXPECT_TRUE(cache_->get({}, now()).value().empty());
}

TEST_P(cache_store_conformance, refuses_what_is_no_key_and_no_time) {
  const std::string longest(cache_key_size_max, 'k');
  const std::string too_long = longest + "k";
  const std::string_view view = too_long;
  EXPECT_EQ(state_of(longest), cache_state::load);
  EXPECT_EQ(cache_->get(std::span(&view, 1), now()).error().code, errc::invalid_argument);
  EXPECT_EQ(cache_->erase("", now()).error().code, errc::invalid_argument);
  EXPECT_EQ(cache_->cancel("", 1, now()).error().code, errc::invalid_argument);
  EXPECT_EQ(cache_->fill("k", 1, first, ms - 1, now()).error().code, errc::invalid_argument);
  EXPECT_EQ(cache_->begin_write("k", ms - 1, now()).error().code, errc::invalid_argument);
  EXPECT_EQ(cache_->end_write("", 1, now()).error().code, errc::invalid_argument);
}

TEST_P(cache_store_conformance, many_threads_get_one_lease) {
  for (int round = 0; round < 50; ++round) {
    const std::string key = "k" + std::to_string(round);
    std::atomic<int> leases{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] { leases += state_of(key) == cache_state::load ? 1 : 0; });
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(leases.load(), 1);
  }
}

}  // namespace
}  // namespace seckill::testing
