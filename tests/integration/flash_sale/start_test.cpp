// Starting: what is found is said, and whatever is in the way is said with its cure.
#include "bench/crowd/client.hpp"
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace seckill {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(start, opens_the_sale_that_was_asked_for_and_goes_on_with_it_after_a_restart) {
  const testing::temporary_directory place;
  const shop_params params{.data = place / "data",
                           .flags = {"--stock=7", "--opens-in-s=0", "--sale-title=Tickets"}};
  {
    shop_process shop(params);
    ASSERT_TRUE(shop.serving()) << shop.output();
    EXPECT_TRUE(contains(shop.output(), "opened sale 1 \"Tickets\"")) << shop.output();
    EXPECT_EQ(shop.terminate(), 0);
  }
  const shop_process again(params);
  ASSERT_TRUE(again.serving()) << again.output();
  EXPECT_TRUE(contains(again.output(), "recovered 1 sale")) << again.output();
  EXPECT_TRUE(contains(again.output(), "going on with sale 1")) << again.output();
}

TEST(start, never_prints_the_operators_token) {
  const testing::temporary_directory place;
  const shop_process shop({.data = place / "data", .flags = {"--access-log"}});
  ASSERT_TRUE(shop.serving()) << shop.output();
  const std::string token = shop.token();
  ASSERT_GE(token.size(), 16U);
  crowd::client asks(shop.endpoint());
  EXPECT_EQ(asks.get("/admin/v1/audit", token)->status, 200);
  EXPECT_EQ(asks.get("/admin/v1/audit", "wrong-token-wrong-token")->status, 401);
  EXPECT_FALSE(contains(shop.output(), token));
}

TEST(start, a_port_in_use_is_said_with_the_cure) {
  const testing::temporary_directory place;
  const shop_process first({.data = place / "one", .flags = {}});
  ASSERT_TRUE(first.serving()) << first.output();
  const std::string port = std::to_string(first.endpoint().port);
  shop_process second({.data = place / "two", .flags = {"--port=" + port}});
  EXPECT_FALSE(second.serving());
  EXPECT_EQ(second.wait(), 1);
  EXPECT_TRUE(contains(second.output(), port) && contains(second.output(), "--port")) << second.output();
}

TEST(start, a_data_directory_in_use_is_said_with_the_cure) {
  const testing::temporary_directory place;
  const shop_process first({.data = place / "data", .flags = {}});
  ASSERT_TRUE(first.serving()) << first.output();
  std::filesystem::create_symlink(place / "data", place / "same");
  shop_process second({.data = place / "same", .flags = {}});
  EXPECT_FALSE(second.serving());
  EXPECT_EQ(second.wait(), 1);
  EXPECT_TRUE(contains(second.output(), "--data")) << second.output();
}

TEST(start, another_number_of_shards_is_refused) {
  const testing::temporary_directory place;
  {
    shop_process shop({.data = place / "data", .flags = {"--shards=2", "--stock=5"}});
    ASSERT_TRUE(shop.serving()) << shop.output();
    EXPECT_EQ(shop.terminate(), 0);
  }
  shop_process other({.data = place / "data", .flags = {"--shards=1"}});
  EXPECT_FALSE(other.serving());
  EXPECT_EQ(other.wait(), 1);
  EXPECT_TRUE(contains(other.output(), "--shards")) << other.output();
}

TEST(start, a_wrong_option_ends_with_status_2) {
  const testing::temporary_directory place;
  shop_process shop({.data = place / "data", .flags = {"--durability=eventual"}});
  EXPECT_FALSE(shop.serving());
  EXPECT_EQ(shop.wait(), 2);
}

TEST(start, a_data_directory_that_cannot_be_made_is_said) {
  const testing::temporary_directory place;
  std::ofstream(place / "file") << "not a directory";
  shop_process shop({.data = place / "file", .flags = {}});
  EXPECT_FALSE(shop.serving());
  EXPECT_EQ(shop.wait(), 1);
  EXPECT_TRUE(contains(shop.output(), place / "file")) << shop.output();
}

}  // namespace
}  // namespace seckill
