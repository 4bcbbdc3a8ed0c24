#include "client.hpp"

#include "toy_service.hpp"

#include <gtest/gtest.h>

#include <string>

namespace seckill::crowd {
namespace {

TEST(client, asks_and_is_answered_on_one_connection) {
  toy_service service([](const toy_request& request) {
    return toy_response(200, std::string(request.method) + " " + std::string(request.target) + " " +
                                 std::string(request.idempotency_key) + " " +
                                 std::string(request.authorization) + " " + std::string(request.body));
  });
  client asks({.port = service.port()});
  EXPECT_EQ(asks.get("/a", "secret")->body, "GET /a  Bearer secret ");
  EXPECT_EQ(asks.post("/b", "{}", "key")->body, "POST /b key  {}");
}

TEST(client, an_answer_that_does_not_come_may_still_have_been_done) {
  toy_service service([](const toy_request&) { return std::string(); });
  client asks({.port = service.port()});
  const auto lost = asks.post("/a", "{}", "key");
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().code == failure::outcome_unknown);
}

TEST(client, nobody_listening_is_retryable_and_says_the_cure) {
  std::uint16_t port = 0;
  {
    port = toy_service([](const toy_request&) { return std::string(); }).port();
  }
  client asks({.port = port});
  const auto refused = asks.get("/a");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == failure::retryable);
  EXPECT_NE(refused.error().text.find("--port"), std::string::npos);
}

}  // namespace
}  // namespace seckill::crowd
