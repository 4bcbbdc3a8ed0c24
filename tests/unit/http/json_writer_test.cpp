#include "api/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace seckill::http {
namespace {

TEST(json_writer, commas_stand_between_values_only) {
  std::string out = "data: ";
  json_writer json(out);
  json.open_object()
      .key("a")
      .integer(-1)
      .key("b")
      .open_array()
      .counter(1)
      .id(2)
      .text("{")
      .text("[")
      .close_array();
  json.key("c").open_object().close_object().key("d").boolean(false).close_object();
  EXPECT_EQ(out, R"(data: {"a":-1,"b":[1,"2","{","["],"c":{},"d":false})");
}

TEST(json_writer, texts_are_escaped) {
  std::string out;
  json_writer(out).text("a\"\\\n\r\t\x01\x1f\x7fé");
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f\x7fé\"");
}

TEST(json_writer, the_widest_numbers_fit) {
  std::string out;
  json_writer(out)
      .open_array()
      .integer(std::numeric_limits<std::int64_t>::min())
      .counter(std::numeric_limits<std::uint64_t>::max())
      .close_array();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615]");
}

}  // namespace
}  // namespace seckill::http
