// Whatever becomes of the reader of its output, the shop serves, and ends with status 0 when it is asked to.
#include "bench/crowd/client.hpp"
#include "shop_metric.hpp"
#include "shop_process.hpp"
#include "tests/support/poll.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace seckill {
namespace {

class log_reader : public ::testing::TestWithParam<shop_output> {};

/// More lines than a pipe of 64 KiB, and then the queue, can take.
constexpr int requests = 20'000;

TEST_P(log_reader, cannot_stop_the_shop) {
  const testing::temporary_directory place;
  shop_process shop({.data = place / "data",
                     .flags = {"--access-log", "--connections-max=2", "--stock=5", "--opens-in-s=0"},
                     .output_to = GetParam()});
  ASSERT_TRUE(shop.serving()) << shop.output();
  crowd::client first(shop.endpoint());
  for (int i = 0; i < requests; ++i) {
    const auto said = first.get("/api/v1/time");
    ASSERT_TRUE(said) << "request " << i << ": " << said.error().text;
    ASSERT_EQ(said->status, 200);
  }
  crowd::client second(shop.endpoint());
  ASSERT_EQ(second.get("/api/v1/time")->status, 200);
  for (int i = 0; i < 3; ++i) {  // a refused connection is logged as well
    crowd::client refused(shop.endpoint());
    const auto said = refused.get("/api/v1/time");
    EXPECT_TRUE(!said || said->status == 503);
  }
  EXPECT_EQ(first.get("/api/v1/time")->status, 200);
  if (GetParam() != shop_output::file && GetParam() != shop_output::closed) {
    const auto counted = [&] { return metric(first, "seckill_log_lines_dropped_total") > 0; };
    EXPECT_TRUE(poll_until(counted, shop_process::patience));
  }
  EXPECT_EQ(shop.terminate(), 0);
}

TEST_P(log_reader, finds_no_log_lines_in_the_data) {
  const testing::temporary_directory place;
  shop_process shop({.data = place / "data", .flags = {"--access-log"}, .output_to = GetParam()});
  ASSERT_TRUE(shop.serving()) << shop.output();
  crowd::client asks(shop.endpoint());
  for (int i = 0; i < 200; ++i) ASSERT_EQ(asks.get("/api/v1/time")->status, 200);
  EXPECT_EQ(shop.terminate(), 0);
  for (const auto& each : std::filesystem::recursive_directory_iterator(place / "data")) {
    if (!each.is_regular_file()) continue;
    EXPECT_EQ(file_contents(each.path()).find("route=time"), std::string::npos) << each.path();
  }
}

std::string name_of(const ::testing::TestParamInfo<shop_output>& with) {
  switch (with.param) {
    case shop_output::file:
      return "that_reads";
    case shop_output::unread_pipe:
      return "that_does_not_read";
    case shop_output::broken_pipe:
      return "that_has_gone";
    case shop_output::closed:
      return "that_never_was";
    case shop_output::full_disk:
      return "on_a_full_disk";
  }
  return "unknown";
}

INSTANTIATE_TEST_SUITE_P(readers, log_reader,
                         ::testing::Values(shop_output::file, shop_output::unread_pipe,
                                           shop_output::broken_pipe, shop_output::closed,
                                           shop_output::full_disk),
                         name_of);

}  // namespace
}  // namespace seckill
