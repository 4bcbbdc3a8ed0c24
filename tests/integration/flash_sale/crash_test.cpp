// kill -9 of the shop while a crowd buys, again and again on one data directory.
#include "sale_run.hpp"
#include "shop_process.hpp"
#include "tests/support/soak.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace seckill {
namespace {

constexpr std::uint64_t stock = 100'000;

std::uint64_t rounds() { return testing::drill_rounds(6, 100); }

std::vector<std::string> flags(std::string_view durability) {
  return {"--durability=" + std::string(durability),
          "--stock=" + std::to_string(stock),
          "--stock-max=" + std::to_string(stock),
          "--opens-in-s=0",
          "--ttl-s=3600",
          "--limit=1",
          "--sku-count=3"};
}

// Sells until `acknowledged` reservations are, and kills the shop in that very moment.
sale_run sell_until_killed(shop_process& shop, std::uint64_t round, std::uint64_t acknowledged) {
  sale_run run = sell(
      shop, {.seed = round, .buyer_first = 1 + round * 1'000'000, .after_each = [&](std::uint64_t count) {
               if (count != acknowledged) return false;
               shop.kill_hard();
               return true;
             }});
  EXPECT_GE(run.counts.acknowledged.size(), acknowledged);
  return run;
}

std::uint64_t units_of(const crowd::audit_info& audit) {
  std::uint64_t units = 0;
  for (const crowd::audit_sale& sale : audit.sales) {
    for (const crowd::audit_item& item : sale.items) units += item.available + item.held + item.sold;
  }
  return units;
}

class crash : public ::testing::TestWithParam<const char*> {};

// Everything that any round was told is there after every later crash, once; nothing is there that nobody
// asked for.
TEST_P(crash, nothing_acknowledged_is_lost_and_every_unit_is_still_there) {
  const testing::temporary_directory place;
  std::vector<sale_run> runs;
  std::mt19937_64 random(std::hash<std::string>()(GetParam()));
  std::uint64_t told = 0;
  std::uint64_t untold = 0;
  for (std::uint64_t round = 1; round <= rounds(); ++round) {
    shop_process shop({.data = place / "data", .flags = flags(GetParam())});
    ASSERT_TRUE(shop.serving()) << shop.output();
    if (round > 1) {
      EXPECT_EQ(check_acknowledged(shop, runs.back()), std::vector<std::string>{}) << "round " << round;
      const crowd::audit_info audit = audit_of(shop, told);
      EXPECT_EQ(crowd::check_balance(audit), std::vector<std::string>{});
      EXPECT_EQ(units_of(audit), stock);
      EXPECT_GE(audit.order_count, told);
      EXPECT_LE(audit.order_count, told + untold);
    }
    // The first dies with exactly a thousand told, the others anywhere.
    runs.push_back(sell_until_killed(shop, round, round == 1 ? 1'000 : 1 + random() % 3'000));
    told += runs.back().counts.acknowledged.size();
    untold += runs.back().counts.unanswered_reserves;
  }
  const shop_process shop({.data = place / "data", .flags = flags(GetParam())});
  ASSERT_TRUE(shop.serving()) << shop.output();
  for (sale_run& each : runs) EXPECT_EQ(check_acknowledged(shop, each), std::vector<std::string>{});
  EXPECT_EQ(units_of(audit_of(shop, told)), stock);
}

INSTANTIATE_TEST_SUITE_P(at, crash, ::testing::Values("synced", "written"),
                         [](const auto& with) { return std::string(with.param); });

// Nothing is promised at this level but that the books balance and that the sale goes on.
TEST(crash_at_memory, the_books_balance_and_the_sale_goes_on) {
  const testing::temporary_directory place;
  for (std::uint64_t round = 1; round <= rounds(); ++round) {
    shop_process shop({.data = place / "data", .flags = flags("memory")});
    ASSERT_TRUE(shop.serving()) << shop.output();
    const crowd::audit_info audit = audit_of(shop, 0);
    EXPECT_EQ(crowd::check_balance(audit), std::vector<std::string>{});
    EXPECT_EQ(units_of(audit), stock);
    sell_until_killed(shop, round, 500 * round);
  }
}

// A crash of the recovery, at any point of it, leaves what the next recovery needs.
TEST(crash_at_start, a_start_that_is_killed_can_be_started_again) {
  const testing::temporary_directory place;
  sale_run run;
  {
    shop_process shop({.data = place / "data", .flags = flags("synced")});
    ASSERT_TRUE(shop.serving()) << shop.output();
    run = sell_until_killed(shop, 1, 1'000);
  }
  for (std::uint64_t round = 1; round <= 2 * rounds(); ++round) {
    const shop_process killed({.data = place / "data",
                               .flags = flags("synced"),
                               .killed_after = std::chrono::milliseconds(3 * round)});
  }
  const shop_process shop({.data = place / "data", .flags = flags("synced")});
  ASSERT_TRUE(shop.serving()) << shop.output();
  EXPECT_EQ(check_acknowledged(shop, run), std::vector<std::string>{});
  EXPECT_EQ(units_of(audit_of(shop, run.counts.acknowledged.size())), stock);
}

// A buyer whose answer the crash swallowed asks again after the restart, and has one reservation in the end.
TEST(crash_at_synced, requests_without_an_answer_are_settled_by_asking_again) {
  const testing::temporary_directory place;
  sale_run before;
  {
    shop_process shop({.data = place / "data", .flags = flags("synced")});
    ASSERT_TRUE(shop.serving()) << shop.output();
    before = sell_until_killed(shop, 1, 800);
  }
  const shop_process shop({.data = place / "data", .flags = flags("synced")});
  ASSERT_TRUE(shop.serving()) << shop.output();
  // The same plan again: the same requests, from the first to the last that was sent, and some more.
  sale_run after = sell(shop, {.buyers = before.counts.arrived, .seed = 1, .buyer_first = 1 + 1'000'000});
  EXPECT_EQ(after.counts.acknowledged.size(), before.counts.arrived);
  EXPECT_GE(after.counts.replays, before.counts.acknowledged.size());
  std::vector<reservation_id> ids(before.counts.arrived);
  for (const auto& each : after.counts.acknowledged) ids[each.index] = each.reservation;
  for (const auto& each : before.counts.acknowledged) EXPECT_EQ(ids[each.index], each.reservation);
  const crowd::audit_info audit = audit_of(shop, after.counts.acknowledged.size());
  EXPECT_EQ(audit.order_count, after.counts.acknowledged.size());
  EXPECT_EQ(crowd::check_balance(audit), std::vector<std::string>{});
}

}  // namespace
}  // namespace seckill
