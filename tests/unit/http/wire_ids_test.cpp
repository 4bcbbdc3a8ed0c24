#include "api/wire_ids.hpp"

#include <gtest/gtest.h>

namespace seckill::http {
namespace {

TEST(wire_ids, an_id_is_a_decimal_number_in_its_only_spelling) {
  EXPECT_EQ(parse_id("1"), 1U);
  EXPECT_EQ(parse_id("18446744073709551615"), 18446744073709551615U);
  for (const char* wrong : {"", "0", "01", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "a",
                            "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_EQ(parse_id(wrong), std::nullopt) << wrong;
  }
}

TEST(wire_ids, a_uuid_becomes_its_128_bits) {
  const auto id = parse_uuid("00112233-4455-6677-8899-aabbccddeeff");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->high, 0x0011223344556677U);
  EXPECT_EQ(id->low, 0x8899aabbccddeeffU);
  EXPECT_EQ(parse_uuid("00112233-4455-6677-8899-AABBCCDDEEFF"), id);
  EXPECT_EQ(parse_uuid("\"00112233-4455-6677-8899-aabbccddeeff\""), id);
}

TEST(wire_ids, anything_else_is_no_uuid) {
  for (const char* wrong :
       {"", "1", "00000000-0000-0000-0000-000000000000", "00112233445566778899aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
        "g0112233-4455-6677-8899-aabbccddeeff", "00112233_4455-6677-8899-aabbccddeeff",
        "\"00112233-4455-6677-8899-aabbccddeeff", "{00112233-4455-6677-8899-aabbccddeeff}"}) {
    EXPECT_EQ(parse_uuid(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace seckill::http
