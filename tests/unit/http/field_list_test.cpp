#include "api/field_list.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill::http {
namespace {

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> all;
  while (const auto each = next_element(list)) all.emplace_back(*each);
  return all;
}

TEST(field_list, elements_are_trimmed_and_empty_ones_left_out) {
  EXPECT_EQ(elements("a"), std::vector<std::string>({"a"}));
  EXPECT_EQ(elements(" a b ,\tc\t,, ,d,"), std::vector<std::string>({"a b", "c", "d"}));
  EXPECT_EQ(elements(""), std::vector<std::string>{});
  EXPECT_EQ(elements(" ,\t, "), std::vector<std::string>{});
}

TEST(field_list, tokens_are_the_same_in_any_case) {
  EXPECT_TRUE(same_token("Chunked", "cHUNKED"));
  EXPECT_FALSE(same_token("chunked", "chunke"));
  EXPECT_FALSE(same_token("a@", "a`"));
}

TEST(field_list, weak_comparison_looks_through_the_mark) {
  EXPECT_TRUE(names_tag(R"(W/"a")", R"("a")", tag_comparison::weak));
  EXPECT_TRUE(names_tag(R"("b",W/"c", "a")", R"("a")", tag_comparison::weak));
}

TEST(field_list, strong_comparison_takes_no_weak_tag) {
  EXPECT_FALSE(names_tag(R"(W/"a")", R"("a")", tag_comparison::strong));
  EXPECT_TRUE(names_tag(R"(W/"a", "a")", R"("a")", tag_comparison::strong));
}

TEST(field_list, only_a_whole_tag_is_a_tag) {
  EXPECT_FALSE(names_tag(R"("xay")", R"("a")", tag_comparison::weak));
  EXPECT_FALSE(names_tag(R"(a)", R"("a")", tag_comparison::weak));
  EXPECT_FALSE(names_tag(R"("x, "a"")", R"("a")", tag_comparison::weak)) << "this a stands between two tags";
  EXPECT_FALSE(names_tag(R"("a)", R"("a")", tag_comparison::weak));
  EXPECT_FALSE(names_tag(R"(w/"a")", R"("a")", tag_comparison::weak)) << "the mark is a capital";
  EXPECT_TRUE(names_tag(R"("\", "a")", R"("a")", tag_comparison::weak)) << "a backslash escapes nothing";
}

TEST(field_list, a_star_names_everything_and_only_alone) {
  EXPECT_TRUE(names_tag(" * ", R"("a")", tag_comparison::strong));
  EXPECT_TRUE(names_tag("*", "", tag_comparison::weak));
  EXPECT_FALSE(names_tag("*, \"b\"", R"("a")", tag_comparison::weak));
  EXPECT_FALSE(names_tag(R"("")", "", tag_comparison::weak)) << "without a tag there is none to name";
}

}  // namespace
}  // namespace seckill::http
