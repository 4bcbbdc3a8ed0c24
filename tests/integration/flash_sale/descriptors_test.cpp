// Few descriptors and many clients: clients go without, storage never does.
#include "bench/crowd/client.hpp"
#include "sale_run.hpp"
#include "shop_metric.hpp"
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace seckill {
namespace {

TEST(descriptors, idle_clients_take_none_of_what_storage_needs) {
  const testing::temporary_directory place;
  const shop_params params{.data = place / "data",
                           .flags = {"--stock=5000", "--opens-in-s=0", "--ttl-s=3600", "--limit=0"},
                           .open_files_max = 200};
  sale_run run;
  {
    shop_process shop(params);
    ASSERT_TRUE(shop.serving()) << shop.output();
    EXPECT_NE(shop.output().find("--connections-max is"), std::string::npos) << shop.output();
    std::vector<crowd::client> early;
    for (int i = 0; i < 20; ++i) {  // they are in, and stay in
      early.emplace_back(shop.endpoint());
      ASSERT_EQ(early.back().get("/api/v1/time")->status, 200);
    }
    run = sell(shop, {.connections = 8, .enough = [](const crowd::tally& counts) {
                        return counts.acknowledged.size() >= 500;
                      }});
    std::vector<crowd::client> idle;
    for (int i = 0; i < 300; ++i) {
      idle.emplace_back(shop.endpoint());
      ASSERT_TRUE(idle.back().connect()) << i;
    }
    for (int i = 0; i < 5; ++i) {
      crowd::client probe(shop.endpoint());
      const auto ready = probe.get("/readyz");
      ASSERT_TRUE(ready) << ready.error().text;
      EXPECT_EQ(ready->status, 200) << ready->body;
    }
    int key = 0;
    for (crowd::client& each : early) {
      for (int i = 0; i < 20; ++i) {
        char text[40];
        std::snprintf(text, sizeof text, "01234567-89ab-4def-8edc-%012x", ++key);
        const auto said = each.post(
            "/api/v1/sales/1/reservations",
            R"({"buyer":")" + std::to_string(1'000'000 + key) + R"(","lines":[{"sku":1,"quantity":1}]})",
            text);
        ASSERT_TRUE(said) << said.error().text;
        EXPECT_EQ(said->status, 201) << said->body;
      }
    }
    const auto audit = audit_of(shop, run.counts.acknowledged.size() + 400);
    EXPECT_EQ(crowd::check_balance(audit), std::vector<std::string>{});
    EXPECT_GE(audit.order_count, run.counts.acknowledged.size() + 400)
        << "orders are written while clients wait";
    EXPECT_EQ(shop.terminate(), 0) << shop.output();
  }
  const shop_process again(params);
  ASSERT_TRUE(again.serving()) << again.output();
  EXPECT_EQ(check_acknowledged(again, run), std::vector<std::string>{});
}

TEST(descriptors, a_limit_that_cannot_work_is_refused_with_the_cure_and_nothing_is_made) {
  const testing::temporary_directory place;
  shop_process shop({.data = place / "data", .flags = {}, .open_files_max = 100});
  EXPECT_FALSE(shop.serving());
  EXPECT_EQ(shop.wait(), 1);
  EXPECT_NE(shop.output().find("ulimit -Hn"), std::string::npos) << shop.output();
  EXPECT_FALSE(std::filesystem::exists(place / "data"));
}

TEST(descriptors, the_limit_that_a_refusal_names_works) {
  const testing::temporary_directory place;
  std::uint64_t named = 0;
  {
    shop_process refused({.data = place / "data", .flags = {"--shards=3"}, .open_files_max = 100});
    EXPECT_FALSE(refused.serving());
    const std::string said = refused.output();
    const std::size_t at = said.find("ulimit -Hn ");
    ASSERT_NE(at, std::string::npos) << said;
    named = std::stoull(said.substr(at + 11));
  }
  const shop_process shop(
      {.data = place / "data",
       .flags = {"--shards=3", "--stock=5000", "--opens-in-s=0", "--ttl-s=3600", "--limit=0"},
       .open_files_max = named});
  ASSERT_TRUE(shop.serving()) << shop.output();
  const sale_run run = sell(shop, {.connections = 8, .enough = [](const crowd::tally& counts) {
                                     return counts.acknowledged.size() >= 200;
                                   }});
  EXPECT_EQ(crowd::check_balance(audit_of(shop, run.counts.acknowledged.size())), std::vector<std::string>{});
}

}  // namespace
}  // namespace seckill
