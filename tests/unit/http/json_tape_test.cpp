#include "api/json_tape.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill::http {
namespace {

TEST(json_tape, a_document_becomes_its_nodes_in_order) {
  json_tape tape;
  ASSERT_TRUE(tape.parse(R"({"a":1,"b":["x",true,null],"c":2.5})"));
  const auto nodes = tape.nodes();
  ASSERT_EQ(nodes.size(), 7U);
  EXPECT_EQ(nodes[0].kind, json_kind::object);
  EXPECT_EQ(nodes[0].next, 7U);
  EXPECT_EQ(tape.key(nodes[1]), "a");
  EXPECT_EQ(nodes[1].integer, 1);
  EXPECT_EQ(tape.key(nodes[2]), "b");
  EXPECT_EQ(nodes[2].kind, json_kind::array);
  EXPECT_EQ(nodes[2].next, 6U);
  EXPECT_EQ(tape.text(nodes[3]), "x");
  EXPECT_TRUE(nodes[4].truth);
  EXPECT_EQ(nodes[5].kind, json_kind::null);
  EXPECT_EQ(nodes[6].kind, json_kind::other_number);
}

TEST(json_tape, escapes_are_decoded_in_names_and_texts) {
  json_tape tape;
  ASSERT_TRUE(tape.parse(R"({"k\u0065y":"a\n\u00e9\ud83d\ude00"})"));
  EXPECT_EQ(tape.key(tape.nodes()[1]), "key");
  EXPECT_EQ(tape.text(tape.nodes()[1]), "a\n\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(json_tape, repeated_names_stay_visible) {
  json_tape tape;
  ASSERT_TRUE(tape.parse(R"({"a":1,"a":2})"));
  EXPECT_EQ(tape.nodes().size(), 3U);
}

TEST(json_tape, integers_beyond_64_signed_bits_are_other_numbers) {
  json_tape tape;
  ASSERT_TRUE(tape.parse("[9223372036854775807,9223372036854775808,-9223372036854775808,1e2,1.0,-0]"));
  EXPECT_EQ(tape.nodes()[1].kind, json_kind::integer);
  EXPECT_EQ(tape.nodes()[2].kind, json_kind::other_number);
  EXPECT_EQ(tape.nodes()[3].kind, json_kind::integer);
}

TEST(json_tape, a_number_is_an_integer_by_its_value) {
  json_tape tape;
  ASSERT_TRUE(tape.parse("[1.0,1e2,-0,-0.0,12.50e1,9007199254740993.0]"));
  const std::vector<std::int64_t> values = {1, 100, 0, 0, 125, 9'007'199'254'740'993};
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(tape.nodes()[i + 1].kind, json_kind::integer) << i;
    EXPECT_EQ(tape.nodes()[i + 1].integer, values[i]) << i;
  }
  ASSERT_TRUE(tape.parse("[1.5,1e-1,9007199254740990.5,1e300,1e19]"));
  for (std::size_t i = 1; i < tape.nodes().size(); ++i)
    EXPECT_EQ(tape.nodes()[i].kind, json_kind::other_number) << i;
}

TEST(json_tape, what_is_not_json_is_refused_with_the_place) {
  for (const char* wrong : {"", " ", "{", "{\"a\"}", "{\"a\":1,}", "{} {}", "{}x", "nul", "'a'", "{\"a\":01}",
                            "\xff", "\"\xc3\x28\"", "[1,]", "{\"a\":1}}", "NaN", "/*c*/{}"}) {
    json_tape tape;
    EXPECT_FALSE(tape.parse(wrong)) << wrong;
    EXPECT_NE(tape.error().find("at byte"), std::string::npos);
  }
}

TEST(json_tape, depth_is_bounded) {
  json_tape tape;
  const std::string deepest = std::string(json_tape::depth_max, '[') + std::string(json_tape::depth_max, ']');
  EXPECT_TRUE(tape.parse(deepest));
  EXPECT_FALSE(tape.parse('[' + deepest + ']'));
}

TEST(json_tape, a_failed_parse_does_not_spoil_the_next) {
  json_tape tape;
  ASSERT_FALSE(tape.parse(R"({"a":[1,{"b)"));
  ASSERT_TRUE(tape.parse(R"({"c":3})"));
  EXPECT_EQ(tape.key(tape.nodes()[1]), "c");
}

}  // namespace
}  // namespace seckill::http
