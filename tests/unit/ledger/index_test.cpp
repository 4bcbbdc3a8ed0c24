#include "ledger/buyer_index.hpp"
#include "ledger/request_index.hpp"
#include <seckill/run_prefetched.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace seckill {
namespace {

constexpr std::uint32_t entries_max = 3'000;

// --- lanes ---

TEST(lanes, are_compared_at_once_as_one_by_one) {
  struct {
    std::array<std::uint16_t, 10> lanes{};
    std::array<std::uint16_t, 22> behind{};  // what lies behind the lanes is not looked at
  } line;
  line.behind.fill(7);
  for (unsigned bits = 0; bits < 1U << 10U; ++bits) {
    for (unsigned i = 0; i < 10; ++i)
      line.lanes[i] = (bits >> i & 1U) != 0 ? std::uint16_t{7} : std::uint16_t{0x8007};
    EXPECT_EQ(lanes_equal(line.lanes, std::uint16_t{7}), lane_set(bits));
    EXPECT_EQ(lanes_equal_one_by_one(line.lanes, std::uint16_t{7}), lane_set(bits));
  }
}

// --- request ids ---

struct request_shop {
  void add(slot at) {
    records[at].request = {random(), at};
    index.insert(index.find(records[at].request, records), at);
  }
  void remove(slot at) { index.erase(index.find(records[at].request, records)); }
  [[nodiscard]] slot find(slot at) const { return index.find(records[at].request, records).at; }

  std::mt19937_64 random{1};
  record_table records{entries_max};
  request_index index{entries_max, 42};
};

TEST(request_index, finds_what_is_there_and_nothing_else_while_full_buckets_overflow) {
  request_shop shop;
  for (slot at = 1; at <= entries_max; ++at) shop.add(at);
  for (slot at = 1; at <= entries_max; ++at) EXPECT_EQ(shop.find(at), at);
  EXPECT_EQ(shop.index.find({1, 2}, shop.records).at, 0U);
}

TEST(request_index, stays_exact_while_entries_come_and_go_without_end) {
  request_shop shop;
  std::vector<bool> there(entries_max + 1);
  for (int i = 0; i < 200'000; ++i) {
    const auto at = static_cast<slot>(1 + shop.random() % entries_max);
    EXPECT_EQ(shop.find(at), there[at] ? at : 0U);
    if (there[at])
      shop.remove(at);
    else
      shop.add(at);
    there[at] = !there[at];
  }
}

TEST(request_index, keeps_the_place_of_an_absent_request_while_another_is_erased) {
  request_shop shop;
  for (slot at = 1; at < entries_max; ++at) shop.add(at);
  shop.records[entries_max].request = {1, 2};
  const request_index::place place = shop.index.find({1, 2}, shop.records);
  for (slot at = 1; at < entries_max; at += 2) shop.remove(at);
  shop.index.insert(place, entries_max);
  EXPECT_EQ(shop.find(entries_max), entries_max);
}

// --- buyers ---

TEST(buyer_index, counts_as_a_map_does) {
  buyer_index index(entries_max, 42);
  std::map<std::pair<std::uint16_t, std::uint64_t>, std::uint32_t> model;
  std::mt19937_64 random(1);
  std::uint32_t total = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto sale = static_cast<std::uint16_t>(random() % 3);
    const std::uint64_t buyer = 1 + random() % 2'000;
    std::uint32_t& units = model[{sale, buyer}];
    ASSERT_EQ(index.find(sale, buyer).units, units);
    if (random() % 2 == 0 && total < entries_max) {
      index.add(index.find(sale, buyer), sale, buyer, 1);
      ++units;
      ++total;
    } else if (units > 0) {
      index.take(sale, buyer, 1);
      --units;
      --total;
    }
  }
  std::size_t visited = 0;
  index.for_each([&](std::uint16_t sale, std::uint64_t buyer, std::uint32_t units) {
    visited += units;
    EXPECT_EQ((model[{sale, buyer}]), units);
  });
  EXPECT_EQ(visited, total);
}

// --- run_prefetched ---

TEST(run_prefetched, runs_all_in_order_each_prefetched_once_before_it) {
  for (const std::size_t count : {0U, 1U, 15U, 16U, 17U, 32U, 100U}) {
    std::vector<std::size_t> prefetched;
    std::vector<std::size_t> ran;
    run_prefetched(
        count, [&](std::size_t i) { prefetched.push_back(i); },
        [&](std::size_t i) {
          EXPECT_GT(prefetched.size(), i);
          ran.push_back(i);
        });
    EXPECT_EQ(prefetched, ran);
    ASSERT_EQ(ran.size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(ran[i], i);
  }
}

}  // namespace
}  // namespace seckill
