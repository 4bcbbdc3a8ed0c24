#include "engine/seen_filter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <thread>
#include <unistd.h>
#include <vector>

namespace seckill {
namespace {

ledger_params small() {
  ledger_params bounds;
  bounds.stock_max = 200;
  bounds.remembered_max = 50;
  bounds.tombstones_max = 10;
  bounds.operator_requests_max = 10;
  bounds.sales_max = 4;
  bounds.items_per_sale_max = 4;
  return bounds;
}

// A ledger with one sale, whose holds can be made and given back without end.
struct shop {
  shop() {
    sale_definition definition{"sale", 1, 1'000'000'000, 1'000, 0, late_payment::resell, {'C', 'N', 'Y'}, {}};
    definition.items.push_back({sku_id{1}, "item", 100, 200});
    const answer created = books.create_sale({request(1), sale_id{1}, definition}, 1, events);
    EXPECT_EQ(created.code, outcome::applied);
  }

  static request_id request(std::uint64_t number) { return {number, 7}; }

  answer reserve(std::uint64_t number) {
    events.clear();
    return books.reserve({request(number), sale_id{1}, buyer_id{number}, {{sku_id{1}, 1}}}, 2, events);
  }
  void cancel(reservation_id reservation) { books.cancel({reservation}, 2, events); }

  ledger books{small()};
  event_buffer events;
};

TEST(seen_filter, contains_what_was_inserted_and_little_else) {
  seen_filter seen(small());
  for (std::uint64_t i = 1; i <= 250; ++i) {
    seen.insert(seen.hash(shop::request(i)));
    seen.insert(seen.hash(sale_id{1}, buyer_id{i}));
  }

  for (std::uint64_t i = 1; i <= 250; ++i) {
    EXPECT_TRUE(seen.may_contain(seen.hash(shop::request(i))));
    EXPECT_TRUE(seen.may_contain(seen.hash(sale_id{1}, buyer_id{i})));
  }
  int claimed = 0;
  for (std::uint64_t i = 1'000; i < 101'000; ++i) claimed += seen.may_contain(seen.hash(shop::request(i)));
  EXPECT_LT(claimed, 500) << "of 100 000, with as many keys as the ledger can know";
}

TEST(seen_filter, claims_one_in_a_hundred_when_it_is_full) {
  ledger_params bounds = small();
  bounds.stock_max = 20'000;
  seen_filter seen(bounds);
  for (std::uint64_t i = 0; i < 80'000; ++i) seen.insert(seen.hash(shop::request(i)));

  int claimed = 0;
  for (std::uint64_t i = 1'000'000; i < 1'100'000; ++i)
    claimed += seen.may_contain(seen.hash(shop::request(i)));
  EXPECT_LT(claimed, 2'000);
}

std::size_t resident_pages() {
  std::size_t all = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident;
}

// Of memory that making filters of 20 MB takes.
std::size_t pages_of_making(bool touch_memory) {
  ledger_params bounds = small();
  bounds.stock_max = 2'000'000;
  bounds.touch_memory = touch_memory;
  const std::size_t before = resident_pages();
  const seen_filter seen(bounds);
  return resident_pages() - before;
}

TEST(seen_filter, has_its_memory_from_the_start_if_it_is_to_be_touched) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_LT(pages_of_making(false) * page, std::size_t{5} << 20U);
  EXPECT_GT(pages_of_making(true) * page, std::size_t{18} << 20U);
}

TEST(seen_filter, takes_in_all_that_a_ledger_knows) {
  shop sale;
  for (std::uint64_t i = 10; i < 30; ++i) ASSERT_EQ(sale.reserve(i).code, outcome::reserved);
  sale.books.cancel_request({shop::request(99), sale_id{1}}, 2, sale.events);

  seen_filter seen(small());
  seen.insert_all(sale.books);

  EXPECT_TRUE(seen.may_contain(seen.hash(shop::request(1)))) << "the operator's";
  EXPECT_TRUE(seen.may_contain(seen.hash(shop::request(99)))) << "the overtaken one";
  for (std::uint64_t i = 10; i < 30; ++i) {
    EXPECT_TRUE(seen.may_contain(seen.hash(shop::request(i))));
    EXPECT_TRUE(seen.may_contain(seen.hash(sale_id{1}, buyer_id{i})));
  }
}

TEST(seen_filter, forgets_what_the_ledger_has_forgotten_and_keeps_the_rest) {
  shop sale;
  seen_filter seen(small());
  const auto buy = [&](std::uint64_t number) {
    const answer reply = sale.reserve(number);
    EXPECT_EQ(reply.code, outcome::reserved);
    seen.insert(seen.hash(shop::request(number)));
    seen.insert(seen.hash(sale_id{1}, buyer_id{number}));
    return reply.reservation;
  };
  buy(1'000);
  for (std::uint64_t i = 2'000; i < 6'000; ++i) {
    sale.cancel(buy(i));
    seen.maintain(sale.books);
    ASSERT_TRUE(seen.may_contain(seen.hash(shop::request(1'000)))) << "after " << i;
    ASSERT_TRUE(seen.may_contain(seen.hash(sale_id{1}, buyer_id{i}))) << "after " << i;
  }

  EXPECT_GT(seen.generation(), 2U);
  int claimed = 0;
  for (std::uint64_t i = 2'000; i < 4'000; ++i) claimed += seen.may_contain(seen.hash(shop::request(i)));
  EXPECT_LT(claimed, 100);
}

// Readers ask all the time, through many rebuilds, for what is always there.
TEST(seen_filter, readers_never_miss_a_key_while_it_is_rebuilt) {
  shop sale;
  seen_filter seen(small());
  const auto buy = [&](std::uint64_t number) {
    const reservation_id reservation = sale.reserve(number).reservation;
    seen.insert(seen.hash(shop::request(number)));
    seen.insert(seen.hash(sale_id{1}, buyer_id{number}));
    return reservation;
  };
  for (std::uint64_t i = 1'000; i < 1'050; ++i) buy(i);

  std::atomic<bool> stop{false};
  std::atomic<int> missed{0};
  std::vector<std::thread> readers;
  for (int n = 0; n < 2; ++n) {
    readers.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed))
        for (std::uint64_t i = 1'000; i < 1'050; ++i)
          missed += !seen.may_contain(seen.hash(shop::request(i))) +
                    !seen.may_contain(seen.hash(sale_id{1}, buyer_id{i}));
    });
  }
  for (std::uint64_t i = 2'000; seen.generation() < 40; ++i) {
    sale.cancel(buy(i));
    seen.maintain(sale.books);
  }
  stop = true;
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(missed.load(), 0);
}

}  // namespace
}  // namespace seckill
