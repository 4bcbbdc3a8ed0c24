#include "bench/crowd/client.hpp"
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace seckill {
namespace {

// As many files as this process may open.
std::uint64_t open_files_max() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

TEST(many_connections, ten_thousand_idle_clients_keep_nobody_waiting) {
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(10'000, open_files_max() - 500));
  const testing::temporary_directory place;
  const shop_process shop(
      {.data = place / "data",
       .flags = {"--stock=10", "--opens-in-s=0", "--connections-max=" + std::to_string(count + 10)}});
  ASSERT_TRUE(shop.serving()) << shop.output();
  std::vector<crowd::client> idle;
  idle.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    idle.emplace_back(shop.endpoint());
    ASSERT_TRUE(idle.back().connect()) << i;
  }
  // Both ends of the crowd are served, and so is a newcomer.
  EXPECT_EQ(idle.front().get("/api/v1/time")->status, 200);
  EXPECT_EQ(idle.back().get("/api/v1/time")->status, 200);
  crowd::client buyer(shop.endpoint());
  const auto start = std::chrono::steady_clock::now();
  const auto said =
      buyer.post("/api/v1/sales/1/reservations", R"({"buyer":"1","lines":[{"sku":1,"quantity":1}]})",
                 "01234567-89ab-4def-8edc-ba9876543210");
  ASSERT_TRUE(said) << said.error().text;
  EXPECT_EQ(said->status, 201);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(many_connections, one_beyond_the_bound_is_refused_and_the_others_are_served) {
  const testing::temporary_directory place;
  const shop_process shop({.data = place / "data", .flags = {"--connections-max=5"}});
  ASSERT_TRUE(shop.serving()) << shop.output();
  std::vector<crowd::client> clients;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(shop.endpoint());
    ASSERT_EQ(clients.back().get("/api/v1/time")->status, 200);
  }
  crowd::client beyond(shop.endpoint());
  const auto refused = beyond.get("/api/v1/time");
  EXPECT_TRUE(!refused || refused->status == 503);
  EXPECT_EQ(clients.front().get("/api/v1/time")->status, 200);
}

}  // namespace
}  // namespace seckill
