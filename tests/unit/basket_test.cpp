#include "tests/support/shop.hpp"
#include <seckill/basket.hpp>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace seckill {
namespace {

using namespace testing;

line line_of(std::uint32_t number) { return {sku_id{number}, 1}; }

basket basket_of(std::uint32_t lines) {
  basket made;
  for (std::uint32_t i = 1; i <= lines; ++i) made.push_back(line_of(i));
  return made;
}

TEST(basket, is_full_with_eight_lines_and_overfull_with_more) {
  const basket full = basket_of(8);
  EXPECT_TRUE(full.full());
  EXPECT_FALSE(full.overfull());
  for (const std::uint32_t lines : {9U, 10U, 300U}) {
    const basket more = basket_of(lines);
    EXPECT_TRUE(more.overfull()) << lines;
    EXPECT_EQ(more.size(), basket::lines_max);
    EXPECT_EQ(more.units(), 8U);
    EXPECT_NE(more, full) << "of them not the same is asked";
    EXPECT_EQ(more, basket_of(9));
  }
}

TEST(basket, lines_beyond_the_last_touch_no_other_memory) {
  struct guarded {
    std::array<unsigned char, 64> before;
    basket lines;
    std::array<unsigned char, 64> behind;
  } here{};
  here.before.fill(0x5a);
  here.behind.fill(0x5a);
  for (std::uint32_t i = 1; i <= 1'000; ++i) here.lines.push_back(line_of(i));

  std::array<unsigned char, 64> untouched{};
  untouched.fill(0x5a);
  EXPECT_EQ(here.before, untouched);
  EXPECT_EQ(here.behind, untouched);
}

TEST(basket, a_list_of_nine_is_overfull_too) {
  const basket nine{line_of(1), line_of(2), line_of(3), line_of(4), line_of(5),
                    line_of(6), line_of(7), line_of(8), line_of(9)};
  EXPECT_TRUE(nine.overfull());
  EXPECT_EQ(nine[7], line_of(8));
}

TEST(basket, a_ninth_line_makes_every_command_refuse_it) {
  shop s;
  std::vector<item> items;
  basket lines;
  for (std::uint32_t i = 1; i <= 9; ++i) {
    items.push_back({i, 100});
    lines.push_back({sku_id{i}, 1});
  }
  const sale_id sale = s.open_sale(sale_of(items));
  EXPECT_EQ(s.reserve(sale, 5, lines).code, outcome::invalid_request);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(s.stock(sale, i), (item_stock{100, 100, 0, 0}));

  const answer held = s.reserve(sale, 5, {{sku_id{1}, 1}});
  EXPECT_EQ(s.confirm(held.reservation, "p", lines).code, outcome::invalid_request) << "as what to keep";
  EXPECT_EQ(s.confirm(held.reservation, "p").code, outcome::confirmed);
}

}  // namespace
}  // namespace seckill
