// seckill_crowd as a program, against the shop: what ./run does.
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <sys/wait.h>

namespace seckill {
namespace {

struct ended {
  int status = -1;
  std::string printed;  // on both streams

  [[nodiscard]] bool says(std::string_view text) const { return printed.find(text) != std::string::npos; }
};

ended run_crowd(const std::string& arguments) {
  FILE* pipe = popen(("unset SECKILL_OPERATOR_TOKEN; " CROWD_PROGRAM " " + arguments + " 2>&1").c_str(), "r");
  ended crowd;
  for (int next = std::fgetc(pipe); next != EOF; next = std::fgetc(pipe))
    crowd.printed += static_cast<char>(next);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) crowd.status = WEXITSTATUS(status);
  return crowd;
}

std::string contents(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(crowd_program, sells_out_a_sale_of_several_items_and_finds_the_books_in_balance) {
  const testing::temporary_directory place;
  const shop_process shop(
      {.data = place / "data",
       .flags = {"--stock=200", "--sku-count=3", "--shards=2", "--ttl-s=1", "--opens-in-s=1"}});
  ASSERT_TRUE(shop.serving()) << shop.output();
  const ended crowd =
      run_crowd("--port " + std::to_string(shop.endpoint().port) +
                " --buyers 8000 --rate 4000 --pay 80 --give-up 10 --duplicate 10 --patient 50 --retry"
                " --think-ms 50 --verify --expect-sold-out --progress --operator-token-file " +
                place / "data" + "/operator.token --acks " + place / "acks" + " --json " + place / "json");
  ASSERT_EQ(crowd.status, 0) << crowd.printed;
  EXPECT_TRUE(crowd.says("audit       balanced")) << crowd.printed;

  std::map<std::string, int> acknowledged;
  std::ifstream acks(place / "acks");
  for (std::string what, id; acks >> what >> id;) ++acknowledged[what];
  EXPECT_EQ(acknowledged["confirmed"], 200);
  EXPECT_GE(acknowledged["reserved"], 200 + acknowledged["cancelled"]);
  const std::string json = contents(place / "json");
  EXPECT_NE(json.find(R"("acknowledged_paid":200)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("violation_count":0)"), std::string::npos) << json;
}

TEST(crowd_program, says_that_a_sale_was_not_sold_out) {
  const testing::temporary_directory place;
  const shop_process shop({.data = place / "data", .flags = {"--stock=50", "--opens-in-s=0"}});
  ASSERT_TRUE(shop.serving()) << shop.output();
  const ended crowd = run_crowd("--port " + std::to_string(shop.endpoint().port) +
                                " --buyers 10 --rate 0 --pay 100 --give-up 0 --audit-patience-ms 100"
                                " --expect-sold-out --operator-token-file " +
                                place / "data" + "/operator.token");
  EXPECT_EQ(crowd.status, 1) << crowd.printed;
  EXPECT_TRUE(crowd.says("BROKEN      sale 1 sku 1: 10 of 50 units are sold")) << crowd.printed;
}

TEST(crowd_program, tells_a_refused_command_line_from_a_service_that_is_not_there) {
  EXPECT_EQ(run_crowd("--pay 90 --give-up 20").status, 2);
  EXPECT_EQ(run_crowd("--expect-sold-out").status, 2);
  EXPECT_EQ(run_crowd("--rate many").status, 2);
  const ended nobody = run_crowd("--port 1");
  EXPECT_EQ(nobody.status, 3);
  EXPECT_TRUE(nobody.says("--port")) << nobody.printed;
}

}  // namespace
}  // namespace seckill
