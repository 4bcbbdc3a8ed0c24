#include "api/query_string.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace seckill::http {
namespace {

constexpr std::array<std::string_view, 3> names = {"before", "limit", "full"};

TEST(query_string, given_parameters_are_read_and_others_have_defaults) {
  violation first;
  query_string given("limit=7&before=12&full=true", names, first);
  EXPECT_EQ(given.number("limit", 100, 50), 7U);
  EXPECT_EQ(given.id("before"), 12U);
  EXPECT_TRUE(given.flag("full"));
  query_string absent("", names, first);
  EXPECT_EQ(absent.number("limit", 100, 50), 50U);
  EXPECT_EQ(absent.id("before"), 0U);
  EXPECT_FALSE(absent.flag("full"));
  EXPECT_FALSE(first.found());
}

TEST(query_string, violations_name_the_parameter) {
  for (const auto& [text, field] :
       std::vector<std::pair<const char*, std::string>>{{"limit=0", "query.limit"},
                                                        {"limit=101", "query.limit"},
                                                        {"limit=", "query.limit"},
                                                        {"limit", "query.limit"},
                                                        {"limit=%31", "query.limit"},
                                                        {"before=x", "query.before"},
                                                        {"full=1", "query.full"},
                                                        {"limit=1&limit=1", "query.limit"},
                                                        {"limits=1", "query"},
                                                        {"&", "query"},
                                                        {"=1", "query"}}) {
    violation first;
    query_string read(text, names, first);
    read.number("limit", 100, 50);
    read.id("before");
    read.flag("full");
    EXPECT_EQ(first.field, field) << text;
  }
}

TEST(query_string, a_route_without_parameters_says_so) {
  violation first;
  query_string read("_=1", {}, first);
  EXPECT_EQ(first.detail, "must be empty: this takes no parameters");
}

}  // namespace
}  // namespace seckill::http
