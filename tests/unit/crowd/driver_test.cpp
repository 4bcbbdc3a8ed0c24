#include "driver.hpp"

#include "plan.hpp"
#include "shoppers.hpp"
#include "toy_service.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace seckill::crowd {
namespace {

// Sells `stock` units to whoever comes, once to each Idempotency-Key.
class toy_shop {
 public:
  explicit toy_shop(std::uint64_t stock) : stock_(stock) {}

  std::string operator()(const toy_request& request) {
    if (request.target.ends_with("/confirm")) return toy_response(200, R"({"outcome":"confirmed"})");
    const auto known = sold_.find(request.idempotency_key);
    if (known != sold_.end()) return reserved(200, known->second, "true");
    if (sold_.size() == stock_) return toy_response(409, R"({"outcome":"sold_out"})");
    const std::uint64_t id = sold_.size() + 1;
    sold_.emplace(request.idempotency_key, id);
    return reserved(201, id, "false");
  }

 private:
  static std::string reserved(int status, std::uint64_t id, std::string_view replayed) {
    return toy_response(status, R"({"outcome":"reserved","reservation_id":")" + std::to_string(id) +
                                    R"(","expires_at_ms":1,"replayed":)" + std::string(replayed) + "}");
  }

  std::uint64_t stock_;
  std::map<std::string, std::uint64_t, std::less<>> sold_;
};

struct run_params {
  std::uint64_t buyers = 1'000;
  std::uint64_t rate_per_s = 0;
  std::uint32_t duplicate_percent = 0;
  bool retry = false;
  std::uint32_t connections = 8;
  std::chrono::milliseconds timeout{5'000};
};

tally run_against(std::uint16_t port, const run_params& asked) {
  plan_params who;
  who.buyers = asked.buyers;
  who.rate_per_s = asked.rate_per_s;
  who.duplicate_percent = asked.duplicate_percent;
  who.skus = {sku_id{1}};
  const plan people(who);
  tally counts;
  driver connections({.to = {.port = port}, .connections = asked.connections, .timeout = asked.timeout},
                     counts);
  const auto connected = connections.connect();
  EXPECT_TRUE(connected) << connected.error().text;
  shoppers crowd(people,
                 {.sale = sale_id{1}, .host = "toy", .opening_ns = driver::now_ns(), .retry = asked.retry},
                 counts);
  connections.run(crowd);
  EXPECT_TRUE(crowd.finished());
  return counts;
}

TEST(driver, a_crowd_is_served_to_the_last_and_every_answer_is_counted) {
  toy_service service{toy_shop(300)};
  const tally counts = run_against(service.port(), {.buyers = 5'000, .duplicate_percent = 20});
  EXPECT_EQ(counts.arrived, 5'000U);
  EXPECT_EQ(counts.acknowledged.size(), 300U);
  EXPECT_EQ(counts.acknowledged_with(fate::paid), 300U);
  EXPECT_EQ(total(counts.reserves), 5'000U);
  EXPECT_NEAR(static_cast<double>(total(counts.duplicates)), 1'000, 150);
  EXPECT_EQ(counts.network_errors, 0U);
  EXPECT_EQ(counts.violation_count, 0U);
}

TEST(driver, an_open_loop_takes_as_long_as_planned) {
  toy_service service{toy_shop(10)};
  const std::uint64_t start = driver::now_ns();
  const tally counts = run_against(service.port(), {.buyers = 400, .rate_per_s = 2'000});
  EXPECT_GE(driver::now_ns() - start, 199'000'000U);
  EXPECT_EQ(total(counts.reserves), 400U);
}

// The point of an open loop: while the service stands still, the waiting of everybody who should have come is
// counted.
TEST(driver, a_stall_is_felt_by_all_who_arrive_during_it) {
  std::atomic<int> requests{0};
  toy_service service([&](const toy_request&) {
    if (++requests == 100) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return toy_response(409, R"({"outcome":"sold_out"})");
  });
  const tally counts = run_against(service.port(), {.buyers = 1'000, .rate_per_s = 2'000});
  // 600 arrive while it lasts; half of them wait for more than half of it.
  EXPECT_GE(counts.refused.at(quantile::p90), 100'000'000U);
}

TEST(driver, requests_on_broken_connections_are_repeated_until_answered) {
  toy_shop shop(50);
  int requests = 0;
  toy_service service([&](const toy_request& request) {
    const std::string said = shop(request);  // it takes effect, but every tenth answer is lost
    return ++requests % 10 == 0 ? std::string() : said;
  });
  const tally counts = run_against(service.port(), {.buyers = 500, .retry = true});
  EXPECT_GT(counts.network_errors, 0U);
  EXPECT_EQ(counts.acknowledged.size(), 50U);
  EXPECT_EQ(counts.unanswered_reserves, 0U);
  EXPECT_EQ(counts.violation_count, 0U);
}

TEST(driver, a_request_that_is_never_answered_ends_with_its_timeout) {
  std::atomic<int> requests{0};
  toy_service service([&](const toy_request&) {
    // Half a response, and then nothing more.
    return ++requests == 1 ? std::string("HTTP/1.1 200 OK\r\n")
                           : toy_response(409, R"({"outcome":"sold_out"})");
  });
  const tally counts =
      run_against(service.port(), {.buyers = 4, .connections = 2, .timeout = std::chrono::milliseconds(200)});
  EXPECT_EQ(counts.network_errors, 1U);
  EXPECT_EQ(counts.unanswered_reserves, 1U);
  EXPECT_EQ(count_of(counts.reserves, outcome::sold_out), 3U);
}

TEST(driver, connection_close_is_honoured) {
  toy_service service([](const toy_request&) {
    return toy_response(409, R"({"outcome":"sold_out"})", "Connection: close\r\n");
  });
  const tally counts = run_against(service.port(), {.buyers = 100});
  EXPECT_EQ(count_of(counts.reserves, outcome::sold_out), 100U);
  EXPECT_EQ(counts.network_errors, 0U);
}

TEST(driver, a_service_that_has_gone_does_not_hold_the_run_for_ever) {
  auto service = std::make_unique<toy_service>(toy_shop(10));
  plan_params who;
  who.buyers = 50;
  who.skus = {sku_id{1}};
  const plan people(who);
  tally counts;
  driver connections(
      {.to = {.port = service->port()}, .connections = 2, .timeout = std::chrono::milliseconds(200)}, counts);
  ASSERT_TRUE(connections.connect());
  service.reset();
  shoppers crowd(people, {.sale = sale_id{1}, .host = "toy", .opening_ns = driver::now_ns()}, counts);
  connections.run(crowd);
  EXPECT_EQ(counts.unanswered_reserves, 50U);
}

TEST(driver, nobody_listening_is_said_with_the_cure) {
  std::uint16_t port = 0;
  { port = toy_service(toy_shop(1)).port(); }
  tally counts;
  driver connections({.to = {.port = port}, .connections = 2}, counts);
  const auto refused = connections.connect();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find(std::to_string(port)), std::string::npos);
  EXPECT_NE(refused.error().text.find("--port"), std::string::npos);
}

}  // namespace
}  // namespace seckill::crowd
