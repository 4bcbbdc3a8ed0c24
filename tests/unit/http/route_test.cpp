#include "api/route.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace seckill::http {
namespace {

/// The pattern with its `{...}` segments filled in.
std::string example_of(std::string_view pattern) {
  std::string path;
  while (!pattern.empty()) {
    const std::size_t open = std::min(pattern.find('{'), pattern.size());
    path += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    path += pattern.starts_with("{file}") ? "buy.0a1b.js" : "17";
    pattern.remove_prefix(pattern.find('}') + 1);
  }
  return path;
}

TEST(route, every_pattern_leads_to_its_operation) {
  for (const route_pattern& each : all_routes()) {
    EXPECT_EQ(find_route(each.method, example_of(each.path)).which, each.which) << each.path;
  }
}

TEST(route, every_operation_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < route_count; ++i) names.insert(to_string(static_cast<route>(i)));
  EXPECT_EQ(names.size(), route_count);
}

TEST(route, head_goes_where_get_goes) {
  EXPECT_EQ(find_route(verb::head, "/api/v1/time").which, route::time);
  EXPECT_EQ(find_route(verb::head, "/api/v1/sales/1/reservations").which, route::none);
}

TEST(route, captures_and_query_are_views_of_the_target) {
  const routed to = find_route(verb::get, "/sale/17/buy.0a1b.js?x=1");
  EXPECT_EQ(to.which, route::gated_script);
  EXPECT_EQ(to.captures[0], "17");
  EXPECT_EQ(to.captures[1], "buy.0a1b.js");
  EXPECT_EQ(to.query, "x=1");
}

TEST(route, another_method_is_told_which_ones_there_are) {
  EXPECT_EQ(find_route(verb::post, "/api/v1/time").allow, "GET, HEAD");
  EXPECT_EQ(find_route(verb::get, "/api/v1/sales/1/reservations").allow, "POST");
  EXPECT_EQ(find_route(verb::other, "/").allow, "GET, HEAD");
}

TEST(route, unknown_paths_lead_nowhere) {
  for (const char* path :
       {"*", "/api", "/api/v1/sales/", "/api/v1/sales//reservations", "/api/v1/sales/1/", "/api/v1/time/",
        "/api/v1/timex", "//", "/sale/", "/assets/", "/assets/a/b", "/API/v1/time"}) {
    const routed to = find_route(verb::get, path);
    EXPECT_EQ(to.which, route::none) << path;
    EXPECT_EQ(to.allow, "") << path;
  }
}

TEST(route, everything_below_admin_is_the_operators_whether_or_not_it_exists) {
  EXPECT_TRUE(find_route(verb::get, "/admin/v1/audit").operator_only);
  EXPECT_TRUE(find_route(verb::get, "/admin/v1/nothing").operator_only);
  EXPECT_TRUE(find_route(verb::other, "/admin").operator_only);
  EXPECT_FALSE(find_route(verb::get, "/administrator").operator_only);
}

TEST(route, a_path_that_is_empty_is_the_root) {
  EXPECT_EQ(find_route(verb::get, "").which, route::page_home);
  const routed to = find_route(verb::get, "?next=/healthz");
  EXPECT_EQ(to.which, route::page_home);
  EXPECT_EQ(to.query, "next=/healthz");
}

}  // namespace
}  // namespace seckill::http
