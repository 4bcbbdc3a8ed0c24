// SIGTERM: what was asked is answered, what was answered is kept, and the shop ends well.
#include "bench/crowd/wire_api.hpp"
#include "sale_run.hpp"
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill {
namespace {

const std::vector<std::string> flags{"--stock=50000", "--opens-in-s=0", "--ttl-s=3600", "--limit=1"};

class drain_at : public ::testing::TestWithParam<const char*> {};

// Even where an answer promises nothing, an end in order loses nothing.
TEST_P(drain_at, under_load_ends_with_status_0_and_keeps_what_it_acknowledged) {
  const testing::temporary_directory place;
  std::vector<std::string> with = flags;
  with.push_back(std::string("--durability=") + GetParam());
  sale_run run;
  {
    shop_process shop({.data = place / "data", .flags = with});
    ASSERT_TRUE(shop.serving()) << shop.output();
    run = sell(shop, {.after_each = [&](std::uint64_t count) {
                 if (count == 2'000) shop.ask_to_end();
                 return count == 2'000;
               }});
    EXPECT_EQ(shop.wait(), 0) << shop.output();
  }
  const shop_process shop({.data = place / "data", .flags = flags});
  ASSERT_TRUE(shop.serving()) << shop.output();
  EXPECT_EQ(check_acknowledged(shop, run), std::vector<std::string>{});
  const crowd::audit_info audit = audit_of(shop, run.counts.acknowledged.size());
  EXPECT_EQ(crowd::check_balance(audit), std::vector<std::string>{});
  EXPECT_GE(audit.order_count, run.counts.acknowledged.size());
  EXPECT_LE(audit.order_count, run.counts.acknowledged.size() + run.counts.unanswered_reserves);
}

INSTANTIATE_TEST_SUITE_P(levels, drain_at, ::testing::Values("synced", "memory"),
                         [](const auto& with) { return std::string(with.param); });

// The head has arrived and the body has not: the request is in flight when the signal comes.
TEST(drain, answers_a_request_that_is_still_arriving) {
  const testing::temporary_directory place;
  shop_process shop({.data = place / "data", .flags = flags});
  ASSERT_TRUE(shop.serving()) << shop.output();
  std::string request;
  crowd::append_request({.method = "POST",
                         .target = "/api/v1/sales/1/reservations",
                         .host = "shop",
                         .idempotency_key = "01234567-89ab-4def-8edc-ba9876543210",
                         .body = R"({"buyer":"7","lines":[{"sku":1,"quantity":1}]})"},
                        request);
  crowd::client buyer(shop.endpoint());
  ASSERT_TRUE(buyer.connect());
  // A whole request first: its answer proves that the shop reads this connection.
  ASSERT_TRUE(buyer.get("/api/v1/time"));
  ASSERT_TRUE(buyer.send(request + request.substr(0, request.size() - 5)));
  EXPECT_EQ(buyer.receive()->status, 201);
  shop.ask_to_end();
  ASSERT_TRUE(buyer.send(request.substr(request.size() - 5)));
  const auto answered = buyer.receive();
  ASSERT_TRUE(answered) << answered.error().text;
  EXPECT_EQ(answered->status, 200);
  EXPECT_NE(answered->body.find("\"replayed\":true"), std::string::npos);
  EXPECT_EQ(shop.wait(), 0) << shop.output();
}

TEST(drain, an_idle_shop_with_idle_clients_ends_at_once) {
  const testing::temporary_directory place;
  shop_process shop({.data = place / "data", .flags = flags});
  ASSERT_TRUE(shop.serving()) << shop.output();
  std::vector<crowd::client> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(shop.endpoint());
    ASSERT_TRUE(clients.back().get("/api/v1/time"));
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(shop.terminate(), 0) << shop.output();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
}

}  // namespace
}  // namespace seckill
