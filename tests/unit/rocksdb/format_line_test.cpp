#include "format_line.hpp"

#include <gtest/gtest.h>

namespace seckill {
namespace {

constexpr ledger_identity whose{{0xfedcba9876543210, 7}, 3, 200};
constexpr std::string_view with_identity =
    "seckill journal 2 fleet fedcba98765432100000000000000007 shard 3 of 200 layout 1\n";

TEST(format_line, is_read_as_it_was_written) {
  EXPECT_EQ(to_text({"journal", 2, whose}), with_identity);
  for (const format_line& line : {format_line{"journal", 1, {}}, {"orders", 2, {}}, {"journal", 2, whose}})
    EXPECT_EQ(parse_format_line(to_text(line), 2), line) << to_text(line);
}

TEST(format_line, of_a_newer_version_tells_its_version) {
  const auto line = parse_format_line("seckill journal 17 whatever\tthat may mean", 2);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->kind, "journal");
  EXPECT_EQ(line->version, 17U);
}

TEST(format_line, that_nobody_wrote_is_refused) {
  for (const std::string_view text :
       {"",
        "\n",
        "seckill",
        "seckill journal\n",
        "seckill journal 0\n",
        "seckill journal x\n",
        "seckill journal 1",
        "seckill journal  1\n",
        "seckill journal 1\n\n",
        "seckill journal 1 \n",
        "seckill journal 01\n",
        "other journal 1\n",
        "seckill journal 4294967296\n",
        "seckill journal 1 fleet fedcba98765432100000000000000007 shard 3 of 200 layout 1\n",
        "seckill journal 2 fleet fedcba98765432100000000000000007 shard 3 of 3 layout 1\n",
        "seckill journal 2 fleet fedcba98765432100000000000000007 shard 3 of 256 layout 1\n",
        "seckill journal 2 fleet fedcba9876543210000000000000000 shard 3 of 200 layout 1\n",
        "seckill journal 2 fleet FEDCBA98765432100000000000000007 shard 3 of 200 layout 1\n",
        "seckill journal 2 fleet 00000000000000000000000000000000 shard 3 of 200 layout 1\n",
        "seckill journal 2 fleet fedcba98765432100000000000000007 shard 3 of 200\n"})
    EXPECT_FALSE(parse_format_line(text, 2)) << text;
}

TEST(format_line, cut_anywhere_is_refused) {
  for (std::size_t size = 0; size < with_identity.size(); ++size)
    EXPECT_FALSE(parse_format_line(with_identity.substr(0, size), 2)) << size;
}

}  // namespace
}  // namespace seckill
