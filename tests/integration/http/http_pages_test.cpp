#include "shop_server.hpp"
#include "tests/support/temporary_directory.hpp"
#include <seckill/http/static_site.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::shop_server;

class site_directory {
 public:
  void put(const std::string& name, std::string_view bytes) const {
    std::ofstream(directory_.path() / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] result<static_site> load(static_site_params params = {}) const {
    params.directory = directory_.path().string();
    return static_site::load(params);
  }

 private:
  testing::temporary_directory directory_;
};

TEST(http_pages, pages_and_assets_are_served_and_known_ones_not_sent_again) {
  const site_directory files;
  files.put("index.html", R"(<script src="{{asset:big.js}}"></script>)");
  files.put("big.js", std::string(3'000'000, 'j'));
  const auto site = files.load();
  ASSERT_TRUE(site) << site.error().text;
  const shop_server shop(shop_server::quick(), 1, &*site);

  const http_response index = shop.get("/");
  EXPECT_EQ(index.status, 200);
  EXPECT_EQ(index.field("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(index.field("content-security-policy").find("frame-ancestors 'none'"), std::string::npos);
  const std::string address = index.body.substr(13, index.body.find('"', 13) - 13);

  http_client client = shop.connect();
  const std::string wanted = shop_server::request_text("GET", address, "", "");
  client.send(wanted + wanted + shop_server::request_text("HEAD", address, "", ""));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.receive()->body, std::string(3'000'000, 'j'));
  EXPECT_EQ(client.receive(true)->field("content-length"), "3000000");
  client.send(shop_server::request_text("GET", "/", "If-None-Match: " + index.field("etag") + "\r\n", ""));
  EXPECT_EQ(client.receive()->status, 304);
  client.send(wanted);
  EXPECT_EQ(client.receive()->field("cache-control"), "public, max-age=31536000, immutable");
}

TEST(http_pages, the_script_that_sells_appears_at_the_opening) {
  const site_directory files;
  files.put("sale.html", "<p>soon</p>");
  files.put("buy.js", "buy()");
  const auto site = files.load();
  ASSERT_TRUE(site) << site.error().text;
  shop_server shop(shop_server::quick(), 1, &*site);
  const std::string sale = shop.open_sale(1, 0, 1, 1);
  const std::string opening = "/sale/" + sale + "/opening";

  const http_response early = shop.get(opening);
  EXPECT_EQ(early.status, 425);
  EXPECT_NE(early.body.find(R"("opens_at_ms":1000001)"), std::string::npos);
  shop.time.set(1'000'001);
  const http_response open = shop.get(opening);
  EXPECT_EQ(open.status, 200);
  const std::string script = open.body.substr(11, open.body.size() - 13);
  EXPECT_EQ(shop.get(script).body, "buy()");
  const std::string later = shop.open_sale(1, 0, 1, 1);
  EXPECT_EQ(shop.get("/sale/" + later + script.substr(script.rfind('/'))).status, 425);
  EXPECT_EQ(shop.get("/sale/999/opening").status, 404);
  EXPECT_EQ(shop.get("/sale/" + sale).body, "<p>soon</p>");
}

TEST(http_pages, without_a_site_there_are_no_pages) {
  const shop_server shop;
  EXPECT_EQ(shop.get("/").status, 404);
  EXPECT_EQ(shop.get("/assets/a.js").status, 404);
  EXPECT_EQ(shop.get("/sale/1/opening").status, 404);
}

TEST(http_pages, a_site_beyond_its_bounds_is_refused) {
  const site_directory files;
  files.put("a.css", "12345");
  files.put("b.css", "12345");
  EXPECT_TRUE(files.load());
  const auto text = [](const result<static_site>& got) { return got ? "accepted" : got.error().text; };
  EXPECT_NE(text(files.load({.directory = {}, .files_max = 1})).find("files_max, which is 1"),
            std::string::npos);
  EXPECT_NE(text(files.load({.directory = {}, .file_size_max = 4})).find("file_size_max"), std::string::npos);
  EXPECT_NE(text(files.load({.directory = {}, .total_size_max = 9})).find("total_size_max"),
            std::string::npos);
  EXPECT_NE(text(static_site::load({.directory = "/nowhere/at/all"})).find("/nowhere/at/all"),
            std::string::npos);
}

}  // namespace
}  // namespace seckill
