#include "demo_sale.hpp"

#include <seckill/memory/memory_journal.hpp>
#include <seckill/testing/manual_time_source.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flash_sale {
namespace {

using namespace seckill;

std::unique_ptr<engine> open_shop(const std::shared_ptr<journal_image>& disk,
                                  const manual_time_source& clock) {
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(open_memory_journal(disk).value());
  engine_params params;
  params.ledger.stock_max = 1'000;
  params.ledger.remembered_max = 1'000;
  return engine::open(params, std::move(journals), clock).value();
}

demo_sale_params ten_units() {
  demo_sale_params params;
  params.stock = 10;
  params.sku_count = 3;
  params.opens_in_s = 5;
  params.open_for_s = 60;
  return params;
}

TEST(demo_sale, stock_is_spread_over_the_items_to_the_last_unit) {
  const sale_definition sale = define(ten_units(), 1'000);
  ASSERT_EQ(sale.items.size(), 3U);
  EXPECT_EQ(sale.items[0].stock, 4U);
  EXPECT_EQ(sale.items[1].stock, 3U);
  EXPECT_EQ(sale.items[2].stock, 3U);
  EXPECT_EQ(sale.opens_at_ms, 6'000);
  EXPECT_EQ(sale.closes_at_ms, 66'000);
}

TEST(demo_sale, a_sale_that_goes_on_is_gone_on_with_after_a_restart) {
  const auto disk = std::make_shared<journal_image>();
  manual_time_source clock(1'000);
  {
    const auto shop = open_shop(disk, clock);
    const auto opened = ensure_sale(*shop, ten_units(), shop->now_ms());
    ASSERT_TRUE(opened);
    EXPECT_NE(opened->find("opened sale 1"), std::string::npos) << *opened;
  }
  const auto shop = open_shop(disk, clock);
  const auto again = ensure_sale(*shop, ten_units(), shop->now_ms());
  ASSERT_TRUE(again);
  EXPECT_NE(again->find("going on with sale 1"), std::string::npos) << *again;
  EXPECT_EQ(shop->sales().size(), 1U);
}

TEST(demo_sale, after_a_sale_that_has_ended_a_further_one_is_opened_only_if_it_is_asked_for) {
  manual_time_source clock(1'000);
  const auto shop = open_shop(std::make_shared<journal_image>(), clock);
  ASSERT_TRUE(ensure_sale(*shop, ten_units(), shop->now_ms()));
  clock.advance(70'000);  // beyond its closing
  shop->tick();
  const auto ended = ensure_sale(*shop, ten_units(), shop->now_ms());
  ASSERT_TRUE(ended);
  EXPECT_NE(ended->find("has ended"), std::string::npos) << *ended;
  EXPECT_EQ(shop->sales().size(), 1U);

  demo_sale_params another = ten_units();
  another.title = "another";
  ASSERT_TRUE(ensure_sale(*shop, another, shop->now_ms()));
  EXPECT_EQ(shop->sales().size(), 2U);
  clock.advance(70'000);
  shop->tick();
  another.again = true;
  ASSERT_TRUE(ensure_sale(*shop, another, shop->now_ms()));
  EXPECT_EQ(shop->sales().size(), 3U);
}

TEST(demo_sale, a_sale_that_is_sold_to_the_last_unit_has_ended) {
  manual_time_source clock(1'000);
  const auto shop = open_shop(std::make_shared<journal_image>(), clock);
  demo_sale_params one = ten_units();
  one.stock = 1;
  one.sku_count = 1;
  ASSERT_TRUE(ensure_sale(*shop, one, shop->now_ms()));
  clock.advance(6'000);
  shop->tick();
  const answer held = shop->execute(reserve_command{
      .request = {1, 1}, .sale = shop->sales()[0], .buyer = buyer_id{1}, .lines = {{sku_id{1}, 1}}});
  ASSERT_EQ(held.code, outcome::reserved);
  ASSERT_TRUE(ensure_sale(*shop, one, shop->now_ms()));
  EXPECT_EQ(shop->sales().size(), 1U);  // held units may come back

  ASSERT_EQ(shop->execute(confirm_command{held.reservation, *payment_id::from("p"), {}}).code,
            outcome::confirmed);
  const auto sold = ensure_sale(*shop, one, shop->now_ms());
  ASSERT_TRUE(sold);
  EXPECT_NE(sold->find("has ended"), std::string::npos) << *sold;
  EXPECT_EQ(shop->sales().size(), 1U);
}

TEST(demo_sale, without_stock_none_is_opened) {
  manual_time_source clock(1'000);
  const auto shop = open_shop(std::make_shared<journal_image>(), clock);
  ASSERT_TRUE(ensure_sale(*shop, demo_sale_params{}, shop->now_ms()));
  EXPECT_TRUE(shop->sales().empty());
}

TEST(demo_sale, one_that_does_not_fit_is_refused_with_the_cure) {
  manual_time_source clock(1'000);
  const auto shop = open_shop(std::make_shared<journal_image>(), clock);
  demo_sale_params large = ten_units();
  large.stock = 1'001;
  const auto refused = ensure_sale(*shop, large, shop->now_ms());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("--stock-max"), std::string::npos) << refused.error().text;
}

}  // namespace
}  // namespace flash_sale
