#include "api/site.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace seckill::http {
namespace {

using files = std::map<std::string, std::string, std::less<>>;

site made(const files& from) {
  auto got = site::make(from);
  EXPECT_TRUE(got.has_value()) << got.error().text;
  return std::move(*got);
}

std::string wrong(const files& from) {
  const auto got = site::make(from);
  return got ? "accepted" : got.error().text;
}

text_response page(const site& of, route which, std::string_view file = "",
                   std::string_view if_none_match = "") {
  text_response response;
  of.serve(response, which, file, {.if_none_match = if_none_match});
  return response;
}

text_response gated(const site& of, route which, time_ms now, std::string_view file = "") {
  text_response response;
  of.serve_gated(response, which, file, {}, sale_id{7}, 1'000, now);
  return response;
}

/// The address that stands behind `before` in a page.
std::string address_in(const text_response& response, std::string_view before) {
  const std::size_t begin = response.shared_body.find(before) + before.size();
  return std::string(response.shared_body.substr(begin, response.shared_body.find('"', begin) - begin));
}

std::string last_segment(const std::string& address) { return address.substr(address.rfind('/') + 1); }

TEST(site, references_become_addresses_that_are_served_for_ever) {
  const site shop = made({{"index.html", R"(<link href="{{asset:app.css}}">)"}, {"app.css", "a{}"}});
  const text_response index = page(shop, route::page_home);
  EXPECT_EQ(index.status, 200);
  EXPECT_EQ(index.content_type, "text/html; charset=utf-8");
  const std::string address = address_in(index, "href=\"");
  EXPECT_TRUE(address.starts_with("/assets/app.") && address.ends_with(".css")) << address;
  const text_response asset = page(shop, route::asset, last_segment(address));
  EXPECT_EQ(asset.status, 200);
  EXPECT_EQ(asset.content_type, "text/css; charset=utf-8");
  EXPECT_EQ(asset.shared_body, "a{}");
  EXPECT_EQ(asset.cache_control, "public, max-age=31536000, immutable");
  EXPECT_NE(asset.more.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
}

TEST(site, an_address_changes_with_the_bytes_and_with_what_they_refer_to) {
  const auto address = [](const std::string& image) {
    return address_in(page(made({{"index.html", R"(<link href="{{asset:app.css}}">)"},
                                 {"app.css", "a{background:url({{asset:i.svg}})}"},
                                 {"i.svg", image}}),
                           route::page_home),
                      "href=\"");
  };
  EXPECT_EQ(address("<svg/>"), address("<svg/>"));
  EXPECT_NE(address("<svg/>"), address("<svg />"));
}

TEST(site, pages_are_cached_briefly_and_locked_down) {
  const site shop = made({{"sale.html", "s"}, {"operator.html", "o"}});
  const text_response sale = page(shop, route::page_sale);
  EXPECT_EQ(sale.shared_body, "s");
  EXPECT_EQ(page(shop, route::page_operator).shared_body, "o");
  EXPECT_EQ(page(shop, route::page_home).status, 404);
  EXPECT_NE(sale.cache_control.find("max-age=1,"), std::string::npos);
  EXPECT_NE(sale.more.find("Content-Security-Policy: default-src 'none'; script-src 'self'"),
            std::string::npos);
  EXPECT_NE(sale.more.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(sale.more.find("unsafe"), std::string::npos);
  EXPECT_NE(sale.more.find("Referrer-Policy: "), std::string::npos);
}

TEST(site, a_known_entity_is_not_sent_again) {
  const site shop = made({{"index.html", "i"}});
  const text_response first = page(shop, route::page_home);
  const std::size_t at = first.more.find("ETag: ") + 6;
  const std::string etag = first.more.substr(at, first.more.find("\r\n", at) - at);
  for (const std::string& sent : {etag, "\"other\", " + etag, "W/" + etag, std::string("*")}) {
    const text_response again = page(shop, route::page_home, "", sent);
    EXPECT_EQ(again.status, 304) << sent;
    EXPECT_TRUE(again.shared_body.empty());
  }
  EXPECT_EQ(page(shop, route::page_home, "", "\"other\"").status, 200);
}

TEST(site, preconditions_are_evaluated_against_the_entity_tag) {
  const site shop = made({{"index.html", "a"}});
  const auto served = [&](const preconditions& conditions) {
    text_response response;
    shop.serve(response, route::page_home, "", conditions);
    apply(evaluate(conditions, {}), response);  // as the server does for what has no tag
    return response.status;
  };
  text_response plain;
  shop.serve(plain, route::page_home, "", {});
  const std::size_t at = plain.more.find("ETag: ") + 6;
  const std::string tag = plain.more.substr(at, plain.more.find('\r', at) - at);
  const std::string weak = "W/" + tag;
  const std::string list = "\"x, y\", " + weak + ", \"z\"";
  EXPECT_EQ(served({.if_match = tag}), 200);
  EXPECT_EQ(served({.if_match = "*"}), 200);
  EXPECT_EQ(served({.if_match = weak}), 412);
  EXPECT_EQ(served({.if_match = "\"x\""}), 412);
  EXPECT_EQ(served({.if_none_match = tag}), 304);
  EXPECT_EQ(served({.if_none_match = list}), 304);
  EXPECT_EQ(served({.if_none_match = "*"}), 304);
  EXPECT_EQ(served({.if_none_match = "\"x\""}), 200);
  EXPECT_EQ(served({.if_none_match = tag.substr(1, tag.size() - 2)}), 200) << "a tag has quotes";
  EXPECT_EQ(served({.if_match = "\"x\"", .if_none_match = tag}), 412);
  EXPECT_EQ(served({.if_match = tag, .if_none_match = tag}), 304);
}

TEST(site, the_gated_script_exists_from_the_opening_on) {
  const site shop = made({{"sale.html", "s"}, {"buy.js", "buy()"}});
  const text_response early = gated(shop, route::sale_opening, 999);
  EXPECT_EQ(early.status, 425);
  EXPECT_EQ(early.cache_control, "no-store");
  EXPECT_NE(early.body.find("\"opens_at_ms\":1000"), std::string::npos);
  EXPECT_EQ(early.body.find("buy"), std::string::npos);

  const text_response open = gated(shop, route::sale_opening, 1'000);
  EXPECT_EQ(open.status, 200);
  EXPECT_NE(open.cache_control.find("s-maxage=1"), std::string_view::npos);
  ASSERT_TRUE(open.body.starts_with(R"({"script":"/sale/7/buy.)")) << open.body;
  const std::string file = open.body.substr(19, open.body.size() - 21);
  EXPECT_EQ(gated(shop, route::gated_script, 999, file).status, 425);
  const text_response script = gated(shop, route::gated_script, 1'000, file);
  EXPECT_EQ(script.shared_body, "buy()");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_NE(script.cache_control.find("immutable"), std::string::npos);
  EXPECT_EQ(gated(shop, route::gated_script, 1'000, "buy.js").status, 404);
  EXPECT_EQ(gated(shop, route::gated_script, 999, "other.js").status, 425);
  EXPECT_EQ(page(shop, route::asset, file).status, 404) << "the gate can be walked around";
}

TEST(site, without_a_gated_script_there_is_no_opening) {
  EXPECT_EQ(gated(made({{"sale.html", "s"}}), route::sale_opening, 5'000).status, 404);
}

TEST(site, what_cannot_be_served_is_refused_by_name) {
  EXPECT_EQ(wrong({{"a.exe", ""}}), "site file a.exe has an extension of no known type");
  EXPECT_EQ(wrong({{"README", ""}}), "site file README has an extension of no known type");
  EXPECT_NE(wrong({{"a b.css", ""}}).find("other characters"), std::string::npos);
  EXPECT_EQ(wrong({{"index.html", "{{asset:gone.css}}"}}),
            "site file index.html refers to gone.css, which is no asset");
  EXPECT_NE(wrong({{"index.html", "{{asset:buy.js}}"}, {"buy.js", ""}}).find("no asset"), std::string::npos);
  EXPECT_NE(wrong({{"index.html", "{{asset:sale.html}}"}, {"sale.html", ""}}).find("no asset"),
            std::string::npos);
  EXPECT_NE(wrong({{"index.html", "{{asset:a.css"}}).find("without its end"), std::string::npos);
  EXPECT_NE(wrong({{"a.css", "{{asset:b.css}}"}, {"b.css", "{{asset:a.css}}"}}).find("refers to itself"),
            std::string::npos);
}

TEST(site, binary_files_are_served_as_they_are) {
  const std::string bytes("\0\x01{{asset:x}}\xff", 14);
  const site shop = made({{"index.html", R"("{{asset:f.woff2}}")"}, {"f.woff2", bytes}});
  const std::string address = address_in(page(shop, route::page_home), "\"");
  const text_response font = page(shop, route::asset, last_segment(address));
  EXPECT_EQ(font.shared_body, bytes);
  EXPECT_EQ(font.content_type, "font/woff2");
}

}  // namespace
}  // namespace seckill::http
