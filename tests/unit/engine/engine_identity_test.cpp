// Which journals an engine opens together, and that a refusal changes nothing.
#include "tests/support/house.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace seckill {
namespace {

using namespace testing;

TEST(engine_identity, a_new_journal_among_old_ones_is_refused_and_nothing_is_changed) {
  house h(small_engine(), 2);
  for (std::uint64_t id = 1; id <= 2; ++id) h.open_sale(sale_of({{1, 100}}), sale_id{id});
  h.works.reset();
  const auto lost = std::exchange(h.images[1], std::make_shared<journal_image>());

  for (int i = 0; i < 3; ++i) {
    const auto opened = h.try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::missing_data);
    EXPECT_NE(opened.error().text.find("journal 1 is new"), std::string::npos) << opened.error().text;
    EXPECT_EQ(open_memory_journal(h.images[1]).value()->identity().value(), std::nullopt);
  }
  h.images[1] = lost;
  ASSERT_TRUE(h.try_open());
}

TEST(engine_identity, journals_of_two_installations_are_refused) {
  house h(small_engine(), 2);
  house other(small_engine(), 2);
  EXPECT_NE(h.works->fleet(), other.works->fleet());
  h.works.reset();
  other.works.reset();
  h.images[1] = other.images[1];
  const auto opened = h.try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::invalid_argument);
}

TEST(engine_identity, an_installation_keeps_its_identity) {
  house h(small_engine(), 2);
  const fleet_id fleet = h.works->fleet();
  EXPECT_FALSE(fleet.is_zero());
  h.reopen();
  EXPECT_EQ(h.works->fleet(), fleet);
}

TEST(engine_identity, a_journal_is_not_repaired_while_another_is_refused) {
  house h(small_engine(), 2);
  for (std::uint64_t id = 1; id <= 2; ++id) {
    const sale_id sale = h.open_sale(sale_of({{1, 100}}), sale_id{id});
    for (std::uint64_t buyer = 1; buyer <= 2; ++buyer) h.reserve(sale, buyer);
  }
  h.works.reset();
  h.images[0]->tear_last_frame(50);
  h.images[1]->damage_frame(0, 100);
  const std::size_t frames = h.images[0]->frame_count();
  ASSERT_FALSE(h.try_open());
  EXPECT_EQ(h.images[0]->frame_count(), frames);
}

}  // namespace
}  // namespace seckill
