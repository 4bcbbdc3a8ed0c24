// The second listener of the service, as it is started by its options.
#include "bench/crowd/client.hpp"
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <string>

namespace seckill {
namespace {

TEST(admin_port, serves_operators_and_metrics_on_loopback_and_the_other_port_does_not) {
  const testing::temporary_directory place;
  const shop_process shop({.data = place / "data", .flags = {"--admin-port=0", "--host=0.0.0.0"}});
  ASSERT_TRUE(shop.serving()) << shop.output();
  const std::string told = shop.output();
  const std::string before = "operators, audit and metrics: http://127.0.0.1:";
  const std::size_t at = told.find(before);
  ASSERT_NE(at, std::string::npos) << told;
  const auto port = static_cast<std::uint16_t>(std::stoul(told.substr(at + before.size())));
  crowd::client outside(shop.endpoint());
  crowd::client inside({.host = "127.0.0.1", .port = port});
  EXPECT_EQ(outside.get("/admin/v1/audit", shop.token())->status, 404);
  EXPECT_EQ(outside.get("/metrics")->status, 404);
  EXPECT_EQ(outside.get("/operator")->status, 404);
  EXPECT_EQ(outside.get("/readyz")->status, 200);
  EXPECT_EQ(inside.get("/admin/v1/audit", shop.token())->status, 200);
  EXPECT_EQ(inside.get("/admin/v1/audit")->status, 401);
  EXPECT_EQ(inside.get("/metrics")->status, 200);
  EXPECT_EQ(inside.get("/operator")->status, 200);
  EXPECT_EQ(inside.get("/readyz")->status, 200);
}

TEST(admin_port, in_use_is_said_with_the_cure) {
  const testing::temporary_directory place;
  const shop_process first({.data = place / "one", .flags = {}});
  ASSERT_TRUE(first.serving()) << first.output();
  const std::string port = std::to_string(first.endpoint().port);
  shop_process second({.data = place / "two", .flags = {"--admin-port=" + port}});
  EXPECT_FALSE(second.serving());
  EXPECT_EQ(second.wait(), 1);
  EXPECT_NE(second.output().find("--admin-port"), std::string::npos) << second.output();
}

}  // namespace
}  // namespace seckill
