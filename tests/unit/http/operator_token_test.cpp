#include "api/operator_token.hpp"

#include <gtest/gtest.h>

namespace seckill::http {
namespace {

TEST(operator_token, the_very_token_opens) {
  EXPECT_TRUE(is_operator("Bearer secret", "secret"));
  EXPECT_TRUE(is_operator("bearer secret", "secret"));
}

TEST(operator_token, anything_else_does_not) {
  for (const char* wrong :
       {"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Bearer Secret",
        "Bearer  secret", "Bearer secret ", "Basic secret", "Bearer secretsecret"}) {
    EXPECT_FALSE(is_operator(wrong, "secret")) << wrong;
  }
}

TEST(operator_token, without_a_configured_token_nothing_opens) {
  EXPECT_FALSE(is_operator("Bearer ", ""));
  EXPECT_FALSE(is_operator("Bearer x", ""));
}

}  // namespace
}  // namespace seckill::http
