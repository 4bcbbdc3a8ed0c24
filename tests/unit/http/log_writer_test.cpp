#include "server/log_writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace seckill::http {
namespace {

TEST(log_writer, frequent_lines_are_thinned_out_per_kind) {
  std::vector<std::string> lines;
  log_writer log([&](log_level, std::string_view line) { lines.emplace_back(line); });
  for (int i = 0; i < 1'000; ++i) log.write(frequent::server_error, log_level::warning, "event=a");
  log.write(frequent::stream_dropped, log_level::warning, "event=b");
  EXPECT_LE(lines.size(), 4U);  // the second may turn in between
  EXPECT_EQ(lines.front(), "event=a");
  EXPECT_EQ(lines.back(), "event=b");
}

TEST(log_writer, without_a_hook_nothing_happens) {
  log_writer log(nullptr);
  log.write(log_level::info, "event=a");
  log.write(frequent::server_error, log_level::info, "event=a");
}

}  // namespace
}  // namespace seckill::http
